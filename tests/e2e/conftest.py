"""Homes that several end-to-end tests start from; each test copies what it changes."""

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from tests.support.local import runs
from tests.support.local.runs import FIRST, LAST, NEXT, Copy
from tipoff.sample.folder import write_folder
from tipoff.sample.league import League


@pytest.fixture(scope="session")
def league() -> League:
    """The league whose history folder is replayed."""
    return League(7)


@pytest.fixture(scope="session")
def folder(league: League, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its season up to a day after the replayed dates, as a history folder."""
    return write_folder(league, tmp_path_factory.mktemp("sample") / "data", through=NEXT)


@pytest.fixture(scope="session")
def replayed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home with two dates replayed without interruption, history and training included; and the report."""
    home = tmp_path_factory.mktemp("replayed") / "home"
    return home, runs.replay(folder, FIRST, LAST, home)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home in which the demo ran once; and its report."""
    home = tmp_path_factory.mktemp("demo") / "home"
    return home, runs.demonstrate(home)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A function that copies a home or a folder for one test."""

    def one(source: Path) -> Path:
        target = tmp_path / f"{source.parent.name}-{source.name}"
        return Path(copytree(source, target))

    return one
