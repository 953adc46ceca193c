"""The gate before grading: an outcome with a reason and its counts."""

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


def decide(**changes: int):
    counts = pa.table({name: [count] for name, count in {**FULL, **changes}.items()})
    return compute("decide", work(settings=pipeline_map().coverage), {"coverage": counts}, None)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "ok"),
        ({"actual_with_line": 115}, "not_ready"),
        ({"actual_with_line": 104}, "blocked"),
        ({"games_with_box_scores": 8}, "not_ready"),
        ({"games_with_box_scores": 7}, "blocked"),
        ({"scheduled": 0, "games_with_box_scores": 0, "issued": 0, "predicted": 0}, "no_games"),
        ({"scheduled": 0, "games_with_box_scores": 0, "called_off": 10, "predicted": 0}, "ok"),
        ({"predicted": 0, "predicted_with_line": 0, "games_with_box_scores": 0}, "ok"),
        ({"predicted_with_line": 0, "actual_with_line": 0}, "ok"),
        ({"predicted_with_line": 0, "actual_with_line": 0, "actual": 100}, "blocked"),
    ],
)
def test_the_outcome_follows_the_maps_limits(changes, outcome):
    """ok, not_ready, blocked and no_games, each with a reason and the counts."""
    decision = decide(**changes)
    assert decision.outcome == outcome
    assert decision.reason
    assert decision.evidence["scheduled"] == {**FULL, **changes}["scheduled"]


def test_players_without_a_line_do_not_dilute_those_with_one():
    """Full box scores of players without a line do not make up for missing ones of players with a line."""
    assert decide(predicted=1000, actual=950, actual_with_line=100).outcome == "blocked"


@pytest.mark.parametrize(("issued", "outcome"), [(0, "no_games"), (20, "ok")])
def test_a_slate_that_is_called_off_is_graded_if_it_was_predicted(issued, outcome):
    """The reason counts the games; what was predicted for them ends as void or pending."""
    decision = decide(scheduled=0, called_off=3, games_with_box_scores=0, issued=issued, predicted=0)
    assert (decision.outcome, "3 called off" in decision.reason) == (outcome, True)
