"""Tests of `functions/scrape`."""
