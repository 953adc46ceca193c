"""Homes that several end-to-end tests start from; each test copies what it changes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.support.local import runs
from tipoff.sample.folder import write_folder
from tipoff.sample.league import League

FIRST, LAST, NEXT = date(2024, 11, 14), date(2024, 11, 15), date(2024, 11, 16)
Copy = Callable[[Path], Path]


@pytest.fixture(scope="session")
def league() -> League:
    """The league whose history folder and whose HTTP season are tested."""
    return League(7)


@pytest.fixture(scope="session")
def folder(league: League, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its season up to a day after the replayed dates, as a history folder."""
    return write_folder(league, tmp_path_factory.mktemp("sample") / "data", through=NEXT)


@pytest.fixture(scope="session")
def replayed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home in which two dates were replayed undisturbed, history and training included, and the report."""
    home = tmp_path_factory.mktemp("replayed") / "home"
    return home, runs.replay(folder, FIRST, LAST, home)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home in which the demo ran once, and what it printed."""
    home = tmp_path_factory.mktemp("demo") / "home"
    return home, demonstrate(home)


def demonstrate(home: Path) -> dict[str, Any]:
    """`tipoff demo --json` in a process of its own, which must succeed and print one document."""
    import json

    code, out, err = runs.tipoff("demo", "--home", home, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies a home or a folder for this test alone."""

    def one(source: Path) -> Path:
        target = tmp_path / f"{source.parent.name}-{source.name}"
        return Path(copytree(source, target))

    return one
