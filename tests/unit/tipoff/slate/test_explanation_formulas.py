"""Explanations of ensembles, by the weights used, and of formulas, by single adjustments, without a remainder."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.predict import predictions
from functions.predict.distribution import Floats, means, pmf_of, stds
from functions.predict.slate import Slate
from functions.predict.systems.ensemble_v1_1 import MIN_GRADED, SHARPNESS, UNKNOWN
from shared.errors import UserError
from tests.support.data.slates import features, past_games
from tipoff.slate import explanation_formulas
from tipoff.slate.explanation import Stage

FIGURE = st.floats(4.0, 40.0)
MEMBERS = ("catboost_v8", "champion", "moving_average", "xgboost_v1", "zone_matchup_v1")


def predicted(*rows: tuple[int, str, float, float]) -> pa.Table:
    """Members' predictions: player, system, mean, standard deviation."""
    pmf = pmf_of(np.array([r[2] for r in rows]), np.array([r[3] for r in rows]))
    columns = {
        "game_id": ["0022300001"] * len(rows),
        "player_id": [r[0] for r in rows],
        "system_id": [r[1] for r in rows],
        "predicted_std": stds(pmf),
        "points_pmf": pa.array(list(pmf), pa.list_(pa.float64())),
    }
    return pa.table(columns)


def graded(errors: dict[str, float]) -> pa.Table:
    """The members' track record."""
    counts = pa.array([MIN_GRADED] * len(errors), pa.int64())
    return pa.table({"system_id": list(errors), "graded": counts, "mae": pa.array(list(errors.values()), pa.float64())})


def explained(system: str, slate: Slate) -> tuple[Stage, Floats]:
    """The only stage, and the distribution that it explains."""
    issued = predictions.system(system).forecast(slate).pmf[0]
    (stage,) = explanation_formulas.explain(system, slate, issued)
    return stage, issued


@given(
    st.lists(st.tuples(FIGURE, st.floats(3.0, 9.0)), min_size=5, max_size=5), st.lists(FIGURE, min_size=5, max_size=5)
)
@pytest.mark.parametrize("system", ["ensemble_v1", "ensemble_v1_1"])
def test_contributions_are_weights_times_forecasts_and_add_up(
    system: str, figures: list[tuple[float, float]], errors: list[float]
) -> None:
    """For any members' predictions and records: weights add up to one, contributions to the ensemble's mean."""
    members = predicted(*((1, name, *f) for name, f in zip(MEMBERS, figures, strict=True)), (2, "champion", 30.0, 6.0))
    record = graded(dict(zip(MEMBERS, (e / 100 for e in errors), strict=True)))
    stage, issued = explained(system, Slate(features({}), {"members": members, "record": record}))
    assert sum(c.weight or 0.0 for c in stage.causes) == pytest.approx(1.0)
    assert sum(c.points for c in stage.causes) == pytest.approx(means(issued[None, :])[0], abs=1e-9)
    assert stage.end == pytest.approx(means(issued[None, :])[0], abs=1e-12)
    for cause in stage.causes:
        assert cause.value is not None
        assert cause.points == pytest.approx((cause.weight or 0.0) * cause.value)


def test_the_weights_are_those_of_the_record() -> None:
    """A member with 0.025 points more MAE than the best has 1/e of its weight; without a record, the initial weights."""
    members = predicted((1, "champion", 20.0, 6.0), (1, "xgboost_v1", 10.0, 6.0))
    slate = Slate(
        features({}), {"members": members, "record": graded({"champion": 5.0, "xgboost_v1": 5.0 + 1 / SHARPNESS})}
    )
    weights = {c.feature: c.weight or 0.0 for c in explained("ensemble_v1_1", slate)[0].causes}
    assert weights["champion"] / weights["xgboost_v1"] == pytest.approx(np.e)
    young = Slate(features({}), {"members": members, "record": graded({})})
    weights = {c.feature: c.weight or 0.0 for c in explained("ensemble_v1_1", young)[0].causes}
    assert weights["champion"] / weights["xgboost_v1"] == pytest.approx(UNKNOWN["champion"] / UNKNOWN["xgboost_v1"])


def test_other_members_or_another_record_are_no_explanation() -> None:
    """Inputs that no longer give the issued distribution are refused."""
    record = graded({"champion": 5.0, "xgboost_v1": 5.01})
    before = Slate(
        features({}), {"members": predicted((1, "champion", 20.0, 6.0), (1, "xgboost_v1", 19.0, 6.0)), "record": record}
    )
    issued = predictions.system("ensemble_v1_1").forecast(before).pmf[0]
    for changed in (
        {"members": predicted((1, "champion", 20.0, 6.0), (1, "xgboost_v1", 19.1, 6.0))},
        {"members": predicted((1, "champion", 20.0, 6.0))},
        {"members": predicted((2, "champion", 20.0, 6.0))},
        {"record": graded({"champion": 5.0, "xgboost_v1": 5.02})},
    ):
        with pytest.raises(UserError, match="inputs or its code have changed"):
            explanation_formulas.explain("ensemble_v1_1", Slate(before.features, {**before.inputs, **changed}), issued)


KNOWN = {"pace_score": 1.5, "usage_spike_score": -0.5, "shot_zone_mismatch_score": 2.0}
GAMES = {"past_games": past_games(*({"points": 20 + i % 3} for i in range(8)))}


@pytest.mark.parametrize("system", ["moving_average", "similarity_balanced_v1"])
@given(st.fixed_dictionaries({name: st.one_of(st.none(), st.floats(-9.0, 100.0)) for name in KNOWN}), st.booleans())
def test_a_formulas_parts_lead_from_its_start_to_the_prediction(
    system: str, change: dict[str, Any], is_home: bool
) -> None:
    """For any factors the adjustments add up, and an unknown factor adds nothing."""
    stage, issued = explained(system, Slate(features({**change, "home_away": float(is_home)}), GAMES))
    assert stage.start + sum(c.points for c in stage.causes) == pytest.approx(stage.end, abs=1e-9)
    assert stage.end == pytest.approx(means(issued[None, :])[0], abs=1e-12)
    assert all(c.points == 0.0 for c in stage.causes if c.value is None)


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (
            "moving_average",
            {
                "home_away": 1.0, "back_to_back": -1.5, "pace_score": 0.45,
                "usage_spike_score": -0.2, "shot_zone_mismatch_score": 0.6,
            },
        ),
        (
            "similarity_balanced_v1",
            {
                "pace_score": 0.225, "usage_spike_score": -0.1,
                "shot_zone_mismatch_score": 0.3,
            },
        ),
    ],
)  # fmt: skip
def test_each_adjustment_is_the_formulas(system: str, expected: dict[str, float]) -> None:
    """Adjustments are the original's weights (half of them for similarity_balanced_v1), as points of the mean."""
    stage, _ = explained(system, Slate(features({**KNOWN, "back_to_back": 1.0}), GAMES))
    assert {c.feature: c.points for c in stage.causes} == pytest.approx(expected, abs=0.02)
    assert [abs(c.points) for c in stage.causes] == sorted((abs(c.points) for c in stage.causes), reverse=True)


def test_the_zones_formula_is_explained_with_its_inputs() -> None:
    """zone_matchup_v1 starts from the season and the zones; pace and venue are its adjustments."""
    zones = {f"{zone}_points_allowed_vs_league": [2.0] for zone in ("paint", "mid_range", "three")}
    where = {"analysis_date": features({}).column("game_date"), "team": ["NYK"]}
    shares = {"pct_paint": 0.4, "pct_mid_range": 0.2, "pct_three": 0.4}
    stage, _ = explained(
        "zone_matchup_v1", Slate(features({**KNOWN, **shares}), {"zones": pa.table({**where, **zones})})
    )
    added = {c.feature: c.points for c in stage.causes}
    assert added == pytest.approx({"home_away": 1.6, "pace_score": 0.6}, abs=0.02)
    assert stage.start > 19.5
