"""Tests of `shared/adapters/local`."""
