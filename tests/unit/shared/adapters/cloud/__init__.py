"""Tests of `shared/adapters/cloud`."""
