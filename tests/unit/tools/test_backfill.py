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
    """In order, without a gap within a season and without an overlap; nothing outside of what was asked for."""
    last = first + timedelta(days=days)
    covered = [w.first + timedelta(days=n) for w in windows(MAP, first, last) for n in range(w.days)]
    wanted = [d for n in range(days + 1) if (7, 1) > ((d := first + timedelta(days=n)).month, d.day) or d.month >= 10]
    in_season = [d for d in wanted if (d.month, d.day) <= (6, 25) or (d.month, d.day) >= (10, 15)]
    assert covered == in_season


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
