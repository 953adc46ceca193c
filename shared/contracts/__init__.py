"""What may pass between parts: events, table rows, source documents, features, and the values of cores."""
