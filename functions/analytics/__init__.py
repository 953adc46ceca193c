"""Summaries of played games, and the context of the games to come."""
