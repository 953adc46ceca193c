"""Which side is a pick: each reason by an example, and properties of the whole rule."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.map.loader import pipeline_map
from shared.rules.dates import parse_utc
from shared.rules.picks import Candidates, decide, stage

SETTINGS = pipeline_map().settings
NAN = np.nan
USUAL: dict[str, Any] = {
    "p_over": 0.6, "p_under": 0.4, "ev_over": 0.1, "ev_under": -0.2, "refused": None, "injury_status": "available",
    "quality": 95.0, "waits_below": 85.0,
}  # fmt: skip
OBJECTS = ("refused", "injury_status")


def candidates(*changes: dict[str, Any]) -> Candidates:
    rows = [{**USUAL, **change} for change in changes]
    return Candidates(**{n: np.array([r[n] for r in rows], object if n in OBJECTS else np.float64) for n in USUAL})


@pytest.mark.parametrize(
    ("change", "side", "reason"),
    [
        ({}, "OVER", None),
        ({"ev_over": -0.3, "ev_under": 0.05}, "UNDER", None),
        ({"ev_over": 0.05, "ev_under": 0.07}, "UNDER", None),  # the less likely side pays more
        ({"ev_over": 0.02}, "PASS", "no_edge"),
        ({"ev_over": -0.1}, "PASS", "no_edge"),
        ({"ev_over": NAN, "ev_under": NAN}, "PASS", "quote_price_missing"),
        ({"ev_over": NAN, "ev_under": NAN, "refused": "too_old"}, "PASS", "quote_too_old"),
        ({"refused": "too_old"}, "OVER", None),  # another book's quote may be bet on
        ({"ev_over": NAN, "ev_under": 0.05}, "UNDER", None),
        ({"quality": 80.0}, "PASS", "quality_waits"),
        ({"quality": 80.0, "waits_below": 80.0}, "OVER", None),
        ({"quality": 79.9, "waits_below": 0.0}, "PASS", "quality_low"),
        ({"injury_status": "out", "quality": 0.0}, "PASS", "player_out"),
        ({"injury_status": "doubtful"}, "PASS", "player_doubtful"),
        ({"injury_status": "questionable"}, "OVER", None),
        ({"p_over": NAN, "p_under": NAN, "ev_over": NAN, "ev_under": NAN, "quality": 0.0}, "NO_LINE", None),
    ],
)
def test_each_reason_by_an_example(change: dict[str, Any], side: str, reason: str | None) -> None:
    """One thing wrong at a time; the EV must be above the least one, quality may equal its own."""
    found = decide(candidates(change), 0.02, 80.0)
    assert (found[0][0], found[1][0]) == (side, reason)


def test_without_any_ev_the_likelier_side_is_meant() -> None:
    """An over as likely as the under counts as the over."""
    no_ev = {"ev_over": NAN, "ev_under": NAN}
    likely, unlikely, even = no_ev, {**no_ev, "p_over": 0.3, "p_under": 0.7}, {**no_ev, "p_over": 0.5, "p_under": 0.5}
    assert candidates(likely, unlikely, even).is_over().tolist() == [True, False, True]


EV = st.one_of(st.just(NAN), st.floats(-1.0, 1.0))


@given(over=EV, under=EV, min_ev=st.floats(0.0, 0.3), quality=st.floats(0.0, 100.0))
def test_a_pick_is_the_side_with_the_higher_ev_above_the_least(
    over: float, under: float, min_ev: float, quality: float
) -> None:
    """Whatever the rest, no pick is on a side whose EV is not above the least, or lower than the other side's."""
    (side,), (reason,) = decide(candidates({"ev_over": over, "ev_under": under, "quality": quality}), min_ev, 80.0)
    assert (side == "PASS") == (reason is not None)
    if side != "PASS":
        mine, other = (over, under) if side == "OVER" else (under, over)
        assert mine > min_ev
        assert not other > mine
        assert quality >= 85.0


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2024-02-27T10:00-05:00", "first"),
        ("2024-02-27T12:59-05:00", "first"),
        ("2024-02-27T13:00-05:00", "later"),
        ("2024-02-27T18:29-05:00", "later"),
        ("2024-02-27T18:30-05:00", "last_call"),
        ("2024-02-26T22:00-05:00", "first"),  # the evening before
    ],
)
def test_a_prediction_waits_less_the_nearer_the_game(as_of: str, expected: str) -> None:
    """For a game at 19:00 Eastern: before 13:00, from then on, and the last one, half an hour before."""
    assert stage(parse_utc(as_of), parse_utc("2024-02-27T19:00-05:00"), SETTINGS) == expected


def test_an_early_game_has_its_last_call_before_the_hour() -> None:
    """What is last never waits."""
    tip = parse_utc("2024-02-27T12:30-05:00")
    assert stage(tip - timedelta(minutes=30), tip, SETTINGS) == "last_call"
