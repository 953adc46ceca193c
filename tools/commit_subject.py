"""Refuse a commit with a subject too long for a list of commits: `python -m tools.commit_subject FILE`, a git hook."""

import sys
from pathlib import Path

MAX_CHARACTERS = 72


def check(message: str) -> None:
    """SystemExit with the reason if the first line that is not a comment is too long."""
    lines = (line.rstrip() for line in message.splitlines() if line.strip() and not line.startswith("#"))
    subject = next(lines, "")
    if len(subject) > MAX_CHARACTERS:
        raise SystemExit(f"The subject has {len(subject)} characters, at most {MAX_CHARACTERS} are allowed: {subject}")


if __name__ == "__main__":
    check(Path(sys.argv[1]).read_text("utf-8"))
