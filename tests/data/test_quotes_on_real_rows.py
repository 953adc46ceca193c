"""The rule of quotes on real history: what an independent check found among the bets of January and February 2024."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.adapters.local.warehouse import DuckTables
from tests.support.data import load_history
from tests.support.data.feature_chain import run
from tests.support.data.inputs import needs_shared

FIRST, LAST = date(2024, 1, 25), date(2024, 2, 14)


@pytest.fixture(scope="module")
def tables() -> DuckTables:
    """The season's raw rows, and the quotes of three weeks judged at their games' prediction times."""
    made = DuckTables(None)
    load_history.load(made._db, ["2023-24"])
    assert run(made, ("player_quotes",), FIRST, LAST) == {}
    return made


def found(tables: DuckTables, where: str, **params: Any) -> list[dict[str, Any]]:
    return tables.read(f"SELECT * FROM nba_analytics.player_quotes WHERE {where}", params).to_pylist()


@needs_shared
def test_placeholders_are_neither_input_nor_bets(tables: DuckTables) -> None:
    """Lines of 10 and 11 without a price, on three dates: each is refused, for its missing price."""
    bare = found(
        tables,
        "over_price IS NULL AND game_date BETWEEN $first AND $last",
        first=date(2024, 1, 27),
        last=date(2024, 1, 29),
    )
    assert len({(r["game_id"], r["player_id"]) for r in bare}) >= 113
    assert {r["points_line"] for r in bare} == {10.0, 11.0}
    assert {(r["refused_input"], r["refused_bet"]) for r in bare} == {("price_missing", "price_missing")}


@needs_shared
def test_remnants_of_the_night_before_are_refused(tables: DuckTables) -> None:
    """Prices that a book left up after the same teams' game of the evening before belong to that game."""
    night = {"first": datetime(2024, 2, 14, 3, 0, tzinfo=UTC), "last": datetime(2024, 2, 14, 5, 0, tzinfo=UTC)}
    left = found(tables, "game_date = '2024-02-14' AND seen_at BETWEEN $first AND $last", **night)
    assert max(abs(r["under_price"]) for r in left) == 10_000
    assert {(r["refused_input"], r["refused_bet"]) for r in left} == {("other_game_running", "other_game_running")}


@needs_shared
def test_what_may_be_bet_on_has_fitting_prices_and_is_fresh(tables: DuckTables) -> None:
    """Both prices within 400, hold of 0 to 12 %, at most two hours old; older quotes stay input."""
    usable = found(tables, "refused_bet IS NULL")
    assert len(usable) > 1000
    assert max(max(abs(r["over_price"]), abs(r["under_price"])) for r in usable) <= 400
    assert min(r["hold"] for r in usable) >= 0.0
    assert max(r["hold"] for r in usable) <= 0.12
    assert max(r["age_minutes"] for r in usable) <= 120.0
    assert found(tables, "is_current AND refused_input IS NULL AND refused_bet = 'too_old'")
