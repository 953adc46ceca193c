"""The market as a system: which quotes are behind its distribution, and whom it predicts."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from functions.predict import core
from tests.support.data import slates
from tests.support.data.slates import AS_OF, DAY, features, inputs, work
from tests.support.data.unit_queries import ask, put, warehouse

SETTINGS = {"aligned_minutes": 60, "bookmaker_order": ["fanduel", "draftkings"]}
SEEN = AS_OF - timedelta(minutes=10)


def quote(**more: Any) -> dict[str, Any]:
    return {
        "game_id": "0022300001", "game_date": DAY, "player_id": 1, "player_name": "A Player", "player_lookup": "aplayer",
        "bookmaker": "draftkings", "points_line": 20.5, "quoted_at": SEEN, "quoted_at_source": "first_seen",
        "seen_at": SEEN, "age_minutes": 10.0, "hold": 0.05, "p_over": 0.5, "is_current": True, "is_main": True,
        "is_on_board": True, "as_of": AS_OF, "known_at": AS_OF, "source": "test", **more,
    }  # fmt: skip


def used(*quotes: dict[str, Any]) -> list[tuple[str, float]]:
    """The books and lines behind the market's distribution."""
    tables = warehouse()
    put(tables, "nba_analytics.player_quotes", quotes)
    rows = ask(tables, "predict", "market", "quotes", **SETTINGS).to_pylist()
    return [(r["bookmaker"], r["points_line"]) for r in rows]


@pytest.mark.parametrize(
    "other",
    [
        {"age_minutes": 71.0},
        {"is_current": False},
        {"refused_input": "other_game_running"},
        {"p_over": None},
        {"hold": None},
        {"refused_bet": "fixed_payout"},
    ],
)
def test_what_is_not_beside_the_newest_priced_quotes_is_left_out(other: dict[str, Any]) -> None:
    """An hour older, superseded, refused, without a price, or less telling than a quote with both prices."""
    assert used(quote(), quote(bookmaker="b", **other)) == [("draftkings", 20.5)]


@pytest.mark.parametrize("other", [{"hold": None}, {"refused_bet": "fixed_payout"}, {"refused_bet": "too_old"}])
def test_where_there_is_nothing_better_it_counts(other: dict[str, Any]) -> None:
    """A player whom no two-sided book quotes is measured by what there is; alternates and old quotes count."""
    mine = quote(bookmaker="b", player_id=2, age_minutes=None, **other)
    assert used(quote(), quote(points_line=25.5, is_main=False), mine) == [
        ("draftkings", 20.5), ("draftkings", 25.5), ("b", 20.5),
    ]  # fmt: skip


def test_offers_are_the_main_lines_that_may_be_bet_on_by_the_maps_order() -> None:
    """Superseded, alternate, refused and older quotes are no offers; a book that the map does not order comes last."""
    tables = warehouse()
    left_out = ({"is_current": False}, {"is_main": False}, {"refused_bet": "off_board"}, {"age_minutes": 71.0})
    others = [quote(bookmaker=f"b{i}", **change) for i, change in enumerate(left_out)]
    put(tables, "nba_analytics.player_quotes", [quote(bookmaker="a"), quote(), quote(bookmaker="fanduel"), *others])
    rows = ask(tables, "predict", "moving_average", "offers", **SETTINGS).to_pylist()
    assert [r["bookmaker"] for r in rows] == ["fanduel", "draftkings", "a"]


def test_it_predicts_who_is_quoted_and_recommends_nothing() -> None:
    """The quote's chance at its line; no row for a player without a quote; no pick whatever the line of the slate."""
    listed = [quote(p_over=0.45), quote(player_id=9)]
    columns = {
        n: pa.array([q[n] for q in listed]) for n in ("game_id", "player_id", "bookmaker", "points_line", "p_over")
    }
    given = inputs(features({}, {"line": 11.5}, {"line": 12.5}), quotes=pa.table(columns))
    settings = {**slates.SETTINGS, "never_a_pick": True}
    found = core.compute("market", work("market", settings=settings), given, None)
    (row,) = found.rows.to_pylist()
    assert (row["player_id"], row["p_over"]) == (1, pytest.approx(0.45))
    assert row["recommendation"] == "PASS"
    assert found.evidence["skipped"] == {"no_quote": 2}
    none = {**given, "quotes": given["quotes"].slice(0, 0)}
    assert core.compute("market", work("market", settings=settings), none, None).outcome == "empty"
