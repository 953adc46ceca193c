"""Fetches feeds and archives their bytes."""
