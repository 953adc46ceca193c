"""A home with three predicted and graded dates; each test has its own copy."""

from pathlib import Path
from shutil import copytree

import pytest

from tests.support.local import walked


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home that is copied."""
    return walked.fill(tmp_path_factory.mktemp("walked") / "home")


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(copytree(filled, tmp_path / "home"))
