"""The home that the evaluation's commands are run on."""

from pathlib import Path

import pytest

from tests.support.local import graded


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two formulas' predictions, graded; a test that changes it puts it back."""
    path = tmp_path_factory.mktemp("evaluated")
    graded.fill(path)
    return path
