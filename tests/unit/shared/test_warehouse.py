"""What is DuckDB's own: its file, its answers held. What every warehouse promises: tests/conformance/test_tables.py."""

import errno
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from unittest.mock import Mock

import duckdb
import pytest

from shared.adapters.local import file_errors, warehouse
from shared.adapters.local.tuning import SLATE_WITHOUT
from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import table
from shared.errors import Fenced, FileDamaged, FileUnusable, HomeInUse
from shared.ports import Query, Scope
from tests.support.twins.warehouses import PREDICTIONS, QUARANTINE, prediction

DAY = date(2024, 2, 27)
KNOWN = datetime(2024, 2, 26, tzinfo=UTC)
INJURIES = "nba_raw.nbac_player_list"


def listed(player_id: int, team: str = "BOS", **other) -> dict:
    """A player-list row."""
    return {
        "list_date": DAY, "player_id": player_id, "player_name": "A", "player_lookup": "a", "team": team,
        "known_at": KNOWN, "known_at_source": "published", "source": "test", **other,
    }  # fmt: skip


def write(tables, rows, *, name=INJURIES, generation=1, token=1):
    """Write rows into the day's scope."""
    contract = table(name)
    return tables.write(contract, contract.to_arrow(rows), Scope("run", generation, token, "unit", DAY, DAY))


@pytest.fixture
def tables():
    """An empty warehouse in memory."""
    found = DuckTables(None)
    yield found
    found.close()


def count(tables, name, where="TRUE") -> int:
    """Rows of a table."""
    return tables.read(f"SELECT COUNT(*) AS n FROM {name} WHERE {where}")["n"][0].as_py()


def test_rows_that_a_scope_has_no_place_for_hide_nothing(tables):
    """What the scope had is found by counting what it has after the write: two fewer and two more look like none."""
    write(tables, [listed(1), listed(2)])
    elsewhere = date(2024, 3, 1)
    assert write(tables, [listed(3, list_date=elsewhere), listed(4, list_date=elsewhere)]).found == 0
    assert count(tables, INJURIES, f"list_date = DATE '{DAY}'") == 0


def test_rows_of_another_unit_hide_nothing(tables):
    """As above, where several units share a table."""
    write(tables, [prediction(1, "unit")], name=PREDICTIONS)
    assert write(tables, [prediction(2, "another")], name=PREDICTIONS).found == 0
    assert count(tables, PREDICTIONS, "system_id = 'unit'") == 0


def test_damaged_file_is_one_clear_line(tmp_path):
    """A warehouse file that is not one says so, and what to do."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(FileDamaged, match=r"warehouse\.duckdb is damaged .*; restore the home .* or move it away"):
        DuckTables(path)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_another_process_has_is_not_called_damaged(tmp_path, read_only):
    """DuckDB raises one type for a locked and for a damaged file; the lock itself says which it is."""
    path = tmp_path / "block lock.duckdb"
    DuckTables(path).close()
    code = f"import duckdb; db = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(HomeInUse, match="in use by another tipoff process"):
            DuckTables(path, read_only=read_only)
        holder.communicate(b"\n")
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(FileDamaged):
        DuckTables(path, read_only=read_only)


def test_a_full_disk_is_not_called_damage(tmp_path, monkeypatch):
    """A file that opens nowhere else either, on a disk without room: it may be whole."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database at all" * 100)
    no_room = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(file_errors, "TemporaryFile", Mock(side_effect=no_room))
    with pytest.raises(FileUnusable, match="No space left on device"):
        DuckTables(path)


def test_a_new_file_on_a_disk_that_is_read_only_says_so(tmp_path, monkeypatch):
    """There is no file yet whose rights could be asked: what counts is whether anything can be written there."""
    read_only = OSError(errno.EROFS, "Read-only file system")
    monkeypatch.setattr(file_errors, "TemporaryFile", Mock(side_effect=read_only))
    monkeypatch.setattr(warehouse.duckdb, "connect", Mock(side_effect=duckdb.IOException("Cannot open file")))
    with pytest.raises(FileUnusable, match="Read-only file system"):
        DuckTables(tmp_path / "warehouse.duckdb")


def test_a_block_that_is_damaged_is_called_so_when_it_is_read(tmp_path):
    """DuckDB has no type for it: these are its words, met with a real file. It opens, as its other blocks are whole."""
    path = tmp_path / "warehouse.duckdb"
    whole = DuckTables(path)
    whole.read("CREATE TABLE long AS SELECT RANDOM() AS a, MD5(range::VARCHAR) AS b FROM range(300000)")
    whole.close()
    body = bytearray(path.read_bytes())
    for place in range(len(body) // 3, 2 * len(body) // 3, 1000):
        body[place] ^= 0xFF
    path.write_bytes(body)
    with pytest.raises(FileDamaged, match=r"warehouse\.duckdb is damaged \(IO Error: Corrupt database file"):
        DuckTables(path, read_only=True).read("SELECT SUM(a), MAX(b) FROM long")


FILL = """
import resource, signal, sys
from pathlib import Path
from shared.adapters.local.{module} import {store}
from shared.errors import FileUnusable
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
store = {store}(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
try:
    for n in range(200):
        {fill}
except FileUnusable as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("module", "store", "fill"),
    [
        ("warehouse", "DuckTables", "store.read(f'CREATE TABLE t{n} AS SELECT RANDOM() AS a FROM range(100000)')"),
        ("state", "SqliteState", "store.create('c', str(n), {'x': 'x' * 100_000})"),
        ("archive", "FileArchive", "store.put(bytes([n]) * 100_000 * n)"),
    ],
)
def test_a_file_that_can_grow_no_more_is_no_damage(tmp_path, module, store, fill):
    """The system refuses to write further, as on a full disk: one sentence, and what was written is there."""
    path = tmp_path / "file"
    code = FILL.format(module=module, store=store, fill=fill)
    ended = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert re.fullmatch(
        rf"{path}\S* cannot be used \(.*\); nothing in it is lost: free the disk .*", ended.stdout.strip()
    )
    if store == "DuckTables":
        again = DuckTables(path)
        assert count(again, "t0") == 100_000
        again.close()


def test_an_answer_has_the_contracts_types(tables):
    """Whatever the file keeps them as: distributions are lists, and hash and compare as such."""
    write(tables, [prediction(1, "unit")], name=PREDICTIONS)
    found, contract = tables.read(f"SELECT * FROM {PREDICTIONS}"), table(PREDICTIONS).arrow_schema()
    assert {f.name: f.type for f in found.schema} == {f.name: f.type for f in contract}


def test_a_file_that_keeps_lists_goes_on(tmp_path):
    """Homes made before arrays had their length: written and read as ever, a short one refused."""
    old = DuckTables(tmp_path / "warehouse.duckdb")
    old.read(f"ALTER TABLE {PREDICTIONS} ALTER points_pmf TYPE DOUBLE[]")
    assert write(old, [prediction(1, "unit")], name=PREDICTIONS).found == 1
    old.close()
    again = DuckTables(tmp_path / "warehouse.duckdb")
    written = write(again, [prediction(1, "unit"), prediction(2, "unit", points_pmf=[1.0])], name=PREDICTIONS)
    assert (written.found, written.refused) == (1, {"points_pmf_length": 1})
    (row,) = again.read(f"SELECT * FROM {PREDICTIONS}").to_pylist()
    assert row["points_pmf"] == prediction(1, "unit")["points_pmf"]
    again.close()


def test_the_log_holds_a_distribution_once(tmp_path):
    """Sixty of them: kept as lists, each commit repeated all that were written before it, 1.2 MB in all."""
    tables = DuckTables(tmp_path / "warehouse.duckdb")
    for generation in range(1, 61):
        write(tables, [prediction(1, "unit")], name=PREDICTIONS, generation=generation)
    assert count(tables, PREDICTIONS) == 60
    assert (tmp_path / "warehouse.duckdb.wal").stat().st_size < 600_000
    tables.close()


def test_fences_survive_reopening(tmp_path):
    """A new process still refuses what an older token would write."""
    path = tmp_path / "warehouse.duckdb"
    first = DuckTables(path)
    write(first, [listed(1)], token=5)
    first.close()
    second = DuckTables(path)
    with pytest.raises(Fenced):
        write(second, [listed(2)], token=4)
    second.close()


def test_a_fence_of_a_write_that_failed_is_raised_again(tmp_path, monkeypatch):
    """It was rolled back with its rows, but held in memory: the next try found it there and kept none in the file."""
    path = tmp_path / "warehouse.duckdb"
    first = DuckTables(path)
    with monkeypatch.context() as patched:
        patched.setattr(warehouse, "put", lambda *_: pytest.fail("no room"))
        with pytest.raises(pytest.fail.Exception):
            write(first, [listed(1)], token=5)
    write(first, [listed(1)], token=5)
    first.close()
    second = DuckTables(path)
    with pytest.raises(Fenced):
        write(second, [listed(2)], token=4)
    second.close()


def test_what_a_killed_process_logged_is_folded_in_at_once(tmp_path):
    """Replayed from the log it would be held in memory: a resumed backfill of seasons ran out of it for good."""
    first, second = tmp_path / "first.duckdb", tmp_path / "second.duckdb"
    killed = DuckTables(first)
    write(killed, [listed(1)])
    log = first.with_name("first.duckdb.wal")
    assert log.stat().st_size > 0
    second.write_bytes(first.read_bytes())
    second.with_name("second.duckdb.wal").write_bytes(log.read_bytes())
    killed.close()
    resumed = DuckTables(second)
    assert count(resumed, INJURIES) == 1
    left = second.with_name("second.duckdb.wal")
    assert not left.exists() or left.stat().st_size == 0
    resumed.close()


def test_an_older_home_gains_new_columns(tmp_path):
    """A column added to a contract appears in a file made before, NULL in the rows that were there."""
    path = tmp_path / "warehouse.duckdb"
    first = DuckTables(path)
    write(first, [listed(1)])
    first._db.execute(f"ALTER TABLE {INJURIES} DROP COLUMN team")
    first.close()
    second = DuckTables(path)
    write(second, [listed(2)], token=2)
    assert second.read(f"SELECT team FROM {INJURIES}")["team"].to_pylist() == ["BOS"]
    second.close()


def test_a_held_answer_ends_with_the_next_write(tables):
    """The same question gets the same answer while nothing was written, and the new one right after."""
    params = {"from_date": DAY, "to_date": DAY, "as_of": KNOWN}
    ask = f"SELECT player_id FROM {INJURIES}"
    write(tables, [listed(1)])
    first = tables.query(ask, {INJURIES: 0}, params, as_of=True)
    assert tables.query(ask, {INJURIES: 0}, params, as_of=True) is first
    write(tables, [listed(1), listed(2)], token=2)
    assert tables.query(ask, {INJURIES: 0}, params, as_of=True).num_rows == 2
    assert tables.query(ask, {INJURIES: 0}, {**params, "as_of": KNOWN.replace(day=25)}, as_of=True).num_rows == 0


def test_units_at_once_end_with_their_own_good_rows(tables):
    """Twelve systems in as many threads, a bad row here and there: each gets the counts of its own rows only."""
    systems = "abcdefghijkl"

    def play(system: str) -> None:
        for generation in range(1, 9):
            bad = prediction(1, system, predicted_points=99.0)
            rows = [prediction(0, system), *([bad] if (generation + ord(system)) % 5 == 0 else [])]
            scope = Scope("run", generation, 1, system, DAY, DAY)
            written = tables.write(table(PREDICTIONS), table(PREDICTIONS).to_arrow(rows), scope)
            assert (written.found, sum(written.refused.values())) == (1, len(rows) - 1)

    with ThreadPoolExecutor(len(systems)) as pool:
        list(pool.map(play, systems))
    assert count(tables, PREDICTIONS) == 8 * len(systems)
    assert count(tables, QUARANTINE, "rule = 'points_in_range'") == sum(
        (g + ord(s)) % 5 == 0 for g in range(1, 9) for s in systems
    )


class Watched(DuckTables):
    """Counts how many of its queries run at once."""

    def __init__(self) -> None:
        super().__init__(None)
        self.counted, self.inside, self.most = threading.Lock(), 0, 0

    def query(self, *arguments, **options):
        with self.counted:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.2)
        found = super().query(*arguments, **options)
        with self.counted:
            self.inside -= 1
        return found


@pytest.mark.parametrize(("first", "most"), [(date(2017, 10, 17), 1), (DAY, 2)], ids=["seasons", "a slate"])
def test_long_windows_are_made_one_at_a_time(first, most):
    """Two backfills of seasons at once ran out of memory; slates go side by side."""
    found = Watched()
    params = {"from_date": first, "to_date": DAY}
    text = Query(
        f"SELECT * FROM {INJURIES} WHERE list_date BETWEEN $from_date AND $to_date", {INJURIES: 0}, params, False
    )

    def put(unit: str) -> None:
        found.write(table(INJURIES), text, Scope("run", 1, 1, unit, first, DAY))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(put, ["a", "b"]))
    found.close()
    assert found.most == most


def test_queries_are_joined_as_written_in_every_thread(tables):
    """By a reopened file's estimates a query over eight seasons joined every player with every other first."""
    setting = "SELECT current_setting('disabled_optimizers') AS disabled"
    with ThreadPoolExecutor(1) as pool:
        for expected in ("join_order", SLATE_WITHOUT):
            assert "join_order" in expected.split(",")
            for read in (tables.read, lambda sql: pool.submit(tables.read, sql).result()):
                assert read(setting)["disabled"].to_pylist() == [expected]
            tables.expect_slates()


def test_without_tuning_duckdbs_own_settings_stay():
    """The limit of memory and the joins as written are no matter of speed; threads, log and answers are."""
    plain = DuckTables(None, tuned=False)
    names = ("threads", "checkpoint_threshold", "disabled_optimizers")
    settings = f"SELECT {', '.join(f'current_setting({n!r}) AS {n}' for n in names)}"
    before = plain.read(settings).to_pylist()
    plain.expect_slates()
    assert plain.read(settings).to_pylist() == before
    assert before == [{**before[0], "checkpoint_threshold": "16.0 MiB", "disabled_optimizers": "join_order"}]
    params = {"from_date": DAY, "to_date": DAY, "as_of": KNOWN}
    first, second = (plain.query(f"SELECT player_id FROM {INJURIES}", {INJURIES: 0}, params, as_of=True) for _ in "12")
    assert first is not second
    plain.close()
