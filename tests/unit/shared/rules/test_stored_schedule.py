"""What a schedule takes back of the games that are stored, and whether a slate has any left."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.schedule import LeagueGame, Schedule
from shared.rules.stored_schedule import NOT_LISTED, NOT_NEEDED, judge_slate, take_back

FIRST, LAST = date(2024, 11, 3), date(2024, 11, 17)
STATUSES = ("scheduled", "tentative", "postponed", "suspended", "cancelled", "moved", "withdrawn")


def stored(number: int, day: date = FIRST, status: str = "scheduled", reason: str | None = None) -> dict[str, Any]:
    """A stored row of game `number` of 2024-25."""
    return {
        "game_id": f"00224{number:05d}",
        "game_date": day,
        "away_team": "NYK",
        "home_team": "BOS",
        "game_status": status,
        "status_reason": reason,
    }


def listing(*games: tuple[int, date], more: frozenset[str] = frozenset()) -> Schedule:
    """A schedule of these games of 2024-25; `more` are ids that it lists and that cannot be read."""
    made = tuple(
        LeagueGame(
            f"00224{n:05d}", day, datetime(2024, 11, 4, 1, tzinfo=UTC), True, "BOS", "NYK", False, "scheduled", None, False
        )
        for n, day in games
    )  # fmt: skip
    return Schedule(made, 0, (), frozenset(g.game_id for g in made) | more)


def taken(rows: list[dict[str, Any]], schedule: Schedule) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """Status and reason of each game taken back, and the games kept."""
    answer = take_back(rows, schedule, FIRST, LAST, 0.5)
    back = {f"{r['game_id']}@{r['game_date']:%d}": (r["game_status"], r["status_reason"]) for r in answer.rows}
    return back, [r["game_id"] for r in answer.kept]


def test_what_is_listed_where_it_is_stored_does_not_change() -> None:
    """The same dates, in or out of the window: nothing is taken back."""
    rows = [stored(1), stored(2, LAST), stored(3, FIRST - timedelta(days=9))]
    assert taken(rows, listing((1, FIRST), (2, LAST))) == ({}, [])


def test_a_game_that_is_no_longer_listed_is_withdrawn() -> None:
    """One of the window; an earlier one was played, and later ones are another run's."""
    rows = [stored(1), stored(2), stored(3, FIRST - timedelta(days=1)), stored(4, LAST + timedelta(days=1))]
    assert taken(rows, listing((1, FIRST))) == ({"0022400002@03": ("withdrawn", NOT_LISTED)}, [])


def test_a_withdrawn_game_stays_so() -> None:
    """For the reason that it was withdrawn for; it does not count against the schedule."""
    rows = [stored(1), stored(2), stored(3, status="withdrawn", reason=NOT_NEEDED)]
    found = {"0022400002@03": ("withdrawn", NOT_LISTED), "0022400003@03": ("withdrawn", NOT_NEEDED)}
    assert taken(rows, listing((1, FIRST))) == (found, [])


@pytest.mark.parametrize("days", [1, 40, -2])
def test_a_moved_game_has_moved_where_it_was(days: int) -> None:
    """By a day or by 40, into the window or out of it, and again where it moves on."""
    there = FIRST + timedelta(days=days)
    assert taken([stored(1)], listing((1, there))) == ({"0022400001@03": ("moved", f"to {there}")}, [])
    both = [stored(1, status="moved", reason=f"to {there}"), stored(1, there)]
    assert taken(both, listing((1, there))) == ({"0022400001@03": ("moved", f"to {there}")}, [])
    onward = there + timedelta(days=3)
    changed, _ = taken(both, listing((1, onward)))
    assert changed == {
        "0022400001@03": ("moved", f"to {onward}"),
        f"0022400001@{there:%d}": ("moved", f"to {onward}"),
    }


def test_a_game_postponed_long_ago_has_moved_when_it_gets_a_date() -> None:
    """Its row lies before the window."""
    rows = [stored(1, FIRST - timedelta(days=74), "postponed", "PPD")]
    assert taken(rows, listing((1, FIRST))) == ({"0022400001@21": ("moved", f"to {FIRST}")}, [])


@pytest.mark.parametrize("schedule", [listing(), listing((1, FIRST))])
def test_a_tentative_game_may_always_go(schedule: Schedule) -> None:
    """The series has ended; it was on no slate, so no document is too poor to say so."""
    changed, kept = taken([stored(7, status="tentative", reason="TBD")], schedule)
    assert (changed, kept) == ({"0022400007@03": ("withdrawn", NOT_NEEDED)}, [])


@pytest.mark.parametrize(
    ("listed", "kept"),
    [
        (listing(), 4),
        (listing((1, FIRST)), 3),
        (listing((1, FIRST), (2, FIRST)), 0),
        (listing((1, FIRST), (2, FIRST), (3, FIRST)), 0),
    ],
)
def test_a_schedule_that_takes_back_too_much_is_not_believed(listed: Schedule, kept: int) -> None:
    """More than half of the window's games at once: they stay, and are named."""
    rows = [stored(n) for n in (1, 2, 3, 4)]
    changed, named = taken(rows, listed)
    assert (len(changed), len(named)) == (0 if kept else 4 - len(listed.games), kept)


def test_the_only_game_of_a_window_may_be_withdrawn_by_its_season_alone() -> None:
    """A document of another season, or of none, knows nothing about it."""
    elsewhere = listing((9, FIRST - timedelta(days=20)))
    assert taken([stored(1)], elsewhere) == ({"0022400001@03": ("withdrawn", NOT_LISTED)}, [])
    next_season = replace(elsewhere, games=(replace(elsewhere.games[0], game_id="0022500001"),), ids=frozenset())
    assert taken([stored(1)], next_season) == ({}, ["0022400001"])
    assert taken([stored(1)], listing()) == ({}, ["0022400001"])


def test_a_game_that_cannot_be_read_is_not_withdrawn() -> None:
    """It is listed."""
    assert taken([stored(1), stored(2)], listing((1, FIRST), more=frozenset({"0022400002"}))) == ({}, [])


days = st.integers(-3, 17).map(lambda n: FIRST + timedelta(days=n))
rows_of_a_season = st.dictionaries(
    st.tuples(st.integers(1, 12), days), st.sampled_from(STATUSES), max_size=20
).map(lambda by_key: [stored(n, day, status, "before" if status != "scheduled" else None) for (n, day), status in by_key.items()])  # fmt: skip
listings = st.dictionaries(st.integers(1, 12), days, max_size=12).map(lambda d: listing(*d.items()))


@settings(deadline=None)
@given(rows_of_a_season, listings)
def test_what_is_taken_back(rows: list[dict[str, Any]], schedule: Schedule) -> None:
    """Taking back twice is taking back once; no game is scheduled on two dates; what is listed stays listed."""
    answer = take_back(rows, schedule, FIRST, LAST, 0.5)
    new = {(r["game_id"], r["game_date"]): r for r in answer.rows}
    after = [dict(new.get((r["game_id"], r["game_date"]), r)) for r in rows]
    again = take_back(after, schedule, FIRST, LAST, 0.5)
    assert {(r["game_id"], r["game_date"]): r for r in again.rows} == new
    assert again.kept == answer.kept
    listed = {g.game_id: g.game_date for g in schedule.games}
    for row in after:
        where = listed.get(row["game_id"])
        if where is not None:
            assert (row["game_status"] == "moved" and row["status_reason"] == f"to {where}") == (
                where != row["game_date"]
            )
    assert all(r["game_id"] not in schedule.ids for r in answer.kept)
    assert {r["game_status"] for r in answer.rows} <= {"moved", "withdrawn"}


@pytest.mark.parametrize(
    ("rows", "answer"),
    [
        ([], "no_games"),
        ([stored(1)], "ok"),
        ([stored(1), stored(2, status="postponed", reason="PPD")], "ok"),
        ([stored(1, status="tentative", reason="TBD")], "no_games"),
        ([stored(1, status="withdrawn", reason=NOT_NEEDED)], "no_games"),
        ([stored(1, status="tentative"), stored(2, status="postponed", reason="PPD")], "called_off"),
        *([[stored(1, status=s, reason="so")], "called_off"] for s in ("postponed", "suspended", "cancelled", "moved")),
        ([stored(1, status="withdrawn", reason=NOT_LISTED)], "called_off"),
    ],
)
def test_a_slate_is_open_empty_or_called_off(rows: list[dict[str, Any]], answer: str) -> None:
    """A date without certain games has none; one whose games are all off is named as such."""
    assert judge_slate(rows)[0] == answer


def test_a_slate_that_is_called_off_names_its_games() -> None:
    """With what the stored schedule says about each."""
    rows = [stored(1, status="postponed", reason="PPD"), stored(2, status="withdrawn", reason=None)]
    assert judge_slate(rows)[1] == (
        "every game of these dates is off: NYK at BOS (0022400001): postponed (PPD); "
        "NYK at BOS (0022400002): withdrawn (no reason given)"
    )
    assert judge_slate([stored(3), rows[0]])[1] == "off: NYK at BOS (0022400001): postponed (PPD)"
    assert judge_slate([stored(3), stored(4, status="tentative", reason="TBD")])[1] == ""
