"""Form, zones, factors and the feature store of the next slate."""
