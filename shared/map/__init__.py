"""The map of the pipeline as values: loading, checking, and when its schedules fire."""
