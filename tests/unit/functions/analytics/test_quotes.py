"""The quotes of a slate: what was known of each at its game's prediction time, and what it may then be used for."""

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.analytics.quotes import judged, refused, table_of
from shared.adapters.history_feeds import listed_until
from shared.map.loader import pipeline_map
from tests.support.data.slates import AS_OF, DAY, TIP
from tests.support.data.unit_queries import ask, put, warehouse

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RAW = "nba_raw.odds_api_player_points_props"


def game(game_id: str = "0022300001", tip: datetime = TIP, **more: Any) -> dict[str, Any]:
    return {
        "game_id": game_id, "game_date": DAY, "season": 2023, "season_type": "Regular Season", "tip_utc": tip,
        "tip_source": "schedule", "home_team": "BOS", "away_team": "NYK", "game_status": "scheduled",
        "known_at": TIP - timedelta(days=14), "known_at_source": "schedule", "source": "test", **more,
    }  # fmt: skip


def quote(line: float, first: datetime, last: datetime | None, **more: Any) -> dict[str, Any]:
    return {
        "game_id": "0022300001", "game_date": DAY, "player_id": 1, "player_name": "A Player", "player_lookup": "aplayer",
        "team": "BOS", "bookmaker": "draftkings", "market": "player_points", "points_line": line, "over_price": -110,
        "under_price": -110, "known_at": first, "known_at_source": "first_seen", "last_seen_at": last, "source": "test",
        **more,
    }  # fmt: skip


def asked(*quotes: dict[str, Any], games: tuple[dict[str, Any], ...] = (), **params: Any) -> list[dict[str, Any]]:
    """The rows of the unit's table for these raw quotes."""
    tables = warehouse()
    put(tables, "nba_raw.nbac_schedule", [game(), *games])
    put(tables, RAW, quotes)
    m = pipeline_map()
    found = ask(tables, "analytics", "player_quotes", "quotes", **m.settings, **params)
    return table_of(found, m.quotes).to_pylist()


def test_a_quote_is_as_old_as_the_newest_snapshot_that_listed_it() -> None:
    """One that outlives the moment was last seen in the newest snapshot by then: 45 minutes before, not at the moment."""
    stays = quote(20.5, AS_OF - 5 * HOUR, TIP)
    marks = quote(9.5, AS_OF - 45 * MINUTE, AS_OF - 45 * MINUTE, player_id=2)
    first, second = asked(stays, marks)
    assert (first["seen_at"], first["age_minutes"], first["is_on_board"]) == (AS_OF - 45 * MINUTE, 45.0, True)
    assert (second["age_minutes"], second["refused_bet"]) == (45.0, None)


def test_a_quote_that_the_newest_snapshot_lacks_is_off_the_board() -> None:
    """Another player of the same book and game is still listed: this one was taken down; input it may still be."""
    gone = quote(20.5, AS_OF - 90 * MINUTE, AS_OF - 80 * MINUTE)
    stays = quote(9.5, AS_OF - 30 * MINUTE, AS_OF - 10 * MINUTE, player_id=2)
    other_book = quote(21.5, AS_OF - 90 * MINUTE, AS_OF - 80 * MINUTE, bookmaker="fanduel")
    rows = {(r["player_id"], r["bookmaker"]): r for r in asked(gone, stays, other_book)}
    assert (rows[1, "draftkings"]["refused_bet"], rows[1, "draftkings"]["refused_input"]) == ("off_board", None)
    assert rows[1, "draftkings"]["is_current"]
    assert rows[1, "fanduel"]["refused_bet"] is None


def test_a_superseded_quote_is_not_current() -> None:
    """The book's newest quote counts; the one before stays readable, as an opening line."""
    old, new = asked(quote(20.5, AS_OF - 5 * HOUR, AS_OF - 2 * HOUR), quote(21.5, AS_OF - HOUR, AS_OF - HOUR))
    assert (old["is_current"], old["is_main"], old["refused_input"], old["refused_bet"]) == (
        False,
        True,
        None,
        "off_board",
    )
    assert (new["is_current"], new["is_main"], new["refused_bet"]) == (True, True, None)


def test_the_main_line_has_the_most_balanced_prices() -> None:
    """Of the lines on the board together, however long each has been there; a line without prices comes last."""
    alternate = quote(25.5, AS_OF - HOUR, AS_OF - MINUTE, over_price=300, under_price=-390)
    bare = quote(10.0, AS_OF - HOUR, AS_OF - MINUTE, over_price=None, under_price=None)
    rows = asked(quote(20.5, AS_OF - 5 * HOUR, AS_OF - MINUTE), alternate, bare)
    assert {r["points_line"]: (r["is_current"], r["is_main"]) for r in rows} == {
        10.0: (True, False), 20.5: (True, True), 25.5: (True, False),
    }  # fmt: skip


def test_a_quote_seen_during_another_game_of_the_team_is_refused() -> None:
    """The evening before, either team's game was in play; one seen four hours after its tip is a quote again."""
    before = game(
        "0022300000", TIP - timedelta(days=1), game_date=DAY - timedelta(days=1), home_team="LAL", away_team="NYK"
    )
    during, after = (quote(20.5, at, at) for at in (before["tip_utc"] + 3 * HOUR, before["tip_utc"] + 5 * HOUR))
    (row,) = asked(during, games=(before,))
    assert (row["refused_input"], row["refused_bet"]) == ("other_game_running",) * 2
    (row,) = asked(after, games=(before,))
    assert row["refused_input"] is None
    (row,) = asked(during, games=({**before, "away_team": "DEN"},))
    assert row["refused_input"] is None


def test_a_quote_without_a_time_has_no_age() -> None:
    """A line whose time is assumed may be input, never a bet."""
    (row,) = asked(quote(20.5, AS_OF, None, known_at_source="assumed"))
    assert (row["age_minutes"], row["refused_input"], row["refused_bet"]) == (None, None, "no_time")


def test_at_the_tip_a_quote_may_be_the_closing_line() -> None:
    """With a lead of 0 the same query and rule judge closing lines; a bet's refusals need not hold for them."""
    tables = warehouse()
    put(tables, "nba_raw.nbac_schedule", [game()])
    put(
        tables, RAW, [quote(20.5, AS_OF - HOUR, TIP - MINUTE), quote(21.5, TIP - 5 * HOUR, TIP - 4 * HOUR, player_id=2)]
    )
    m = pipeline_map()
    params = {**m.settings, "lead_minutes": 0, "as_of": TIP + HOUR}
    found = judged(ask(tables, "analytics", "player_quotes", "quotes", **params), m.quotes)
    assert found["refused_closing"].to_pylist() == [None, "too_old"]


def test_refused_quotes_are_counted_by_reason() -> None:
    """The completion's evidence has the counts per use."""
    rows = asked(quote(20.5, AS_OF, AS_OF, under_price=None), quote(9.5, AS_OF, AS_OF, player_id=2, over_price=-2000))
    schema = {n: [r[n] for r in rows] for n in ("refused_input", "refused_bet")}
    assert refused(pa.table(schema)) == {
        "refused_input": {"price_missing": 1, "hold_out_of_range": 1},
        "refused_bet": {"price_missing": 1, "hold_out_of_range": 1},
    }


MOMENTS = st.integers(1, 12).map(lambda quarters: TIP - quarters * 15 * MINUTE)
HISTORIES = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["a", "b"]), MOMENTS, st.integers(0, 6)),
    min_size=1, max_size=6, unique_by=lambda q: (q[0], q[1], q[2]),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(histories=HISTORIES)
def test_what_came_later_changes_no_quote(histories: list[tuple[int, str, datetime, int]]) -> None:
    """The quotes that a folder shows at the moment give the rows that the folder's whole history gives."""
    listed = [
        quote(20.5, first, first + more * 15 * MINUTE, player_id=player, bookmaker=book)
        for player, book, first, more in histories
    ]
    names = {"known_at": "first_seen_utc", "last_seen_at": "last_seen_utc"}
    known = [q for q in listed if q["known_at"] <= AS_OF]
    if not known:
        return
    raw = pa.Table.from_pylist([{names.get(n, n): v for n, v in q.items()} for q in known])
    given_then = listed_until(raw, AS_OF).to_pylist()
    back = {v: n for n, v in names.items()}
    assert asked(*({back.get(n, n): v for n, v in q.items()} for q in given_then)) == asked(*listed)
