"""Tests of `functions/phase3_to_grading`."""
