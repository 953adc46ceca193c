"""A cloud in which things take their time to spread."""
