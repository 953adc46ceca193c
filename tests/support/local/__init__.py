"""Homes on this machine: made in the test's process, or by the real command in one of its own."""
