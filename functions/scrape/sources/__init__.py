"""Request plans, one module per source; pure."""
