"""What every test shares: where the real data is, if it is there, and patient property tests."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.places import SHARED_DATA

# The machines are shared and slow at times: a deadline would test the neighbours.
# A failure prints the line that plays it again (CONTRIBUTING.md).
settings.register_profile("tipoff", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("tipoff")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test skips where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs ../shared/data, which is not here")
    return SHARED_DATA
