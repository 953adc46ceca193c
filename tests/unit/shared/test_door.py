"""The as_of door returns nothing later, scans only declared days, and refuses undeclared tables."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import table
from shared.errors import ContractError
from shared.ports import Scope

SCHEDULE = "nba_raw.nbac_schedule"
NOON = datetime(2024, 2, 27, 12, tzinfo=UTC)


def game(game_id: str, day: date, known_at: datetime) -> dict:
    """A schedule row."""
    return {
        "game_id": game_id, "game_date": day, "season": 2023, "season_type": "Regular Season",
        "tip_utc": datetime(day.year, day.month, day.day, 23, tzinfo=UTC), "tip_source": "schedule", "home_team": "BOS",
        "away_team": "NYK", "game_status": "scheduled", "known_at": known_at, "known_at_source": "published",
        "source": "test",
    }  # fmt: skip


@pytest.fixture
def tables():
    """A warehouse with three games: one known in time, one a second too late, one outside the window."""
    found = DuckTables(None)
    contract = table(SCHEDULE)
    rows = [
        game("0022300001", date(2024, 2, 27), NOON),
        game("0022300002", date(2024, 2, 27), NOON.replace(second=1)),
        game("0022300003", date(2024, 2, 20), NOON),
    ]
    scope = Scope("r", 1, 1, "u", date(2024, 2, 20), date(2024, 2, 27))
    found.write(contract, contract.to_arrow(rows), scope)
    yield found
    found.close()


def ids(found: pa.Table) -> list[str]:
    """The game ids of a result."""
    return sorted(found["game_id"].to_pylist())


PARAMS = {"from_date": date(2024, 2, 27), "to_date": date(2024, 2, 27), "as_of": NOON}
SQL = f"SELECT game_id FROM {SCHEDULE}"


def test_nothing_later_than_as_of(tables):
    """A row known one second after as_of does not exist."""
    assert ["0022300001"] == ids(tables.query(SQL, {SCHEDULE: 0}, PARAMS, as_of=True))


def test_without_the_door_later_rows_are_there(tables):
    """Reads that feed no prediction see everything in the window: the test above can fail."""
    assert ["0022300001", "0022300002"] == ids(tables.query(SQL, {SCHEDULE: 0}, PARAMS, as_of=False))


def test_only_declared_days_are_scanned(tables):
    """Days back widen the scan; without them the window is all."""
    assert ["0022300001", "0022300003"] == ids(tables.query(SQL, {SCHEDULE: 7}, PARAMS, as_of=True))


def test_undeclared_table_is_refused(tables):
    """A table the map does not list for the unit cannot be read."""
    with pytest.raises(ContractError, match="does not declare"):
        tables.query(SQL, {}, PARAMS, as_of=True)


def test_door_reaches_subqueries_and_ctes(tables):
    """A table named inside a CTE or subquery is behind the door too."""
    sql = f"WITH g AS (SELECT * FROM {SCHEDULE}) SELECT game_id FROM g WHERE game_id IN (SELECT s.game_id FROM {SCHEDULE} AS s)"
    assert ["0022300001"] == ids(tables.query(sql, {SCHEDULE: 0}, PARAMS, as_of=True))


def test_missing_parameter_is_named(tables):
    """A missing parameter is an error, not NULL."""
    with pytest.raises(ContractError, match="lead_minutes"):
        tables.query(f"{SQL} WHERE @lead_minutes > 0", {SCHEDULE: 0}, PARAMS, as_of=True)
