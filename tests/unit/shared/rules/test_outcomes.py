"""The outcome of a prediction: every prediction has exactly one, with the right reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.outcomes import OUTCOMES, Fact, settle, side_of

STATUSES = [None, "out", "doubtful", "questionable", "probable", "available", "not_listed"]
GAME_STATUSES = [None, "scheduled", "tentative", "postponed", "suspended", "cancelled", "moved", "withdrawn"]
facts = st.builds(
    Fact,
    has_box_score=st.booleans(),
    game_status=st.sampled_from(GAME_STATUSES),
    points=st.none() | st.integers(0, 81),
    line=st.none() | st.integers(1, 160).map(lambda twice: twice / 2),
    side=st.sampled_from([None, "OVER", "UNDER"]),
    injury_status=st.sampled_from(STATUSES),
)


def fact(**changes) -> Fact:
    usual = {"has_box_score": True, "game_status": "scheduled", "points": 25, "line": 20.5, "side": "OVER"}
    return Fact(**{**usual, "injury_status": "available", **changes})


@settings(deadline=None)
@given(facts)
def test_every_fact_has_one_outcome_and_a_reason_where_it_needs_one(given_fact):
    """The rule is total: win, loss and push need no reason, the other three always give one."""
    outcome, reason = settle(given_fact)
    assert outcome in OUTCOMES
    assert (reason is None) == (outcome in ("win", "loss", "push"))


@settings(deadline=None)
@given(facts)
def test_over_and_under_never_both_win(given_fact):
    """Turning the side turns a win into a loss and changes nothing else."""
    turned = {"OVER": "UNDER", "UNDER": "OVER", None: None}[given_fact.side]
    other = settle(Fact(**{**vars(given_fact), "side": turned}))
    assert other[0] == {"win": "loss", "loss": "win"}.get(settle(given_fact)[0], settle(given_fact)[0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("win", None)),
        ({"side": "UNDER"}, ("loss", None)),
        ({"points": 20}, ("loss", None)),
        ({"points": 20, "side": "UNDER"}, ("win", None)),
        ({"points": 20, "line": 20.0}, ("push", None)),
        ({"points": None}, ("void", "dnp_unknown")),
        ({"points": None, "injury_status": None}, ("void", "dnp_unknown")),
        ({"points": None, "injury_status": "out"}, ("void", "dnp_injury_confirmed")),
        ({"points": None, "injury_status": "doubtful"}, ("void", "dnp_injury_confirmed")),
        ({"points": None, "injury_status": "questionable"}, ("void", "dnp_late_scratch")),
        ({"points": None, "injury_status": "probable"}, ("void", "dnp_late_scratch")),
        ({"points": None, "line": None, "side": None}, ("void", "dnp_unknown")),
        ({"line": None, "side": None}, ("ungradeable", "no_line")),
        ({"has_box_score": False}, ("pending", "no_box_score")),
        ({"has_box_score": False, "game_status": None}, ("pending", "not_in_schedule")),
        ({"has_box_score": False, "game_status": "postponed"}, ("pending", "game_postponed")),
        ({"has_box_score": False, "game_status": "suspended"}, ("pending", "game_suspended")),
        ({"has_box_score": False, "game_status": "tentative"}, ("pending", "game_tentative")),
        ({"has_box_score": False, "game_status": "moved"}, ("void", "game_moved")),
        ({"has_box_score": False, "game_status": "cancelled"}, ("void", "game_cancelled")),
        ({"has_box_score": False, "game_status": "withdrawn"}, ("void", "game_withdrawn")),
        ({"game_status": "withdrawn"}, ("win", None)),
        ({"points": 0}, ("loss", None)),
    ],
)
def test_outcomes_and_reasons(changes, expected):
    """The rules by example; a player who was on the floor and scored nothing is graded, not voided."""
    assert settle(fact(**changes)) == expected


@pytest.mark.parametrize(
    ("recommendation", "p_over", "p_under", "side"),
    [
        ("OVER", 0.4, 0.6, "OVER"),
        ("UNDER", 0.6, 0.4, "UNDER"),
        ("PASS", 0.6, 0.4, "OVER"),
        ("PASS", 0.4, 0.6, "UNDER"),
        ("PASS", 0.5, 0.5, "OVER"),
        ("NO_LINE", None, None, None),
        ("PASS", 0.5, None, None),
    ],
)
def test_the_side_graded_is_the_pick_or_the_favoured_one(recommendation, p_over, p_under, side):
    """A pick stands whatever the distribution says; a PASS is graded on what the distribution favours."""
    assert side_of(recommendation, p_over, p_under) == side
