"""Coverage: typed answers from counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.coverage import Shares, grading_gate, second_look, share

LIMITS = {
    "grade_predictions": 0.80,
    "grade_games": 0.90,
    "block_predictions": 0.70,
    "block_games": 0.80,
    "regrade_below": 0.70,
    "regrade_attempts": 2,
}


@pytest.mark.parametrize(
    ("players", "games", "outcome"),
    [
        (80, 90, "ok"),
        (100, 100, "ok"),
        (79, 100, "not_ready"),
        (100, 89, "not_ready"),
        (70, 80, "not_ready"),
        (69, 100, "blocked"),
        (100, 79, "blocked"),
        (0, 0, "blocked"),
    ],
)
def test_the_gate_at_its_limits(players, games, outcome):
    """Grading from 80 % of player-games and 90 % of games on, blocked below 70 % or 80 %, else later."""
    gate = grading_gate(Shares(100, players, 100, games), LIMITS)
    assert gate.outcome == outcome
    assert f"{players} of 100" in gate.reason


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 15), st.integers(0, 15))
def test_more_coverage_never_closes_the_gate(expected, found, games, games_found):
    """One player-game or game more can only open the gate further."""
    order = ["blocked", "not_ready", "ok"]
    found, games_found = min(found, expected), min(games_found, games)
    now = grading_gate(Shares(expected, found, games, games_found), LIMITS).outcome
    more = Shares(expected, min(found + 1, expected), games, min(games_found + 1, games))
    assert order.index(grading_gate(more, LIMITS).outcome) >= order.index(now)


@pytest.mark.parametrize(
    ("graded", "attempts", "decision"),
    [(70, 0, "fine"), (69, 0, "regrade"), (69, 1, "regrade"), (69, 2, "alert"), (0, 9, "alert"), (100, 9, "fine")],
)
def test_grades_below_the_limit_are_made_again_twice_then_an_alert_is_raised(graded, attempts, decision):
    """Below 70 % grading is repeated twice, then there is an alert."""
    assert second_look(graded, 100, attempts, LIMITS) == decision


def test_nothing_expected_is_whole():
    """A date without anything to grade is complete."""
    assert share(0, 0) == 1.0
    assert second_look(0, 0, 0, LIMITS) == "fine"
