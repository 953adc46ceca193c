"""The systems: formulas with the original's defects corrected, silent where they know too little."""

import numpy as np
import pyarrow as pa
import pytest

from functions.predict.distribution import means, pmf_of
from functions.predict.slate import Slate
from functions.predict.systems import catboost_v8, ensemble_v1, moving_average, similarity_balanced_v1, zone_matchup_v1
from shared.contracts.features import CATBOOST_V8_FEATURES
from shared.contracts.work import Model
from shared.errors import ContractError
from tests.support.data.slates import DAY, features, past_games


def averages(*changes: dict) -> np.ndarray:
    return means(moving_average.forecast(Slate(features(*changes))).pmf)


def similar(slate: pa.Table, past: pa.Table):
    return similarity_balanced_v1.forecast(Slate(slate, {"past_games": past}))


def test_moving_average_weighs_form_and_season():
    """0.5 L5 + 0.3 L10 + 0.2 season, half a point for playing at home."""
    assert averages({})[0] == pytest.approx(0.5 * 22 + 0.3 * 21 + 0.2 * 20 + 0.5, abs=0.02)


def test_no_score_of_fatigue_moves_the_average():
    """From the lowest score there is to the freshest: the original's term, which took points from the fresh, is gone."""
    fresh, tired, unknown = averages({}, {"fatigue_score": 57.0}, {"fatigue_score": None})
    assert fresh == tired == unknown


def test_every_factor_moves_the_average_its_way():
    """Zones, pace and usage add, a back-to-back and the road take away."""
    base, zones, pace, usage, tired_legs, road = averages(
        {},
        {"shot_zone_mismatch_score": 5.0},
        {"pace_score": 2.0},
        {"usage_spike_score": 2.0},
        {"back_to_back": 1.0},
        {"home_away": 0.0},
    )
    assert [zones - base, pace - base, usage - base] == pytest.approx([1.5, 0.6, 0.8], abs=0.02)
    assert [tired_legs - base, road - base] == pytest.approx([-1.5, -1.0], abs=0.02)


def test_a_player_without_a_past_game_is_left_out_and_counted():
    """No average, no prediction: nothing is invented."""
    found = moving_average.forecast(Slate(features({"points_avg_last_5": None, "points_avg_last_10": None}, {})))
    assert found.index.tolist() == [1]
    assert found.skipped == {"no_past_game": 1}


def test_similarity_needs_five_games():
    """With four similar games there is no prediction, with five there is."""
    four, five = similar(features({}), past_games(*[{}] * 4)), similar(features({}), past_games(*[{}] * 5))
    assert (len(four.index), four.skipped) == (0, {"fewer_than_5_similar_games": 1})
    assert (len(five.index), five.skipped) == (1, {})
    assert means(five.pmf)[0] == pytest.approx(20.0, abs=0.02)


def test_similarity_ignores_games_unlike_tonight():
    """A game scoring below 70 (defence far away, other venue, no rest) does not enter the mean."""
    unlike = {"opponent_def_rating": 125.0, "home_away": 0.0, "days_rest": 0.0, "points": 60}
    found = similar(features({}), past_games(*[{}] * 5, *[unlike] * 5))
    assert means(found.pmf)[0] == pytest.approx(20.0, abs=0.02)


def test_similarity_takes_the_twenty_best():
    """Thirty perfect games of 20 points beside ten merely good ones of 40: only the best twenty count."""
    found = similar(features({}), past_games(*[{"home_away": 0.0, "points": 40}] * 10, *[{}] * 30))
    assert means(found.pmf)[0] == pytest.approx(20.0, abs=0.02)


def test_similarity_keeps_players_apart():
    """Each player is judged by his own games, and games of players who are not asked for are ignored."""
    games = [{"player_id": p, "points": 10 * p} for p in (1, 2, 3) for _ in range(6)]
    found = similar(features({}, {}), past_games(*games))
    assert means(found.pmf) == pytest.approx([10.0, 20.0], abs=0.02)


def test_similarity_without_any_past_game_predicts_nobody():
    """An empty history is a fact, not a crash."""
    found = similar(features({}, {}), past_games())
    assert (len(found.index), found.skipped) == (0, {"fewer_than_5_similar_games": 2})


def members(*rows: tuple[int, str, float]) -> pa.Table:
    pmf = pmf_of(np.array([mean for _, _, mean in rows]), np.full(len(rows), 6.0))
    return pa.table(
        {
            "game_id": ["0022300001"] * len(rows),
            "player_id": [player for player, _, _ in rows],
            "system_id": [system for _, system, _ in rows],
            "predicted_std": np.full(len(rows), 6.0),
            "points_pmf": pa.array(list(pmf), pa.list_(pa.float64())),
        }
    )


def test_ensemble_lies_between_its_members_and_names_them():
    """At equal spread the mean is weighted by squared confidence: 0.75 for catboost_v8, 0.50 for moving_average."""
    both = members((1, "catboost_v8", 20.0), (1, "moving_average", 10.0))
    found = ensemble_v1.forecast(Slate(features({}), {"members": both}))
    assert means(found.pmf)[0] == pytest.approx((0.5625 * 20 + 0.25 * 10) / 0.8125, abs=0.02)
    assert found.members == ["catboost_v8,moving_average"]


def test_ensemble_goes_on_with_whom_it_has_and_counts_the_others():
    """One member suffices; a player whom nobody predicted is left out; strangers are ignored."""
    rows = members((2, "moving_average", 15.0), (9, "moving_average", 30.0), (2, "unknown_system", 40.0))
    found = ensemble_v1.forecast(Slate(features({}, {}), {"members": rows}))
    assert found.index.tolist() == [1]
    assert means(found.pmf)[0] == pytest.approx(15.0, abs=0.02)
    assert found.skipped == {"no_member_predicted": 1}


def test_catboost_refuses_a_model_of_other_features():
    """A model trained on other columns, or the same in another order, must not be asked."""
    model = Model("catboost_v8", "h", b"", {"features": list(reversed(CATBOOST_V8_FEATURES))})
    with pytest.raises(ContractError, match="33 features"):
        catboost_v8.forecast(Slate(features({}), {}, model))


def test_spread_between_the_cards_buckets():
    """Held-out spread is read off between bucket means and held constant beyond them."""
    buckets = [{"mean": 5.0, "std": 4.0}, {"mean": 25.0, "std": 8.0}]
    assert catboost_v8.residual_std(np.array([1.0, 15.0, 40.0]), buckets) == pytest.approx([4.0, 6.0, 8.0])


SHARES = {"pct_paint": 0.5, "pct_mid_range": 0.1, "pct_three": 0.3, "usage_rate_last_5": 30.0}


def matched(*changes: dict, paint: float = 4.0):
    zones = pa.table(
        {
            "analysis_date": pa.array([DAY], pa.date32()),
            "team": ["NYK"],
            "paint_points_allowed_vs_league": [paint],
            "mid_range_points_allowed_vs_league": [0.0],
            "three_points_allowed_vs_league": [-2.0],
        }
    )
    return zone_matchup_v1.forecast(Slate(features(*changes), {"zones": zones}))


def test_zones_add_where_he_scores_and_the_opponent_leaks():
    """Season 20, home 0.8, paint 0.3 x 4 x 0.5 x 1.2, three 0.3 x -2 x 0.3 x 1.1; low usage counts 0.4 of it."""
    star, role = means(matched(SHARES, {**SHARES, "usage_rate_last_5": 10.0}).pmf)
    added = 0.3 * 4 * 0.5 * 1.2 - 0.3 * 2 * 0.3 * 1.1
    assert [star, role] == pytest.approx([20.8 + added, 20.8 + 0.4 * added], abs=0.02)


def test_no_zone_adds_more_than_three_points():
    """An absurd figure of one defence is bounded."""
    added = means(matched(SHARES, paint=500.0).pmf)[0] - means(matched(SHARES, paint=0.0).pmf)[0]
    assert added == pytest.approx(3.0, abs=0.03)


def test_without_zones_of_player_or_opponent_there_is_no_matchup():
    """No shot data of his own, or none of this opponent: left out and counted."""
    found = matched({}, {**SHARES, "opponent": "MIA"}, SHARES)
    assert (found.index.tolist(), found.skipped) == ([2], {"no_zone_data": 2})
