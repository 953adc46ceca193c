"""Grades every prediction and keeps each system's record."""
