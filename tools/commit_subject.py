"""Refuse a commit whose subject is too long to be read in a list: `python -m tools.commit_subject FILE`, a git hook."""

import sys
from pathlib import Path

MAX_CHARACTERS = 72


def check(message: str) -> None:
    """SystemExit with the reason if the first line that is no comment is longer than a subject may be."""
    lines = (line.rstrip() for line in message.splitlines() if line.strip() and not line.startswith("#"))
    subject = next(lines, "")
    if len(subject) > MAX_CHARACTERS:
        raise SystemExit(f"The subject has {len(subject)} characters, at most {MAX_CHARACTERS} are allowed: {subject}")


if __name__ == "__main__":
    check(Path(sys.argv[1]).read_text("utf-8"))
