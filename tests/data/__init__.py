"""The feature queries on real rows of ../shared/data."""
