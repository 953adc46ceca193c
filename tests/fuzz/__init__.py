"""Coverage-guided fuzzing of the parsers of payloads, with Atheris."""
