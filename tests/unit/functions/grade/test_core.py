"""Grading: every prediction gets one row, with figures that follow from its outcome."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.grade import core, grading
from shared.rules.outcomes import OUTCOMES
from tests.support.data.slates import AS_OF, DAY, NOW, work

TYPES: dict[str, pa.DataType] = {
    "game_id": pa.string(),
    "game_date": pa.date32(),
    "player_id": pa.int64(),
    "player_lookup": pa.string(),
    "team": pa.string(),
    "opponent": pa.string(),
    "system_id": pa.string(),
    "prediction_generation": pa.int64(),
    "predicted_points": pa.float64(),
    "has_prop_line": pa.bool_(),
    "line": pa.float64(),
    "graded_line": pa.float64(),
    "bookmaker": pa.string(),
    "over_price": pa.int64(),
    "under_price": pa.int64(),
    "recommendation": pa.string(),
    "p_over": pa.float64(),
    "p_push": pa.float64(),
    "p_under": pa.float64(),
    "feature_quality_score": pa.float64(),
    "model_hash": pa.string(),
    "has_box_score": pa.bool_(),
    "game_status": pa.string(),
    "points_on_floor": pa.int64(),
    "minutes_played": pa.float64(),
    "last_injury_status": pa.string(),
}
USUAL: dict[str, Any] = {
    "game_id": "0022300001",
    "game_date": DAY,
    "player_id": 1,
    "player_lookup": "aplayer",
    "team": "BOS",
    "opponent": "NYK",
    "system_id": "moving_average",
    "prediction_generation": 1,
    "predicted_points": 22.0,
    "has_prop_line": True,
    "line": 20.0,
    "graded_line": 20.0,
    "bookmaker": "draftkings",
    "over_price": -120,
    "under_price": 100,
    "recommendation": "OVER",
    "p_over": 0.6,
    "p_push": 0.04,
    "p_under": 0.36,
    "feature_quality_score": 95.0,
    "model_hash": "h",
    "has_box_score": True,
    "game_status": "scheduled",
    "points_on_floor": 25,
    "minutes_played": 30.0,
    "last_injury_status": "available",
}
NO_LINE: dict[str, Any] = {
    **dict.fromkeys(("line", "graded_line", "bookmaker", "over_price", "under_price", "p_over", "p_push", "p_under")),
    "has_prop_line": False,
    "recommendation": "NO_LINE",
}


def table_of(*changes: dict[str, Any]) -> pa.Table:
    rows = [{**USUAL, **change} for change in changes]
    return pa.table({name: pa.array([r[name] for r in rows], kind) for name, kind in TYPES.items()})


def graded(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    computed = core.compute("grade", work(), {"predictions": table_of(*changes)}, None)
    assert computed.rows.schema == grading.TABLE.arrow_schema(system=False)
    return computed.rows.to_pylist()


cases = st.fixed_dictionaries(
    {
        "has_box_score": st.booleans(),
        "game_status": st.sampled_from(["scheduled", "postponed", "moved", None]),
        "points_on_floor": st.none() | st.integers(0, 70),
        "last_injury_status": st.sampled_from([None, "out", "questionable", "available"]),
    }
).flatmap(lambda c: st.sampled_from([c, {**c, "recommendation": "PASS"}, {**c, **NO_LINE}]))


@settings(deadline=None)
@given(st.lists(cases, min_size=1, max_size=40))
def test_outcomes_add_up_to_the_predictions(changes):
    """Win + loss + push + void + pending + ungradeable = predictions issued, for any results."""
    computed = core.compute("grade", work(), {"predictions": table_of(*changes)}, None)
    assert computed.rows.num_rows == computed.expected == len(changes)
    assert sum(g["count"] for g in computed.evidence["grades"]) == len(changes)
    assert {g["outcome"] for g in computed.evidence["grades"]} <= set(OUTCOMES)


def test_a_win_with_its_figures():
    """Errors are predicted minus actual; the Brier score is that of P(over) without the push."""
    (row,) = graded({})
    assert (row["outcome"], row["prediction_correct"], row["over_hit"], row["is_pick"]) == ("win", True, True, True)
    assert (row["actual_points"], row["absolute_error"], row["signed_error"]) == (25, 3.0, -3.0)
    assert (row["within_3_points"], row["within_5_points"]) == (True, True)
    assert row["brier"] == pytest.approx((0.6 / 0.96 - 1) ** 2)
    assert (row["graded_at"], row["known_at"]) == (NOW, AS_OF)


def test_the_market_is_scored_on_the_same_row():
    """-120 and +100 imply 0.5454 and 0.5: without the margin P(over) is 0.5217. NULL unless both prices exist."""
    both, one = graded({}, {"under_price": None})
    assert both["market_p_over"] == pytest.approx((120 / 220) / (120 / 220 + 0.5))
    assert both["market_brier"] == pytest.approx((both["market_p_over"] - 1) ** 2)
    assert (one["market_p_over"], one["market_brier"]) == (None, None)


def test_a_pick_is_settled_at_its_best_line_and_scored_at_the_line():
    """20 points: a push at the line, a win of the over at 19.5; and the other way round a push at the best line."""
    won, pushed = graded({"graded_line": 19.5, "points_on_floor": 20}, {"graded_line": 21.0, "points_on_floor": 21})
    assert (won["outcome"], won["prediction_correct"], won["over_hit"], won["brier"]) == ("win", True, None, None)
    assert (pushed["outcome"], pushed["prediction_correct"], pushed["over_hit"]) == ("push", None, True)
    assert pushed["brier"] == pytest.approx((0.6 / 0.96 - 1) ** 2)


def test_a_pass_is_graded_on_the_side_it_favours():
    """A PASS has an outcome, but is not a pick."""
    (row,) = graded({"recommendation": "PASS", "p_over": 0.4, "p_under": 0.56})
    assert (row["graded_side"], row["outcome"], row["is_pick"]) == ("UNDER", "loss", False)


def test_a_push_has_errors_but_no_winner():
    """Points equal to the line: neither correct nor wrong, no Brier score."""
    (row,) = graded({"points_on_floor": 20})
    assert (row["outcome"], row["absolute_error"]) == ("push", 2.0)
    assert (row["prediction_correct"], row["over_hit"], row["brier"], row["market_brier"]) == (None,) * 4


def test_a_prediction_without_a_line_is_ungradeable_with_its_errors():
    """Without a line there is no win or loss, but the error is computed."""
    (row,) = graded(NO_LINE)
    assert (row["outcome"], row["ungradeable_reason"], row["absolute_error"]) == ("ungradeable", "no_line", 3.0)
    assert (row["graded_side"], row["brier"]) == (None, None)


def test_void_and_pending_have_no_figures():
    """A player who did not play and a game without a box score give NULL figures and a reason."""
    void, pending = graded(
        {"points_on_floor": None, "last_injury_status": "out"}, {"has_box_score": False, "points_on_floor": None}
    )
    assert (void["outcome"], void["void_reason"]) == ("void", "dnp_injury_confirmed")
    assert (pending["outcome"], pending["pending_reason"]) == ("pending", "no_box_score")
    for row in (void, pending):
        figures = ("actual_points", "absolute_error", "signed_error", "over_hit", "prediction_correct", "brier")
        assert [row[f] for f in figures] == [None] * len(figures)


def test_without_predictions_the_outcome_is_empty():
    """No row is graded, and the reason is given."""
    computed = core.compute("grade", work(), {"predictions": table_of()}, None)
    assert (computed.outcome, computed.rows, computed.reason) == ("empty", None, "nothing was predicted")
