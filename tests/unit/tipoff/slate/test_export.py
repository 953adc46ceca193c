"""Exports: equal content gives equal bytes; a file is written whole or not at all."""

import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shared.contracts.rows import table
from shared.errors import UserError
from shared.ports import Scope
from tests.support.local.homes import DAY, filled, make_app, put
from tests.support.twins.warehouses import pmf
from tipoff.cli import main
from tipoff.frames.dictionary import find_table
from tipoff.home import Home
from tipoff.slate.export import export, writer_of

TABLE = "nba_predictions.player_prop_predictions"
ROWS: list[dict[str, Any]] = [
    {
        "player_id": player,
        "player_name": f"Ålf {player}",
        "system_id": "moving_average",
        "recommendation": "NO_LINE",
        "points_pmf": pmf(0.1 * player, 1 / 3),
    }
    for player in range(1, 40)
]


def make_home(home: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """A home with these predictions, written in this order."""
    app = make_app(home)
    put(app, TABLE, rows, unit="moving_average")
    app.close()
    return home


@pytest.mark.parametrize("extension", ["parquet", "csv", "json"])
def test_equal_content_gives_equal_bytes(tmp_path: Path, extension: str) -> None:
    """The file is the same for every order in which rows were written, and for every repetition."""
    bodies = set()
    for name, rows in (("a", ROWS), ("b", ROWS[::-1])):
        home = make_home(tmp_path / name, rows)
        for attempt in range(2):
            out = tmp_path / f"{name}{attempt}.{extension}"
            assert export(Home(home).tables(), table(TABLE), out, None, None) == len(ROWS)
            bodies.add(out.read_bytes())
    assert len(bodies) == 1


def test_every_format_holds_every_column_in_the_contracts_order(tmp_path: Path) -> None:
    """Parquet keeps types, JSON and CSV have the same values; arrays are JSON text in CSV."""
    tables = Home(make_home(tmp_path / "home", ROWS)).tables()
    paths = [tmp_path / f"x.{e}" for e in ("parquet", "csv", "json")]
    for path in paths:
        export(tables, table(TABLE), path, None, None)
    names = [*(c.name for c in table(TABLE).columns), "is_superseded"]
    assert names[-3:-1] == ["run_id", "generation"]
    stored = pq.read_table(paths[0])
    assert stored.column_names == names
    assert stored.schema.field("known_at").type == table(TABLE).arrow_schema().field("known_at").type
    with paths[1].open(encoding="utf-8", newline="") as file:
        flat = list(csv.DictReader(file))
    whole = json.loads(paths[2].read_text("utf-8"))
    assert list(flat[0]) == list(whole[0]) == names
    assert [json.loads(r["points_pmf"]) for r in flat] == [r["points_pmf"] for r in whole]
    assert [r["points_pmf"] for r in whole] == [r["points_pmf"] for r in ROWS]
    assert whole[0]["known_at"] == flat[0]["known_at"] == "2024-02-26T22:30:00Z"
    assert [r["player_id"] for r in whole] == sorted(r["player_id"] for r in whole)


def test_dates_choose_by_the_partition(tmp_path: Path) -> None:
    """--from and --to are both included; a window without rows is an empty file with all columns."""
    tables = Home(make_home(tmp_path / "home", ROWS)).tables()
    out = tmp_path / "x.parquet"
    assert export(tables, table(TABLE), out, DAY, DAY) == len(ROWS)
    assert export(tables, table(TABLE), out, date(2024, 2, 27), None) == 0
    assert pq.read_table(out).num_columns == len(table(TABLE).columns) + 1
    assert export(tables, table(TABLE), tmp_path / "x.json", None, date(2024, 2, 25)) == 0
    assert json.loads((tmp_path / "x.json").read_text("utf-8")) == []


def test_older_generations_are_kept_and_marked(tmp_path: Path) -> None:
    """A repair's rows are kept beside those they supersede; another unit of the same date is unchanged."""
    app, contract = make_app(tmp_path / "home"), table(TABLE)
    for generation, unit in ((1, "moving_average"), (1, "catboost_v8"), (2, "moving_average")):
        rows = contract.to_arrow([filled(contract, {**ROWS[0], "system_id": unit})])
        app.tables.write(contract, rows, Scope(f"{DAY}.pregame", generation, 1, unit, DAY, DAY))
    app.close()
    out = tmp_path / "x.json"
    assert export(Home(tmp_path / "home").tables(), contract, out, None, None) == 3
    superseded = {(r["system_id"], r["generation"]): r["is_superseded"] for r in json.loads(out.read_text("utf-8"))}
    assert superseded == {("moving_average", 1): True, ("moving_average", 2): False, ("catboost_v8", 1): False}


def test_every_table_of_the_contracts_can_be_exported(tmp_path: Path) -> None:
    """Short and full names mean the same table, and each has an order."""
    tables = Home(make_home(tmp_path / "home", [])).tables()
    for full in ("nba_raw.nbac_player_list", "nba_orchestration.quarantined_rows", "nba_precompute.player_daily_cache"):
        assert find_table(full) == find_table(full.split(".")[1])
        assert export(tables, find_table(full), tmp_path / "x.csv", None, None) == 0


def test_for_an_unknown_table_near_names_are_suggested() -> None:
    """Half a name and a misspelling both suggest the real one."""
    with pytest.raises(UserError, match=r"did you mean .*odds_api_player_points_props"):
        find_table("props")
    with pytest.raises(UserError, match=r"did you mean .*prediction_accuracy"):
        find_table("predicton_acuracy")


def test_an_unknown_extension_is_refused_before_anything_is_opened() -> None:
    """The extension must be one of the formats."""
    with pytest.raises(UserError, match=r"use one of \.parquet, \.csv, \.json"):
        writer_of(Path("x.xlsx"))


def test_a_failed_export_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If writing fails half way, the folder holds only the old file."""
    tables = Home(make_home(tmp_path / "home", ROWS)).tables()
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "x.json").write_text("before", "utf-8")

    def full_disk(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dumps", full_disk)
    with pytest.raises(UserError, match="No space left"):
        export(tables, table(TABLE), folder / "x.json", None, None)
    assert [p.name for p in folder.iterdir()] == ["x.json"]
    assert (folder / "x.json").read_text("utf-8") == "before"


def test_a_warehouse_in_use_or_damaged_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While another process has the warehouse open, and after it was overwritten, the line says what to do."""
    home = make_home(tmp_path / "home", ROWS)
    path = home / "warehouse.duckdb"
    code = f"import duckdb; db = duckdb.connect({str(path)!r}); print(1, flush=True); input()"
    command = ["export", TABLE, "--home", str(home), "--out", str(tmp_path / "x.csv")]
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert main.run(command) == 2
        assert "in use by another tipoff process" in capsys.readouterr().err
        holder.communicate(b"\n")
    path.write_bytes(b"x" * 20_000)
    assert main.run(command) == 2
    assert "move it away" in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()


def test_rows_filled_by_the_helper_meet_the_contract() -> None:
    """The rows written by these tests have every required column."""
    row = filled(table(TABLE), ROWS[0])
    assert all(c.name in row for c in table(TABLE).columns if c.required and c.name not in ("run_id", "generation"))
