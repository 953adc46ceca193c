"""What every test shares: where the real data is, if it is there, and patient property tests."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from tests.support.places import SHARED_DATA

# The machines are shared and slow at times: a deadline would test the neighbours.
# A failure prints the line that plays it again (CONTRIBUTING.md).
settings.register_profile("tipoff", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("tipoff")

# Readline in pytest's first process sets these for the workers; a test that needs a width sets one.
for size in ("COLUMNS", "LINES"):
    os.environ.pop(size, None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test skips where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return SHARED_DATA


# Rooms whose tests share what is slow to make (an applied state, emulators): one worker runs all of such a room.
TOGETHER = ("tests/infra", "tests/conformance", "tests/e2e/web")
# Where single tests take minutes: these start first, so that no worker is left alone with one at the end.
LONG = ("tests/acceptance", "tests/crash", "tests/infra", "tests/conformance", "tests/faults", "tests/e2e")


class ByRoom(LoadScopeScheduling):
    """One worker runs all tests of a file, or of a room of TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return next((room for room in TOGETHER if path.startswith(f"{room}/")), path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByRoom:
    """Who runs what, where pytest-xdist is used (--dist loadgroup of 3.8 has no effect with pytest 9.2)."""
    return ByRoom(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the long rooms to the front."""
    items.sort(key=lambda item: next((n for n, room in enumerate(LONG) if item.nodeid.startswith(room)), len(LONG)))
