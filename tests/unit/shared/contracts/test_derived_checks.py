"""Every check of the analytics, precompute and predictions tables refuses a bad row and lets its good neighbour through.

Through the warehouse's own write: what is refused lies in quarantine under the rule's name, what is good is in the table.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.features import FEATURES
from shared.contracts.rows import Table, table, tables
from shared.ports import Scope

DAY = date(2024, 1, 10)
AS_OF = datetime(2024, 1, 10, 23, 30, tzinfo=UTC)
LATER = AS_OF + timedelta(seconds=1)
PLAIN: dict[str, Any] = {
    "STRING": "x", "INT64": 1, "FLOAT64": 0.5, "BOOL": False, "DATE": DAY, "TIMESTAMP": AS_OF,
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "nba_analytics.team_offense_game_summary": {
        "possessions_milli": 98_000, "pace": 98.0, "overtimes": 1, "team_seconds": 15_900, "opponent_seconds": 15_600,
    },
    "nba_analytics.team_defense_game_summary": {
        "opp_possessions_milli": 98_000, "overtimes": 0, "team_seconds": 14_400, "opponent_seconds": 14_700,
    },
    "nba_analytics.player_game_summary": {"usage_rate": 100.0, "points": 20, "seconds_played": 1800},
    "nba_analytics.player_quotes": {"quoted_at": AS_OF, "seen_at": AS_OF, "as_of": AS_OF},
    "nba_analytics.upcoming_player_game_context": {"line_known_at": AS_OF, "injury_known_at": AS_OF},
    "nba_precompute.player_daily_cache": {"dnp_rows_used": 0, "games_played": 1, "points_avg_last_5": 81.0},
    "nba_precompute.player_shot_zone_analysis": {
        "pct_paint": 0.25, "pct_mid_range": 0.25, "pct_three": 0.4, "pct_free_throw": 0.1,
    },
    "nba_precompute.player_composite_factors": {
        "fatigue_score": 100.0, "shot_zone_mismatch_score": -10.0, "pace_score": 3.0, "usage_spike_score": None,
    },
    "nba_precompute.ml_feature_store_v2": {"feature_quality_score": 100.0, "line_known_at": AS_OF},
    "nba_predictions.player_prop_predictions": {
        "p_over": 0.5, "p_push": 0.1, "p_under": 0.4, "predicted_points": 20.0, "recommendation": "PASS",
        "line_known_at": AS_OF, "points_pmf": [1 / 81] * 81,
    },
    "nba_predictions.prediction_accuracy": {"outcome": "void", "void_reason": "dnp_unknown"},
    "nba_predictions.system_daily_performance": {
        "predictions": 10, "wins": 4, "losses": 3, "pushes": 0, "voids": 1, "pending": 0, "ungradeable": 2,
    },
}  # fmt: skip
BAD: list[tuple[str, str, dict[str, Any]]] = [
    ("nba_analytics.team_offense_game_summary", "possessions_in_range", {"possessions_milli": 59_999}),
    ("nba_analytics.team_offense_game_summary", "pace_in_range", {"pace": 151.0}),
    ("nba_analytics.team_offense_game_summary", "whole_team", {"team_seconds": 14_400}),
    ("nba_analytics.team_offense_game_summary", "whole_opponent", {"opponent_seconds": 13_000}),
    ("nba_analytics.team_defense_game_summary", "possessions_in_range", {"opp_possessions_milli": 170_001}),
    ("nba_analytics.team_defense_game_summary", "whole_team", {"team_seconds": 12_000}),
    ("nba_analytics.team_defense_game_summary", "whole_opponent", {"opponent_seconds": 14_701}),
    ("nba_analytics.player_game_summary", "usage_rate_in_range", {"usage_rate": 100.1}),
    ("nba_analytics.player_game_summary", "dnp_has_no_stats", {"is_dnp": True}),
    ("nba_analytics.player_game_summary", "played_has_stats", {"points": None}),
    ("nba_analytics.player_quotes", "quoted_before_as_of", {"quoted_at": LATER}),
    ("nba_analytics.upcoming_player_game_context", "line_before_as_of", {"line_known_at": LATER}),
    ("nba_analytics.upcoming_player_game_context", "injury_before_as_of", {"injury_known_at": LATER}),
    ("nba_precompute.player_daily_cache", "no_dnp_in_cache", {"dnp_rows_used": 1}),
    ("nba_precompute.player_daily_cache", "has_games", {"games_played": 0}),
    ("nba_precompute.player_daily_cache", "points_avg_last_5_in_range", {"points_avg_last_5": 81.5}),
    ("nba_precompute.player_shot_zone_analysis", "shares_add_up", {"pct_paint": 0.3}),
    ("nba_precompute.player_composite_factors", "fatigue_score_in_range", {"fatigue_score": 100.5}),
    (
        "nba_precompute.player_composite_factors",
        "shot_zone_mismatch_score_in_range",
        {"shot_zone_mismatch_score": 10.5},
    ),
    ("nba_precompute.player_composite_factors", "pace_score_in_range", {"pace_score": -3.1}),
    ("nba_precompute.player_composite_factors", "usage_spike_score_in_range", {"usage_spike_score": 3.1}),
    ("nba_precompute.ml_feature_store_v2", "quality_in_range", {"feature_quality_score": -1.0}),
    ("nba_precompute.ml_feature_store_v2", "line_before_as_of", {"line_known_at": LATER}),
    *(
        ("nba_precompute.ml_feature_store_v2", f"{f.name}_in_range", {f.name: value})
        for f in FEATURES.values()
        if f.range
        for value in (f.range[0] - 0.5, f.range[1] + 0.5)
    ),
    ("nba_predictions.player_prop_predictions", "made_before_tip", {"as_of": LATER}),
    ("nba_predictions.player_prop_predictions", "probabilities_add_up", {"p_over": 0.6}),
    ("nba_predictions.player_prop_predictions", "points_in_range", {"predicted_points": 80.5}),
    ("nba_predictions.player_prop_predictions", "known_recommendation", {"recommendation": "MAYBE"}),
    ("nba_predictions.player_prop_predictions", "line_before_as_of", {"line_known_at": LATER}),
    ("nba_predictions.player_prop_predictions", "points_pmf_length", {"points_pmf": [0.5, 0.5]}),
    ("nba_predictions.player_prop_predictions", "points_pmf_length", {"points_pmf": None}),
    ("nba_predictions.prediction_accuracy", "known_outcome", {"outcome": "draw"}),
    ("nba_predictions.prediction_accuracy", "reason_given", {"void_reason": None}),
    ("nba_predictions.system_daily_performance", "outcomes_add_up", {"predictions": 11}),
]


def row(contract: Table, **changes: Any) -> dict[str, Any]:
    """A row that breaks nothing, with changes."""
    required = {
        c.name: PLAIN[c.type] for c in contract.columns if c.required and c.name not in ("run_id", "generation")
    }
    return {**required, **GOOD[contract.full_name], **changes}


def other_key(contract: Table) -> dict[str, Any]:
    """Values by which a second row is not a repeat of the first."""
    name = next(k for k in contract.key if k not in (contract.partition, "generation"))
    return {name: 2 if contract.column(name).type == "INT64" else "y"}  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def warehouse() -> DuckTables:
    """All tables, in memory."""
    return DuckTables(None)


@pytest.mark.parametrize(("name", "rule", "change"), BAD, ids=[f"{n.partition('.')[2]}-{r}" for n, r, _ in BAD])
def test_a_bad_row_is_quarantined_and_a_good_one_is_written(
    warehouse: DuckTables, name: str, rule: str, change: dict[str, Any]
) -> None:
    """One wrong value, one refused row with its rule, whole; the good row beside it is in the table."""
    contract = table(name)
    arriving = contract.to_arrow([row(contract, **change), row(contract, **other_key(contract))])
    written = warehouse.write(contract, arriving, Scope(f"{rule}.{len(str(change))}", 1, 1, "x", DAY, DAY))
    assert dict(written.refused) == {rule: 1}
    assert (written.expected, written.found) == (2, 1)
    kept = (
        "SELECT table_name, row_json FROM nba_orchestration.quarantined_rows WHERE rule = $rule AND table_name = $name"
    )
    held = warehouse.read(kept, {"rule": rule, "name": name}).to_pylist()
    assert held
    assert all(f'"{column}"' in held[-1]["row_json"] for column in (*contract.key[:1], *change))


@pytest.mark.parametrize("name", GOOD)
def test_the_same_key_twice_is_kept_once(warehouse: DuckTables, name: str) -> None:
    """A repeat of the natural key is refused as such."""
    contract = table(name)
    arriving = contract.to_arrow([row(contract)] * 2)
    written = warehouse.write(contract, arriving, Scope("repeat", 1, 1, "x", DAY, DAY))
    assert (dict(written.refused), written.found) == ({"duplicate_key": 1}, 1)


def test_every_check_has_a_bad_row() -> None:
    """A check is proved by a row that breaks it."""
    datasets = ("nba_analytics", "nba_precompute", "nba_predictions")
    checks = {(t.full_name, rule) for t in tables().values() if t.dataset in datasets for rule, _ in t.checks}
    assert checks == {(name, rule) for name, rule, _ in BAD}
