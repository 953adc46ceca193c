"""The gate before grading: an outcome with a reason and its counts."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from functions.phase3_to_grading.core import compute
from shared.map.loader import pipeline_map
from tests.support.data.slates import work

FULL = {
    "scheduled": 10,
    "called_off": 0,
    "games_with_box_scores": 10,
    "issued": 200,
    "predicted": 200,
    "predicted_with_line": 150,
    "actual": 200,
    "actual_with_line": 150,
}


def decide(waits_min: int = 0, without: str | None = None, **changes: int):
    """The decision on these counts, where the unit may wait for so many minutes more (0: it does not)."""
    counts = pa.table({**{name: [count] for name, count in {**FULL, **changes}.items()}, "without": [without]})
    at = work(settings=pipeline_map().coverage)
    at = replace(at, waits_until=at.now + timedelta(minutes=waits_min) if waits_min else None)
    return compute("decide", at, {"coverage": counts}, None)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "ok"),
        ({"actual_with_line": 115}, "partial"),
        ({"actual_with_line": 115, "waits_min": 1}, "not_ready"),
        ({"actual_with_line": 104, "games_with_box_scores": 8}, "blocked"),
        ({"actual_with_line": 104, "games_with_box_scores": 8, "waits_min": 1}, "not_ready"),
        ({"games_with_box_scores": 9, "waits_min": 1}, "partial"),
        ({"games_with_box_scores": 8}, "partial"),
        ({"games_with_box_scores": 7}, "blocked"),
        ({"scheduled": 0, "games_with_box_scores": 0, "issued": 0, "predicted": 0}, "no_games"),
        ({"scheduled": 0, "games_with_box_scores": 0, "called_off": 10, "predicted": 0}, "ok"),
        ({"predicted": 0, "predicted_with_line": 0, "games_with_box_scores": 0}, "ok"),
        ({"predicted_with_line": 0, "actual_with_line": 0}, "ok"),
        ({"predicted_with_line": 0, "actual_with_line": 0, "actual": 100, "games_with_box_scores": 5}, "blocked"),
    ],
)
def test_the_outcome_follows_the_maps_limits(changes, outcome):
    """ok, partial, not_ready, blocked and no_games, each with a reason and the counts."""
    decision = decide(**changes)
    assert decision.outcome == outcome
    assert decision.reason
    assert decision.evidence["scheduled"] == {**FULL, **changes}["scheduled"]


@pytest.mark.parametrize(("games", "outcome"), [(3, "partial"), (2, "partial"), (1, "blocked")])
def test_one_missing_game_of_a_small_slate_costs_only_itself(games, outcome):
    """Of two or three games the others are graded, and the missing one is named; of one game there is nothing to grade."""
    there = {"games_with_box_scores": games - 1, "actual_with_line": (games - 1) * 15}
    decision = decide(scheduled=games, predicted_with_line=games * 15, without="SAC at LAL (0022400001)", **there)
    assert decision.outcome == outcome
    assert decision.reason.endswith(", not SAC at LAL (0022400001)")


def test_players_without_a_line_do_not_dilute_those_with_one():
    """Full box scores of players without a line do not make up for missing ones of players with a line."""
    assert decide(predicted=1000, actual=950, actual_with_line=100, games_with_box_scores=8).outcome == "blocked"


@pytest.mark.parametrize(("issued", "outcome"), [(0, "no_games"), (20, "ok")])
def test_a_slate_that_is_called_off_is_graded_if_it_was_predicted(issued, outcome):
    """The reason counts the games; what was predicted for them ends as void or pending."""
    decision = decide(scheduled=0, called_off=3, games_with_box_scores=0, issued=issued, predicted=0)
    assert (decision.outcome, "3 called off" in decision.reason) == (outcome, True)
