"""A user's error or a damaged file: one line on stderr, an exit code, no traceback, no partial file."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.local import runs
from tests.support.local.runs import FIRST, LAST, NEXT, Copy
from tipoff.home import Home

Replayed = tuple[Path, dict[str, Any]]
Spoil = Callable[[Path], object]


def refused(answer: tuple[int, str, str], *words: object) -> str:
    """Check one line on stderr that has these words, nothing on stdout, an exit code that is not 0."""
    code, out, err = answer
    assert code in (1, 2), err
    assert "Traceback" not in err
    assert err.startswith("tipoff: ")
    assert err.count("\n") == 1
    assert out.strip() == ""
    for word in words:
        assert str(word) in err
    return err


def replay(data: Path, first: date, last: date, home: Path) -> tuple[int, str, str]:
    """Run a replay that must be refused."""
    answer = runs.here(
        "replay", "--data", data, "--from", first, "--to", last, "--home", home, "--json", home / "r.json"
    )
    assert not (home / "r.json").exists()
    return answer


def test_a_missing_folder(tmp_path: Path) -> None:
    """The folder is named and no home is made."""
    refused(replay(tmp_path / "nowhere", FIRST, LAST, tmp_path / "home"), "no such data folder", tmp_path / "nowhere")
    assert not (tmp_path / "home").exists()


def test_an_empty_folder(tmp_path: Path) -> None:
    """The missing file and the format's document are named."""
    (tmp_path / "data").mkdir()
    refused(replay(tmp_path / "data", FIRST, LAST, tmp_path / "home"), "games.parquet", "docs/history-format.md")
    assert not (tmp_path / "home").exists()


def test_a_date_without_games(folder: Path, tmp_path: Path) -> None:
    """The nearest date with games is named."""
    refused(replay(folder, date(2023, 7, 4), date(2023, 7, 5), tmp_path / "home"), "no games between", "2024-10-22")
    assert not (tmp_path / "home").exists()


def test_from_after_to(folder: Path, tmp_path: Path) -> None:
    """The dates are refused before a home is made."""
    refused(replay(folder, LAST, FIRST, tmp_path / "home"), f"--from {LAST} is after --to {FIRST}")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", ["games.parquet", "box_scores_2024-25.parquet", "props_points.parquet"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.98])
def test_a_truncated_parquet_file(name: str, share: float, folder: Path, copy: Copy, tmp_path: Path) -> None:
    """The file is named, wherever it is cut, before a home is made."""
    data = copy(folder)
    whole = (data / name).read_bytes()
    (data / name).write_bytes(whole[: int(len(whole) * share)])
    refused(replay(data, FIRST, LAST, tmp_path / "home"), name)
    assert not (tmp_path / "home").exists()


def test_parquet_with_a_damaged_middle(folder: Path, copy: Copy, tmp_path: Path) -> None:
    """With damaged pages the file is named and no row of it is written; once it is repaired, the replay works."""
    data, home = copy(folder), tmp_path / "home"
    path = data / "box_scores_2024-25.parquet"
    whole = path.read_bytes()
    body = bytearray(whole)
    middle = len(body) // 3
    body[middle : middle + 20_000] = bytes(20_000)
    path.write_bytes(body)
    code, _, err = runs.here("replay", "--data", data, "--from", FIRST, "--to", FIRST, "--home", home)
    assert code != 0
    assert "box_scores_2024-25.parquet" in err
    assert err.count("\n") == 1
    assert runs.rows(home, "SELECT COUNT(*) FROM nba_raw.nbac_gamebook_player_stats") == [(0,)]
    path.write_bytes(whole)
    assert runs.replay(data, FIRST, FIRST, home)["verdicts"]["complete"] > 0
    assert runs.rows(home, "SELECT COUNT(DISTINCT game_date) > 20 FROM nba_analytics.player_game_summary") == [(True,)]


def test_a_column_that_is_missing(folder: Path, copy: Copy, tmp_path: Path) -> None:
    """File and column are named."""
    import pyarrow.parquet as pq

    data = copy(folder)
    rows = pq.read_table(data / "games.parquet")
    pq.write_table(rows.drop_columns(["home_team"]), data / "games.parquet")
    refused(replay(data, FIRST, LAST, tmp_path / "home"), "games.parquet", "home_team")


def test_an_unknown_player(replayed: Replayed) -> None:
    """The unknown player is named."""
    refused(runs.here("trace", "Nobody Atall", LAST, "--home", replayed[0]), "Nobody Atall")


def test_an_unknown_table(replayed: Replayed, tmp_path: Path) -> None:
    """A near name is suggested, and neither the target nor a temporary file is made."""
    target = tmp_path / "out" / "x.parquet"
    asked = ("export", "player_prop_prediction", "--home", replayed[0], "--out", target)
    refused(runs.here(*asked), "player_prop_predictions")
    assert not target.parent.exists()


def test_an_export_in_an_unknown_format(replayed: Replayed, tmp_path: Path) -> None:
    """The formats are named; an older file of that name is kept."""
    target = tmp_path / "x.xlsx"
    target.write_text("older")
    refused(runs.here("export", "player_prop_predictions", "--home", replayed[0], "--out", target), ".parquet")
    assert [p.name for p in tmp_path.iterdir()] == ["x.xlsx"]
    assert target.read_text() == "older"


SPOILS: dict[str, Spoil] = {
    "garbage state.db": lambda home: garbage(home / "state.db"),
    "garbage queue.db": lambda home: garbage(home / "queue.db"),
    "garbage warehouse.duckdb": lambda home: garbage(home / "warehouse.duckdb"),
    "cut state.db": lambda home: cut(home / "state.db"),
    "cut queue.db": lambda home: cut(home / "queue.db"),
    "cut warehouse.duckdb": lambda home: cut(home / "warehouse.duckdb"),
    "warehouse.duckdb of another version": lambda home: set_version(home / "warehouse.duckdb"),
    "state.db of another program": lambda home: other_program(home / "state.db"),
    "queue.db of another program": lambda home: other_program(home / "queue.db"),
    "warehouse.duckdb of another program": lambda home: other_warehouse(home / "warehouse.duckdb"),
}


def alone(path: Path) -> Path:
    """The file with its write-ahead log merged, as after a clean end."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def garbage(path: Path) -> None:
    """Overwrite the file with other bytes."""
    alone(path).write_bytes(b"garbage" * 999)


def cut(path: Path) -> None:
    """Cut the file to about half."""
    body = alone(path).read_bytes()
    path.write_bytes(body[: len(body) // 2 - 100])


def set_version(path: Path) -> None:
    """Set DuckDB's storage version, from byte 12 on, to one that does not exist."""
    body = bytearray(path.read_bytes())
    body[12:20] = (9999).to_bytes(8, "little")
    path.write_bytes(body)


def other_program(path: Path) -> None:
    """A healthy SQLite file with our table names and other columns."""
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE docs (theirs TEXT)")
        db.execute("CREATE TABLE messages (theirs TEXT)")


def other_warehouse(path: Path) -> None:
    """A healthy DuckDB file with one of our table names and other columns."""
    import duckdb

    path.unlink()
    with duckdb.connect(str(path)) as db:
        db.execute("CREATE SCHEMA nba_raw")
        db.execute("CREATE TABLE nba_raw.nbac_schedule (theirs TEXT)")


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_corrupt_file_of_the_home(spoil: str, folder: Path, replayed: Replayed, copy: Copy) -> None:
    """The next replay is refused with the file's name in one line, and leaves the file as it is."""
    home = copy(replayed[0])
    SPOILS[spoil](home)
    name = next(w for w in spoil.split() if "." in w)
    spoiled = (home / name).read_bytes()
    refused(replay(folder, NEXT, NEXT, home), name)
    assert (home / name).read_bytes() == spoiled, "the damaged file is kept for inspection"


@pytest.mark.parametrize("spoil", [s for s in SPOILS if "warehouse" in s])
def test_an_export_of_a_corrupt_warehouse_leaves_no_file(
    spoil: str, replayed: Replayed, copy: Copy, tmp_path: Path
) -> None:
    """One line on stderr, and no target file."""
    home = copy(replayed[0])
    SPOILS[spoil](home)
    target = tmp_path / "schedule.parquet"
    refused(runs.here("export", "nbac_schedule", "--home", home, "--out", target))
    assert not list(tmp_path.glob("*schedule*"))


def test_a_home_in_use(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """A second process on the same home is refused with the reason."""
    home = copy(replayed[0])
    with Home(home).locked():
        refused(replay(folder, NEXT, NEXT, home), "in use by another tipoff process")


def test_a_real_process_shows_no_traceback_either(tmp_path: Path) -> None:
    """Exit code and stderr of a real process."""
    asked = ["replay", "--data", tmp_path / "nowhere", "--from", FIRST, "--to", LAST, "--home", tmp_path / "home"]
    command = [Path(sys.executable).with_name("tipoff"), *map(str, asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    refused((done.returncode, done.stdout, done.stderr), "no such data folder")
