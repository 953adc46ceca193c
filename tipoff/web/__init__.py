"""The pages: what a home holds, rendered by the server. They work offline, without script, and while a writer runs."""
