"""The figures of docs/cost.md: sizes as BigQuery counts them, counts from map and engine, constant daily reads."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from benchmarks import volumes
from benchmarks.volumes import Volume
from shared.contracts.rows import table
from shared.map.loader import pipeline_map

NAME = "nba_orchestration.quarantined_rows"


def test_a_row_has_the_size_that_bigquery_counts(tmp_path: Path) -> None:
    """8 bytes for a date, timestamp or number, 2 + length for a text, 0 for NULL; rows are counted by partition."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as db:
        for contract in volumes.tables().values():
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {contract.dataset}")
            db.execute(contract.duckdb_ddl())
        texts = ("run_id", "unit", "table_name", "rule", "row_json", "row_hash", "source")
        row = dict.fromkeys(texts, "abc") | {"generation": 1, "known_at": datetime(2026, 1, 1, tzinfo=UTC)}
        days = [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 2)]
        for day in days:
            values = {**row, "game_date": day}
            columns = [c.name for c in table(NAME).columns]
            marks = ", ".join("?" for _ in columns)
            db.execute(f"INSERT INTO {NAME} ({', '.join(columns)}) VALUES ({marks})", [values[c] for c in columns])
    assert volumes.volumes(tmp_path) == {NAME: Volume(rows=1.5, row_bytes=7 * 5 + 3 * 8)}


def test_daily_reads_stop_growing() -> None:
    """No daily query reads further back than three seasons: with four and with eight seasons it reads the same."""
    sizes = {name: Volume(100, 100) for name in volumes.tables()}
    four, eight = (volumes.scanned(pipeline_map(), sizes, n) for n in (4, 8))
    assert four == eight
    assert volumes.scanned(pipeline_map(), sizes, 1)["pregame"][0] < four["pregame"][0]


@pytest.mark.parametrize("kind", ["pregame", "postgame"])
def test_every_unit_is_counted_once(kind: str) -> None:
    """A run with every unit successful requests each unit of its phases once."""
    cells = sum(len(p.units) for p in pipeline_map().runs[kind].phases.values())
    assert volumes.operations(pipeline_map(), kind)["units"] == cells


def test_a_day_has_the_runs_of_the_maps_schedules() -> None:
    """A sweep every quarter of an hour and one postgame run; schedules that only repair are left out."""
    runs = volumes.per_day(pipeline_map())
    assert runs["sweep"] == 96
    assert runs["postgame"] == 1
    assert set(runs) == {"sweep", "postgame", "pregame"}
