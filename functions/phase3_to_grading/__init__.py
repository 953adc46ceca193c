"""Decides whether a date can be graded."""
