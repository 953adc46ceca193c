"""Tests of `functions/predict`."""
