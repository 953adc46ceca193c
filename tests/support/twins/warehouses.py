"""Rows for the Tables properties, and an empty warehouse of each twin."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import SYSTEM_COLUMNS, table, tables
from shared.ports import Query, Scope, Tables, Written
from shared.settings import Settings

DAY = date(2024, 2, 27)
KNOWN = datetime(2024, 2, 26, 12, tzinfo=UTC)
LIST, SCHEDULE = "nba_raw.nbac_player_list", "nba_raw.nbac_schedule"  # replaced as a whole; merged by key
PREDICTIONS = "nba_predictions.player_prop_predictions"  # shared by units, generations kept, one array
QUARANTINE = "nba_orchestration.quarantined_rows"
USED = (LIST, SCHEDULE, PREDICTIONS, QUARANTINE)
SYSTEMS = tuple(f"system_{n}" for n in range(16))
UNITS = ("unit", "another", "other", "a", "b", *SYSTEMS)

_PLAIN = {"INT64": 1, "FLOAT64": 0.5, "STRING": "x", "BOOL": True, "DATE": DAY, "TIMESTAMP": KNOWN}


def row(name: str, **values: Any) -> dict[str, Any]:
    """A row of the table: what is required has a plain value, the rest is NULL, unless given."""
    own = [c for c in table(name).columns if c.required and c.name not in SYSTEM_COLUMNS]
    return {**{c.name: _PLAIN[c.type] for c in own}, **values}


def listed(player_id: int, team: str = "BOS", **other: Any) -> dict[str, Any]:
    """A player-list row."""
    return row(LIST, player_id=player_id, team=team, **other)


def game(game_id: str, known_at: datetime = KNOWN, **other: Any) -> dict[str, Any]:
    """A schedule row that breaks no check."""
    plain = {"season": 2023, "season_type": "Regular Season", "home_team": "BOS", "away_team": "NYK"}
    status = {"game_status": "scheduled", "game_date": DAY, "tip_utc": datetime(2024, 2, 27, 23, tzinfo=UTC)}
    return row(SCHEDULE, game_id=game_id, known_at=known_at, **{**plain, **status, **other})


def pmf(*first: float) -> list[float]:
    """The chances of 0, 1, ... points, as given and then 0, of the contract's length."""
    column = table(PREDICTIONS).column("points_pmf")
    assert column is not None
    assert column.length is not None
    return [*first, *[0.0] * (column.length - len(first))]


def prediction(player_id: int, system_id: str, **other: Any) -> dict[str, Any]:
    """A prediction that breaks no check."""
    plain = {"recommendation": "NO_LINE", "has_prop_line": False, "predicted_points": 20.5, "points_pmf": pmf(1.0)}
    return row(PREDICTIONS, player_id=player_id, system_id=system_id, **{**plain, **other})


def write(
    tables: Tables,
    rows: list[dict[str, Any]] | Query,
    *,
    name: str = LIST,
    generation: int = 1,
    token: int = 1,
    unit: str = "unit",
    days: tuple[date, date] = (DAY, DAY),
) -> Written:
    """Write rows into the days' scope."""
    contract = table(name)
    arriving = rows if isinstance(rows, Query) else contract.to_arrow(rows)
    return tables.write(contract, arriving, Scope("2024-02-27.pregame", generation, token, unit, *days))


def read(tables: Tables, sql: str, *names: str, days: tuple[date, date] = (DAY, DAY)) -> list[dict[str, Any]]:
    """Rows of a query of the named tables over the days, without the as_of door."""
    params = {"from_date": days[0], "to_date": days[1]}
    found: list[dict[str, Any]] = tables.query(sql, dict.fromkeys(names, 0), params, as_of=False).to_pylist()
    return found


def ids(tables: Tables, name: str = LIST, column: str = "player_id") -> list[Any]:
    """What stands in the table on the day, by one column."""
    return [r[column] for r in read(tables, f"SELECT {column} FROM {name} ORDER BY {column}", name)]


def refused(tables: Tables) -> list[tuple[str, str]]:
    """Rule and row of what is in quarantine, in order."""
    found = read(tables, f"SELECT rule, row_json FROM {QUARANTINE} ORDER BY rule, row_json", QUARANTINE)
    return [(r["rule"], r["row_json"]) for r in found]


def mutated(script: str) -> set[str]:
    """The tables whose rows a BigQuery script updates or deletes in any case: not those of a DELETE behind an IF."""
    lines = (line.strip() for line in script.split(";\n"))
    return {match[1] for line in lines if (match := re.match(r"(?:DELETE FROM|UPDATE|MERGE INTO) (\S+)", line))}


def duckdb() -> Iterator[Tables]:
    """The local twin, in memory."""
    found = DuckTables(None)
    yield found
    found.close()


def bigquery(address: str) -> Iterator[Tables]:
    """The cloud twin on the emulator, in a project of its own, with the tables that the properties use."""
    from shared.adapters.cloud import bigquery_sql
    from shared.adapters.cloud.bigquery import BigQueryTables
    from shared.adapters.cloud.bigquery_jobs import Jobs, connect

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BIGQUERY_EMULATOR_HOST", address)
        client = connect(f"test-{uuid4().hex[:12]}", emulated=True)
    ddl = {n: t for n, t in bigquery_sql.ddl(UNITS).items() if n in USED or n not in tables()}
    for dataset in (Settings.staging, *sorted({name.split(".")[0] for name in ddl})):
        client.create_dataset(dataset)
    for text in ddl.values():
        client.query(text).result()
    yield BigQueryTables(Jobs(client, 2**30))
    client.close()
