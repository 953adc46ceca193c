"""Grades every prediction and computes each system's daily performance."""
