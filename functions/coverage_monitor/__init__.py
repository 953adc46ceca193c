"""Watches deadlines, failed phases and grades that do not cover the predictions."""
