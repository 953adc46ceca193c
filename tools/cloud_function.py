"""Serve one function with functions-framework and a clock read from a file, for the chain on emulators only.

`python -m tools.cloud_function NAME PORT CLOCK_FILE`; everything else is as deployed, set by the environment.
"""

import runpy
import sys
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from shared import bootstrap
from tools import ROOT


class FileClock:
    """A clock whose time is written in a file, so that processes share one virtual time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The time last written."""
        return datetime.fromisoformat(self.path.read_text("utf-8"))

    def advance_to(self, instant: datetime) -> None:
        """Move forward; an earlier instant changes nothing. A reader sees either the old or the new time."""
        if self.path.exists() and self.now() >= instant:
            return
        beside = self.path.with_suffix(".tmp")
        beside.write_text(instant.isoformat(), "utf-8")
        beside.replace(self.path)


def main(name: str, port: str, clock_file: str) -> None:
    """Serve until killed."""
    main_file = ROOT / "functions" / name / "main.py"
    sys.argv = ["functions-framework", "--target=main", f"--source={main_file}", "--host=127.0.0.1", f"--port={port}"]
    with patch.object(
        bootstrap, "SystemClock", lambda: FileClock(Path(clock_file))
    ):  # fails if the name does not exist
        runpy.run_module("functions_framework", run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
