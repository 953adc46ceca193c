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
    "block_from_games": 2,
    "regrade_below": 0.70,
    "regrade_attempts": 2,
}


@pytest.mark.parametrize(
    ("players", "games", "outcome"),
    [
        (80, 90, "partial"),
        (100, 100, "ok"),
        (79, 100, "partial"),
        (100, 89, "partial"),
        (70, 80, "partial"),
        (69, 100, "blocked"),
        (100, 79, "blocked"),
        (0, 0, "blocked"),
    ],
)
def test_the_gate_at_its_limits(players, games, outcome):
    """From 80 % of player-games and 90 % of games on it grades at once; below it waits while more is asked for.

    Then it grades what is there from 70 % and 80 % on; all of it only where no game is missing.
    """
    gate = grading_gate(Shares(100, players, 100, games), LIMITS)
    assert gate.outcome == outcome
    assert f"{players} of 100" in gate.reason
    waits = grading_gate(Shares(100, players, 100, games), LIMITS, waits=True)
    assert waits.outcome == (outcome if players >= 80 and games >= 90 else "not_ready")


@pytest.mark.parametrize(
    ("games", "lost", "outcome"),
    [
        (3, 1, "partial"),
        (2, 1, "partial"),
        (1, 1, "blocked"),
        (3, 2, "blocked"),
        (10, 2, "partial"),
        (10, 3, "blocked"),
    ],
)
def test_one_missing_game_never_blocks_the_others(games, lost, outcome):
    """Whatever its share of a small slate; two games are judged by their share, and without any there is no grade."""
    there = games - lost
    assert grading_gate(Shares(games * 20, there * 20, games, there), LIMITS).outcome == outcome


@settings(deadline=None)
@given(st.integers(0, 25), st.integers(0, 15), st.integers(0, 15), st.booleans())
def test_more_coverage_never_closes_the_gate(players, games, there, waits):
    """The box score of one game more can only open the gate further."""
    order = ["blocked", "not_ready", "partial", "ok"]
    there = min(there, games)

    def outcome(count):
        return grading_gate(Shares(players * games, players * count, games, count), LIMITS, waits=waits).outcome

    assert order.index(outcome(min(there + 1, games))) >= order.index(outcome(there))


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
