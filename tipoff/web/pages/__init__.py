"""What each page shows: queries of a home's rows, and pure functions from their answers to what a template prints."""
