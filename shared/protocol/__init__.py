"""The completion protocol, part by part; shared/protocol/engine.py puts the parts together."""
