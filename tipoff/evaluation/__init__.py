"""How good the predictions of a home are, beside the market and the moving average on exactly the same rows."""
