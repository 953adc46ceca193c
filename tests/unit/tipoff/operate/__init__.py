"""Tests of what an operator reads and repairs."""
