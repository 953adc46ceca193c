"""Reading works while another process writes, sees whole slates, and never keeps a writer waiting."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient

from shared.adapters.local.readers import RemoteTables
from shared.clock import VirtualClock
from shared.errors import HomeInUse
from shared.settings import Settings
from tests.support.local import runs
from tests.support.local.homes import NOW, NoFeeds
from tests.support.local.runs import LAST, Copy
from tests.support.local.writing import FIRST_TABLE, ROWS, SECOND_TABLE
from tipoff.home import Home
from tipoff.web.app import create_app

READ_FOR_S = 8.0
BOTH = f"SELECT ANY_VALUE(a.generation) AS a, ANY_VALUE(b.generation) AS b FROM {FIRST_TABLE} a, {SECOND_TABLE} b"


@contextmanager
def writer(home: Path) -> Iterator[None]:
    """A process that writes slate after slate."""
    command = [sys.executable, "-m", "tests.support.local.writing", str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.communicate(b"", timeout=20)
    assert process.returncode == 0


def test_a_snapshot_is_never_torn(tmp_path: Path) -> None:
    """Two tables that are written one after the other are always of one slate, and later reads see later slates."""
    home = Home(tmp_path / "home")
    seen = []
    with writer(home.root):
        give_up_at = time.monotonic() + READ_FOR_S
        while time.monotonic() < give_up_at:
            rows = home.tables()
            assert rows.taken_at is not None
            (row,) = rows.read(BOTH).to_pylist()
            assert row["a"] == row["b"]
            seen.append(row["a"])
    assert seen == sorted(seen)
    assert len(set(seen)) > 10
    after = home.tables()
    assert after.taken_at is None
    assert after.read(f"FROM {FIRST_TABLE}").num_rows == ROWS
    after.close()


def test_pages_answer_while_slates_are_written(tmp_path: Path) -> None:
    """Every page, without waiting for the writer; the strip says when it checks next, and the stamp follows the slates."""
    home, stamps = Home(tmp_path / "home"), set()
    with writer(home.root), TestClient(create_app(home), "http://localhost") as client:
        give_up_at = time.monotonic() + READ_FOR_S / 2
        while time.monotonic() < give_up_at:
            for path in ("/", "/models", "/pipeline", "/record"):
                answer = client.get(path)
                assert answer.status_code == 200
                assert "next check" in answer.text
                stamps.add(answer.text.partition('data-stamp="')[2][:16])
    assert len(stamps) > 2


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """Nor can a mistake in a query do anything but be said."""
    home = Home(tmp_path / "home")
    with writer(home.root):
        rows = home.tables()
        with pytest.raises(duckdb.Error, match="only select"):
            rows.read(f"DELETE FROM {FIRST_TABLE}")
        with pytest.raises(duckdb.Error, match="no_such_table"):
            rows.read("FROM no_such_table")
        with pytest.raises(duckdb.Error, match="Could not convert"):
            rows.read(f"SELECT player_name::INTEGER FROM {FIRST_TABLE}")
        assert rows.read(f"FROM {FIRST_TABLE}").num_rows == ROWS


def test_only_this_user_is_answered(tmp_path: Path) -> None:
    """The note is readable by its owner alone, and without its token there is no answer."""
    home = Home(tmp_path / "home")
    with writer(home.root):
        note = home.files.readers
        assert note.stat().st_mode & 0o077 == 0
        forged = tmp_path / "forged.json"
        forged.write_text(note.read_text("utf-8").replace('"token": "', '"token": "x'), "utf-8")
        with pytest.raises(HomeInUse, match="is not the tipoff process"):
            RemoteTables(forged)


def test_a_writer_that_was_killed_leaves_the_file_to_readers(tmp_path: Path) -> None:
    """Its note stays behind; readers open the file itself."""
    home = Home(tmp_path / "home")
    with writer(home.root):
        note = home.files.readers.read_bytes()
    home.files.readers.write_bytes(note)
    rows = home.tables()
    assert rows.taken_at is None
    rows.close()


def test_a_writer_waits_for_a_query_of_a_reader_and_no_longer(tmp_path: Path) -> None:
    """A reader that found no writer has the file open for the time of its query; then the writer goes on."""
    home = Home(tmp_path / "home")
    with writer(home.root):
        pass
    code = f"import duckdb, time; db = duckdb.connect({str(home.files.warehouse)!r}, read_only=True); print(1, flush=True); time.sleep(1)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        settings = Settings(home=home.root, source="history", data=home.root)
        with home.opened(settings, VirtualClock(NOW), NoFeeds()) as app:
            assert reader.poll() is not None
            assert app.tables.read(f"FROM {FIRST_TABLE}").num_rows == ROWS


def test_commands_read_while_the_service_runs(replayed: tuple[Path, object], copy: Copy, tmp_path: Path) -> None:
    """`picks`, `evaluate`, `export` and `trace` give what they give without it, and say how old the rows are."""
    home, out = copy(replayed[0]), tmp_path / "graded.csv"
    asked: list[list[object]] = [
        ["picks", LAST, "--json"],
        ["evaluate", "--json"],
        ["trace", "1", LAST],
        ["export", "prediction_accuracy", "--out", out],
    ]
    quiet = [runs.tipoff(*command, "--home", home) for command in asked]
    before = out.read_bytes()
    service = [Path(sys.executable).with_name("tipoff"), "up", "--home", str(home)]
    with subprocess.Popen(service, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        busy = [runs.tipoff(*command, "--home", home) for command in asked]
        process.terminate()
    assert [(code, text) for code, text, _ in busy] == [(code, text) for code, text, _ in quiet]
    assert out.read_bytes() == before
    assert all("is being written; rows as of" in err for code, _, err in busy if code == 0)
