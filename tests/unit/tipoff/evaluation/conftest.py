"""A home with graded predictions."""

from pathlib import Path

import pytest

from tests.support.local import graded


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two formulas' graded predictions; a test that changes the home restores it."""
    path = tmp_path_factory.mktemp("evaluated")
    graded.fill(path)
    return path
