"""Rows that lie in files beside a warehouse are seen by every query, as the table's own are."""

from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.adapters.local.beside import RowsBeside
from shared.contracts.rows import table
from tests.support.local import homes
from tests.support.twins.warehouses import pmf
from tipoff.home import Home

NAME = "nba_predictions.player_prop_predictions"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """One prediction in the warehouse, and one of another system in a file below `systems`."""
    app = homes.make_app(tmp_path)
    homes.put(app, NAME, [row("stored", 1)], unit="stored")
    app.close()
    contract = table(NAME)
    folder = tmp_path / "systems" / "it's"
    folder.mkdir(parents=True)
    filled = {**homes.filled(contract, row("beside", 2)), "run_id": "own", "generation": 1}
    pq.write_table(pa.Table.from_pylist([filled], contract.arrow_schema()), folder / "predictions.parquet")
    return Home(tmp_path)


def row(system: str, player: int) -> dict:
    """A prediction without a line."""
    return {"system_id": system, "player_id": player, "recommendation": "NO_LINE", "points_pmf": pmf(0.5, 0.5)}


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT system_id FROM {NAME} ORDER BY 1",
        f"SELECT p.system_id FROM {NAME} AS p JOIN {NAME} AS q USING (system_id) ORDER BY 1",
        f"SELECT system_id FROM (SELECT * FROM {NAME} WHERE game_date IS NOT NULL) ORDER BY 1",
    ],
)
def test_a_query_sees_both(home: Home, sql: str) -> None:
    """With and without an alias, joined, and nested; the arrays are lists of the same length."""
    rows = home.rows()
    assert rows.read(sql).column("system_id").to_pylist() == ["beside", "stored"]
    arrays = rows.read(f"SELECT points_pmf FROM {NAME}").column("points_pmf").to_pylist()
    assert [len(a) for a in arrays] == [81, 81]
    rows.close()


def test_the_door_keeps_its_rules(home: Home) -> None:
    """A query behind the door sees both, and of both only what was known at its as_of."""
    rows = home.rows()
    window = {"from_date": homes.DAY, "to_date": homes.DAY}
    sql = f"SELECT system_id FROM {NAME} ORDER BY system_id"
    for seconds, seen in ((0, ["beside", "stored"]), (-1, [])):
        params = {**window, "as_of": homes.NOW + timedelta(seconds=seconds)}
        assert rows.query(sql, {NAME: 0}, params, as_of=True).column("system_id").to_pylist() == seen
    rows.close()


def test_without_files_the_warehouse_answers_alone(home: Home) -> None:
    """Nothing stands between a command and a home whose user has no system of his own."""
    for path in home.files.beside("predictions"):
        path.unlink()
    rows = home.rows()
    assert not isinstance(rows, RowsBeside)
    assert rows.read(f"SELECT system_id FROM {NAME}").column("system_id").to_pylist() == ["stored"]
    rows.close()
