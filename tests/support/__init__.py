"""Helpers that tests share: made-up data, prepared homes, stores to test, stand-ins for the cloud. No tests."""
