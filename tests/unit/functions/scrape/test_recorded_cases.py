"""Sequences of answers that others met in the field: which report is right, and what one event without odds costs."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from functions.scrape.core import plan
from shared.contracts.work import Planned, Request
from tests.support.data.inputs import work
from tests.support.places import SHARED_DATA

CASES = SHARED_DATA.parent / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases")


def case(name: str) -> Any:
    """The answers of a case."""
    return json.loads((CASES / name / "input.answers.json").read_text("utf-8"))


def concluded(feed: str, job: Any, answers: dict[str, bytes]) -> tuple[list[Request], Planned | None]:
    """Every request of a plan, and what it concludes, where only these answers come, by the end of their path."""
    steps, requested = plan(feed, job, "nba"), []
    body: bytes | None = None
    while True:
        try:
            requested.append(next(steps) if not requested else steps.send(body))
        except StopIteration as end:
            return requested, end.value
        body = next((b for path, b in answers.items() if requested[-1].path.endswith(path)), None)


def test_between_three_reports_a_day_the_last_one_that_is_there_is_right() -> None:
    """Case 02: at 19:00 of a day of the season 2020-21 it is that of 17:30."""
    headers = ["TEAM_ABBREVIATION", "GAME_ID", "GAME_DATE", "MATCHUP", "MIN", "PTS"]
    row = ["BOS", "0022000185", "2021-01-15", "BOS vs. ORL", 240, 124]
    log = json.dumps({"resultSets": [{"name": "LeagueGameLog", "headers": headers, "rowSet": [row]}]}).encode()
    there = case("02-injury-hours-without-a-report")["200"]
    as_of = datetime.fromisoformat("2021-01-16T00:00:00Z")
    job = work(date(2021, 1, 15), as_of=as_of, now=datetime.fromisoformat("2026-01-01T00:00:00Z"))
    requested, said = concluded("nbac_injury_report", job, {"leaguegamelog": log, **dict.fromkeys(there, b"%PDF-")})
    assert said is not None
    assert requested[-1].path == "referee/injury/Injury-Report_2021-01-15_05PM.pdf"
    assert ([r["name"] for r in said.evidence["reports"]], said.missing) == (["2021-01-15_05PM"], ())


def test_an_event_that_expired_costs_no_further_request() -> None:
    """Case 07: the plan goes on with the events after one that has no odds any more."""
    assert case("07-one-odds-event-expired")["event 2"]["404"]["error_code"] == "EVENT_NOT_FOUND"
    commence = "2024-11-07T00:30:00Z"
    listed = [{"id": f"e{n}", "commence_time": commence, "home_team": "a", "away_team": "b"} for n in (1, 2, 3)]
    job = work(date(2024, 11, 6), now=datetime.fromisoformat("2024-11-06T17:00:00Z"))
    answers = {"/events": json.dumps(listed).encode(), "e1/odds": b"{}", "e3/odds": b"{}"}
    requested, _ = concluded("odds_api_player_points_props", job, answers)
    assert [r.path.rsplit("/", 2)[-2] for r in requested[1:]] == ["e1", "e2", "e3"]
    assert {r.entity for r in requested[1:]} == {"b at a"}
