"""Summarises played games and describes the context of upcoming games."""
