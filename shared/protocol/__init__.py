"""The completion protocol, part by part; shared/engine.py puts the parts together."""
