"""The user's own systems: a Python file walked forward over a home's dates, or predictions that were made elsewhere."""
