"""The schedule's parser against the stored schedule: documents that drop, move and call off games, one after another."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.process_raw import core
from shared.contracts.work import Computed
from tests.support.data.inputs import broken_rules, payload, rows_of, work

TABLE = "nba_raw.nbac_schedule"
DAY, FETCHED = date(2024, 11, 3), datetime(2024, 11, 3, 20, tzinfo=UTC)


def listed(number: int, day: date = DAY, **changes: Any) -> dict[str, Any]:
    """A game of the schedule at 20:00 Eastern."""
    return {
        "gameId": f"00224{number:05d}",
        "gameStatus": 1,
        "gameStatusText": "8:00 pm ET",
        "gameDateEst": f"{day}T00:00:00Z",
        "gameDateTimeUTC": f"{day + timedelta(days=1)}T01:00:00Z",
        "homeTeam": {"teamTricode": "BOS"},
        "awayTeam": {"teamTricode": "NYK"},
        **changes,
    }


def body(*games: dict[str, Any]) -> bytes:
    return json.dumps({"leagueSchedule": {"gameDates": [{"games": list(games)}]}}).encode()


def parse(document: bytes, stored: list[dict[str, Any]], at: datetime = FETCHED) -> Computed:
    """What the parser makes of a document while these rows are stored; the window is two weeks."""
    job = work(DAY, DAY + timedelta(days=14), now=at)
    rows = rows_of(TABLE, Computed(rows=stored))
    return core.parse("nbac_schedule", "nba", [payload("schedule", document, fetched_at=at)], {"stored": rows}, job)


def stored_after(*documents: bytes) -> list[dict[str, Any]]:
    """The stored rows after documents that came one hour after the other, merged by key as the warehouse does it."""
    stored: dict[tuple[str, date], dict[str, Any]] = {}
    for hour, document in enumerate(documents):
        computed = parse(document, list(stored.values()), FETCHED + timedelta(hours=hour))
        table = rows_of(TABLE, computed)
        assert broken_rules(TABLE, table) == {}
        stored |= {(r["game_id"], r["game_date"]): r for r in table.to_pylist()}
    return list(stored.values())


def statuses(rows: list[dict[str, Any]]) -> dict[tuple[str, date], tuple[str, str | None]]:
    return {(r["game_id"], r["game_date"]): (r["game_status"], r["status_reason"]) for r in rows}


def test_a_dropped_game_is_withdrawn_from_when_it_was_fetched() -> None:
    """The row keeps its teams and tip, and is known since the document without it came; listed again it is back."""
    rows = stored_after(body(listed(1), listed(2)), body(listed(1)))
    assert statuses(rows) == {
        ("0022400001", DAY): ("scheduled", None),
        ("0022400002", DAY): ("withdrawn", "no longer listed"),
    }
    gone = next(r for r in rows if r["game_status"] == "withdrawn")
    assert (gone["known_at"], gone["known_at_source"]) == (FETCHED + timedelta(hours=1), "fetched")
    assert (gone["home_team"], gone["tip_utc"]) == ("BOS", datetime(2024, 11, 4, 1, tzinfo=UTC))
    back = stored_after(body(listed(1), listed(2)), body(listed(1)), body(listed(1), listed(2)))
    assert {r["game_status"] for r in back} == {"scheduled"}


def test_reading_a_document_again_gives_equal_rows() -> None:
    """Fetched an hour later, all rows and their times are those that are stored: nothing that reads them is done again."""
    moved = listed(3, DAY + timedelta(days=2))
    last = body(listed(1), listed(4, gameStatusText="PPD"), moved)
    rows = stored_after(body(*(listed(n) for n in range(1, 6))), last)
    assert len({s for s, _ in statuses(rows).values()}) == 4
    again = rows_of(TABLE, parse(last, rows, FETCHED + timedelta(hours=9))).to_pylist()
    assert sorted(again, key=str) == sorted(rows, key=str)


@pytest.mark.parametrize("days", [1, 40])
def test_a_moved_game_is_on_one_slate_only(days: int) -> None:
    """By a day: the new date has it, known since it was fetched. By 40: it is off the old date."""
    there = DAY + timedelta(days=days)
    found = statuses(rows := stored_after(body(listed(1), listed(2)), body(listed(1, there), listed(2))))
    assert found["0022400001", DAY] == ("moved", f"to {there}")
    new = [r for r in rows if r["game_date"] == there]
    assert [(r["game_status"], r["known_at_source"]) for r in new] == ([("scheduled", "fetched")] if days == 1 else [])


def test_a_tentative_game_becomes_certain_or_goes() -> None:
    """If necessary: neither is on a slate before that."""
    open_, sure = listed(5, ifNecessary=True, gameStatusText="TBD"), listed(5, ifNecessary=False)
    assert statuses(stored_after(body(listed(1), open_)))["0022400005", DAY] == ("tentative", "TBD")
    assert statuses(stored_after(body(listed(1), open_), body(listed(1), sure)))["0022400005", DAY][0] == "scheduled"
    gone = statuses(stored_after(body(listed(1), open_), body(listed(1))))
    assert gone["0022400005", DAY] == ("withdrawn", "if necessary, and no longer listed")


def test_a_document_with_too_few_games_withdraws_none_and_names_them() -> None:
    """The unit ends as partial with each game; the stored rows stand."""
    stored = stored_after(body(*(listed(n) for n in range(1, 6))))
    computed = parse(body(listed(1)), stored)
    assert [m.entity for m in computed.missing] == [f"NYK at BOS (002240000{n})" for n in range(2, 6)]
    assert [r["game_id"] for r in rows_of(TABLE, computed).to_pylist()] == ["0022400001"]
