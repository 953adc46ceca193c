"""The eight deployed functions; each has a thin main, a pure core and its queries."""
