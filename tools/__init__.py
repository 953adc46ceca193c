"""Tools of this checkout: zips, requirements, emulators and the cloud demonstration."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
