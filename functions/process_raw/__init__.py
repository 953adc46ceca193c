"""Archived bytes to validated raw rows."""
