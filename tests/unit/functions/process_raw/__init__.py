"""Tests of `functions/process_raw`."""
