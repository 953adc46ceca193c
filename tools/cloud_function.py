"""Serve one function with functions-framework on a clock that a file tells: for the chain on emulators only.

`python -m tools.cloud_function NAME PORT CLOCK_FILE`; all else is as deployed, from the environment.
"""

import sys
from datetime import datetime
from pathlib import Path

from functions_framework._cli import _cli

from shared import app

ROOT = Path(__file__).resolve().parent.parent


class FileClock:
    """The instant written in a file, so that processes share one virtual time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The instant last written."""
        return datetime.fromisoformat(self.path.read_text("utf-8"))

    def advance_to(self, instant: datetime) -> None:
        """Move forward; an earlier instant changes nothing. Whoever reads sees the old time or the new one."""
        if self.path.exists() and self.now() >= instant:
            return
        beside = self.path.with_suffix(".tmp")
        beside.write_text(instant.isoformat(), "utf-8")
        beside.replace(self.path)


def main(name: str, port: str, clock_file: str) -> None:
    """Serve until killed."""
    vars(app)["SystemClock"] = lambda: FileClock(Path(clock_file))
    source = ROOT / "functions" / name / "main.py"
    _cli.main(["--target=main", f"--source={source}", "--host=127.0.0.1", f"--port={port}"])


if __name__ == "__main__":
    main(*sys.argv[1:])
