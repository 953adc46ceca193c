"""Measurements that print a table; not timed tests."""
