"""A backfill is planned before it runs: every date once, no unit past its limits, and what it costs."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.map.loader import pipeline_map
from tools import backfill
from tools.backfill import (
    DOCUMENT_BYTES,
    DOCUMENT_BYTES_PER_REQUEST,
    GAMES_AT_MOST,
    KIND,
    bound,
    main,
    requests_per_day,
    seconds,
    totals,
    units,
    windows,
)

MAP = pipeline_map()
DATES = st.dates(date(2015, 1, 1), date(2026, 12, 31))


@given(first=DATES, days=st.integers(0, 1000))
def test_every_date_of_a_season_is_in_one_window(first: date, days: int) -> None:
    """In order, without a gap from the middle of a season on and without an overlap; nothing that was not asked for."""
    last = first + timedelta(days=days)
    planned = windows(MAP, first, last)
    covered = [w.first + timedelta(days=n) for w in planned for n in range(w.days)]
    asked_for = [first + timedelta(days=n) for n in range(days + 1)]
    assert covered == sorted(set(covered) & set(asked_for))
    assert {d for d in asked_for if d.month in (1, 2, 3, 4, 5)} <= set(covered)
    assert max((w.days for w in planned), default=0) <= bound(MAP).days


@pytest.mark.parametrize("played", ["2016-10-25", "2017-06-12", "2020-08-15", "2020-10-11", "2020-12-22", "2021-07-20"])
def test_first_and_last_games_are_covered(played: str) -> None:
    """Openings, finals and the two seasons of the pandemic: https://www.basketball-reference.com/leagues/."""
    day = date.fromisoformat(played)
    assert [(w.first, w.last) for w in windows(MAP, day, day)] == [(day, day)]


def test_no_unit_passes_its_limits() -> None:
    """Even on dates with as many games as there can be: time-out, document and paid requests of a run."""
    longest = bound(MAP).days
    assert longest >= 1
    for unit, timeout_s in units(MAP):
        assert seconds(unit, longest, GAMES_AT_MOST) <= timeout_s / 2, unit.name
        named = longest * requests_per_day(unit, GAMES_AT_MOST)
        assert named * DOCUMENT_BYTES_PER_REQUEST <= DOCUMENT_BYTES / 2, unit.name
    for window in windows(MAP, date(2017, 10, 1), date(2025, 6, 30)):
        assert totals(MAP, [window]).credits <= MAP.runs[KIND].credits


def test_a_day_more_would_pass_one() -> None:
    """The bound is the longest window, not any short one."""
    limit = bound(MAP)
    unit, timeout_s = next((u, t) for u, t in units(MAP) if u.name == limit.unit and seconds(u, 1) > seconds(u, 0))
    assert seconds(unit, limit.days + 1, GAMES_AT_MOST) > timeout_s / 2


def test_each_limit_can_bind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dearer request, a larger document or a slower one each make the windows shorter."""
    before = bound(MAP).days
    for name, value in (
        ("DOCUMENT_BYTES", 20_000),
        ("REQUEST_S", 3.0),
        ("CREDITS_PER_REQUEST", {"odds_api_game_lines": 400}),
    ):
        with monkeypatch.context() as changed:
            changed.setattr(backfill, name, value)
            assert bound(MAP).days < before, name


def test_eight_seasons_are_planned_with_their_cost(capsys: pytest.CaptureFixture[str]) -> None:
    """How many windows and why, what they take and cost, and the command for each."""
    assert main(["2017-10-01", "2025-06-30"]) == 0
    first, second, _, *commands = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{len(commands)} windows of at most {bound(MAP).days} days")
    assert "credits of The Odds API" in second
    assert commands[0].startswith("tipoff request backfill 2017-10-15 --to 2017-10-")


def test_a_summer_has_nothing_to_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, no traceback."""
    assert main(["2024-07-01", "2024-08-01"]) == 1
    assert "no date of a season" in capsys.readouterr().err
