"""Tests of the local runtime and its scheduler."""
