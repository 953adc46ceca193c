"""Structured log lines and trace ids."""
