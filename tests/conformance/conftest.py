"""Every twin of a port behind one fixture: the same properties run on each."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from shared.adapters.local.archive import FileArchive
from shared.adapters.local.state import SqliteState
from shared.ports import Archive, State, Tables
from tests.support import needs
from tests.support.twins import warehouses
from tests.support.twins.buses import Bus, local_bus, pubsub_bus
from tests.support.twins.memory import MemoryState
from tools.emulators import start


@pytest.fixture(scope="session")
def firestore_address() -> Iterator[str]:
    with needs.emulators(), start.firestore() as address:
        yield address


@pytest.fixture(scope="session")
def pubsub_address() -> Iterator[str]:
    with needs.emulators(), start.pubsub() as address:
        yield address


@pytest.fixture
def firestore_state(firestore_address: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[State]:
    """The Firestore twin on the emulator, in a project of its own."""
    from shared.adapters.cloud.firestore import FirestoreState

    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_address)
    state = FirestoreState(f"test-{uuid4().hex[:12]}", "tipoff")
    yield state
    state.close()


@pytest.fixture(scope="session")
def bigquery_address() -> Iterator[str]:
    with needs.emulators(), start.bigquery() as address:
        yield address


@pytest.fixture(scope="session")
def storage_address() -> Iterator[str]:
    with needs.emulators(), start.storage() as address:
        yield address


@pytest.fixture
def duckdb_tables() -> Iterator[Tables]:
    """The DuckDB twin, empty."""
    yield from warehouses.duckdb()


@pytest.fixture
def bigquery_tables(bigquery_address: str) -> Iterator[Tables]:
    """The BigQuery twin on the emulator, empty."""
    yield from warehouses.bigquery(bigquery_address)


@pytest.fixture(params=["duckdb", "bigquery"])
def tables(request: pytest.FixtureRequest) -> Tables:
    """Each twin of Tables, empty."""
    found: Tables = request.getfixturevalue(f"{request.param}_tables")
    return found


@pytest.fixture(params=["files", "fsspec-files", "fsspec-memory", "storage"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    """Each twin of Archive, empty; the bucket's on files, in memory and on the Cloud Storage emulator."""
    if request.param == "files":
        return FileArchive(tmp_path)
    from shared.adapters.cloud.storage import Bucket, BucketArchive

    where = {"fsspec-files": f"file://{tmp_path}", "fsspec-memory": f"memory://{uuid4().hex}"}.get(request.param)
    if where:
        return BucketArchive(Bucket(where))
    return BucketArchive(Bucket(f"gs://tipoff/{uuid4().hex}", request.getfixturevalue("storage_address")))


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
