"""Where the tests find the repository, and the real data beside it that not every machine has."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
