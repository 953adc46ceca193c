"""Emulators of the four Google Cloud services that Tipoff uses, for tests, demonstrations and benchmarks."""
