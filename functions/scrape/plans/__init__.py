"""Request plans, one module per site or folder; pure."""
