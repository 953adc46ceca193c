"""Every twin of a port behind one fixture: the same properties run on each."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.adapters.local.memory import MemoryState
from shared.adapters.local.state import SqliteState
from shared.ports import State
from tests.conformance import emulators
from tests.conformance.buses import Bus, local_bus, pubsub_bus


@pytest.fixture(scope="session")
def firestore_address() -> Iterator[str]:
    yield from emulators.firestore()


@pytest.fixture(scope="session")
def pubsub_address() -> Iterator[str]:
    yield from emulators.pubsub()


@pytest.fixture
def firestore_state(firestore_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """The Firestore twin on the emulator, in a project of its own."""
    from shared.adapters.cloud.firestore import FirestoreState

    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_address)
    state = FirestoreState(f"test-{uuid4().hex[:12]}", "tipoff")
    yield state
    state.close()


@pytest.fixture(params=["memory", "sqlite", "firestore"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> State:
    """Each twin of State, empty."""
    if request.param == "memory":
        return MemoryState()
    if request.param == "sqlite":
        return SqliteState(tmp_path / "state.db")
    found: State = request.getfixturevalue("firestore_state")
    return found


@pytest.fixture(params=["memory", "sqlite", "pubsub"])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """Each twin of Events with its receiving side, nothing published."""
    if request.param == "pubsub":
        yield from pubsub_bus(request.getfixturevalue("pubsub_address"))
    else:
        yield local_bus(request.param, tmp_path)
