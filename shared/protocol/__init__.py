"""The completion protocol, one part per module; engine.py puts the parts together."""
