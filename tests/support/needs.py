"""What a test needs of the machine it runs on, and what happens where that is missing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from tools.emulators.start import EmulatorMissing


def missing(what: str) -> NoReturn:
    """Skip the test with one line; fail it where TIPOFF_REQUIRE_EMULATORS says that the machine has everything."""
    if os.environ.get("TIPOFF_REQUIRE_EMULATORS") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@contextmanager
def emulators() -> Iterator[None]:
    """Treat an emulator that is not installed as `missing`."""
    try:
        yield
    except EmulatorMissing as error:
        missing(str(error))
