"""Scores of a home's predictions, compared with the market and the moving average on the same rows."""
