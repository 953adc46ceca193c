"""Serve one function with functions-framework on a clock that a file tells: for the chain on emulators only.

`python -m tools.cloud_function NAME PORT CLOCK_FILE`; all else is as deployed, from the environment.
"""

import runpy
import sys
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from shared import bootstrap

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
    source = ROOT / "functions" / name / "main.py"
    sys.argv = ["functions-framework", "--target=main", f"--source={source}", "--host=127.0.0.1", f"--port={port}"]
    with patch.object(bootstrap, "SystemClock", lambda: FileClock(Path(clock_file))):  # an error if the name is gone
        runpy.run_module("functions_framework", run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
