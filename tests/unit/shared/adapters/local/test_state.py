"""The SQLite state as a file: what survives a killed writer, and what a damaged file says."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from shared.adapters.local.state import SqliteState
from shared.errors import FileDamaged, FileUnusable, StoreUnavailable
from tests.support.twins.memory import MemoryState

_WRITER = """
import sys
from pathlib import Path
from shared.adapters.local.state import SqliteState

state = SqliteState(Path(sys.argv[1]))
for number in range(1_000_000):
    assert state.create("completions", f"c{number:07}", {"n": number, "text": "x" * 500})
    print(number, flush=True)
"""


def test_documents_outlive_the_process(tmp_path: Path) -> None:
    """A document, its version and its state are there for the next process that opens the file."""
    first = SqliteState(tmp_path / "state.db")
    first.create("runs", "r", {"state": "open"})
    before = first.get("runs", "r")
    first.close()
    again = SqliteState(tmp_path / "state.db")
    assert again.get("runs", "r") == before
    assert [s.id for s in again.find("runs", "open")] == ["r"]


def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    """A writer killed at any moment loses nothing that was reported as written, and tears no document."""
    for lines in (1, 200):
        path = tmp_path / f"state-{lines}.db"
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        confirmed = [int(writer.stdout.readline()) for _ in range(lines)]
        os.kill(writer.pid, signal.SIGKILL)
        confirmed += [int(line) for line in writer.stdout.read().splitlines()]
        writer.wait()
        state = SqliteState(path)
        found = state.get_many("completions", state.ids("completions", "c"))
        assert set(confirmed) <= {doc["n"] for doc in found.values()}
        assert len(found) <= len(confirmed) + 1
        assert all(doc["text"] == "x" * 500 for doc in found.values())
        assert state.create("completions", "after", {})


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough to be read as one" * 100, b"\0" * 4096])
def test_a_corrupt_file_is_a_users_error(tmp_path: Path, damage: bytes) -> None:
    """A file that is no database says in one line what it is and what to do; it is left as it was."""
    path = tmp_path / "state.db"
    path.write_bytes(damage)
    with pytest.raises(FileDamaged, match=r"state\.db is damaged .*; restore the home .* or move it away") as caught:
        SqliteState(path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == damage


def test_a_page_that_is_damaged_is_called_so_when_it_is_read(tmp_path: Path) -> None:
    """The file opens, as its first page is whole; SQLite's code says what a later one is."""
    path = tmp_path / "state.db"
    whole = SqliteState(path)
    for n in range(200):
        whole.create("completions", f"c{n:03}", {"text": "x" * 500})
    whole.close()
    body = bytearray(path.read_bytes())
    body[3 * 4096 :] = b"\xff" * (len(body) - 3 * 4096)
    path.write_bytes(body)
    with pytest.raises(FileDamaged, match=r"state\.db is damaged .*; restore the home"):
        SqliteState(path).ids("completions", "")


def test_a_locked_file_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the write lock too long, a write is StoreUnavailable: to be tried again."""
    monkeypatch.setattr("shared.adapters.local.sqlite.BUSY_TIMEOUT_S", 0.05)
    mine, other = SqliteState(tmp_path / "state.db"), SqliteState(tmp_path / "state.db")
    with other._db.transaction(), pytest.raises(StoreUnavailable, match="locked"):
        mine.create("runs", "r", {})
    assert mine.create("runs", "r", {})


@pytest.mark.parametrize("code", ["SQLITE_FULL", "SQLITE_READONLY_DBMOVED", "SQLITE_IOERR_WRITE"])
def test_a_disk_that_is_full_or_read_only_is_no_damage(tmp_path: Path, code: str) -> None:
    """The error goes by SQLite's code, extended ones included, and says that nothing is lost; the write is undone."""
    state = SqliteState(tmp_path / "state.db")
    with pytest.raises(FileUnusable, match=r"state\.db cannot be used .* nothing in it is lost"):
        fail_after_a_write(state, code)
    assert state.get("runs", "r") is None
    assert state.create("runs", "r", {})


def fail_after_a_write(state: SqliteState, code: str) -> None:
    """A transaction whose second statement ends with this code of SQLite's."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = getattr(sqlite3, code)
    with state._db.transaction() as db:
        db.execute("INSERT INTO docs VALUES ('runs', 'r', '{}', 1, NULL)")
        raise error


@pytest.mark.parametrize("twin", ["memory", "sqlite"])
def test_ids_by_prefix(twin: str, tmp_path: Path) -> None:
    """People may list a collection's ids by how they start, ordered."""
    state = MemoryState() if twin == "memory" else SqliteState(tmp_path / "state.db")
    for doc_id in ("2024-02-26.pregame.1", "2024-02-26.postgame.1", "2024-02-27.pregame.1"):
        state.create("manifests", doc_id, {})
    assert state.ids("manifests", "2024-02-26.") == ["2024-02-26.postgame.1", "2024-02-26.pregame.1"]
    assert len(state.ids("manifests", "")) == 3
    assert state.ids("runs", "2024") == []
