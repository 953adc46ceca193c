"""Small slates for tests: rows of the feature store and work, with a few words about what differs from the usual."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from shared.contracts.features import ALL_FEATURES
from shared.contracts.rows import table
from shared.contracts.work import Work
from shared.map.loader import pipeline_map

DAY = date(2024, 2, 27)
EARLIER = date(2024, 2, 20)
TIP = datetime(2024, 2, 28, 0, 0, tzinfo=UTC)
AS_OF = datetime(2024, 2, 27, 23, 30, tzinfo=UTC)
NOW = datetime(2024, 2, 27, 23, 31, tzinfo=UTC)
SETTINGS = pipeline_map().settings

_USUAL: dict[str, Any] = {
    **dict.fromkeys(ALL_FEATURES),
    "game_id": "0022300001",
    "game_date": DAY,
    "season": 2023,
    "tip_utc": TIP,
    "as_of": AS_OF,
    "player_name": "A Player",
    "player_lookup": "aplayer",
    "team": "BOS",
    "opponent": "NYK",
    "is_home": True,
    "has_line": True,
    "line": 20.5,
    "bookmaker": "draftkings",
    "over_price": -110,
    "under_price": -110,
    "line_known_at": AS_OF,
    "line_seen_at": AS_OF,
    "line_age_minutes": 0.0,
    "line_source": "test",
    "injury_status": "available",
    "is_expected": True,
    "points_avg_last_5": 22.0,
    "points_avg_last_10": 21.0,
    "points_avg_season": 20.0,
    "points_std_last_10": 6.0,
    "fatigue_score": 100.0,
    "home_away": 1.0,
    "back_to_back": 0.0,
    "opponent_def_rating": 112.0,
    "days_rest": 2.0,
    "cache_source": "phase4",
    "zone_source": "no_source",
    "default_feature_count": 0,
    "feature_quality_score": 95.0,
    "quality_tier": "gold",
    "known_at": AS_OF,
    "source": "test",
}
WITHOUT_LINE: dict[str, Any] = {
    **dict.fromkeys(("line", "bookmaker", "over_price", "under_price", "line_known_at", "line_seen_at")),
    "line_age_minutes": None,
    "has_line": False,
    "line_source": "none",
}


def features(*changes: Mapping[str, Any]) -> pa.Table:
    """A feature-store slate with one row per mapping of changes; players are numbered from 1."""
    rows = [{**_USUAL, "player_id": number, **change} for number, change in enumerate(changes, 1)]
    return table("nba_precompute.ml_feature_store_v2").to_arrow(rows)


def inputs(rows: pa.Table, *more_offers: Mapping[str, Any], **others: pa.Table) -> dict[str, pa.Table]:
    """A unit's inputs: the features, and as offers each row's own quote if it may be bet on, and further ones."""
    names = ("game_id", "player_id", "bookmaker", "over_price", "under_price")
    own = [
        {**{n: r[n] for n in names}, "points_line": r["line"]}
        for r in rows.to_pylist()
        if r["line"] is not None and not r["line_refused_bet"] and None not in (r["over_price"], r["under_price"])
    ]
    kinds = {"game_id": pa.string(), "player_id": pa.int64(), "bookmaker": pa.string(), "points_line": pa.float64()}
    schema = pa.schema({**kinds, "over_price": pa.int64(), "under_price": pa.int64()})
    usual = {"game_id": _USUAL["game_id"], "player_id": 1}
    offers = pa.Table.from_pylist([*own, *({**usual, **offer} for offer in more_offers)], schema=schema)
    return {"features": rows, "offers": offers, **others}


def past_games(*games: Mapping[str, Any]) -> pa.Table:
    """Past games of player 1 in exactly tonight's situation, 20 points each, but for the changes."""
    usual = {"game_id": "0022300001", "player_id": 1, "opponent_def_rating": 112.0, "home_away": 1.0}
    usual |= {"days_rest": 2, "points_avg_last_5": 22.0, "points_avg_season": 20.0, "points": 20}
    columns = {"game_id": pa.string(), "player_id": pa.int64(), "points": pa.int64()}
    rows = [{**usual, **game} for game in games]
    return pa.table({n: pa.array([r[n] for r in rows], columns.get(n, pa.float64())) for n in usual})


def work(unit: str = "moving_average", **changes: Any) -> Work:
    """The work of one unit of the day's pregame run."""
    usual: dict[str, Any] = {
        "run_id": "2024-02-27.pregame",
        "kind": "pregame",
        "generation": 1,
        "phase": "predict",
        "unit": unit,
        "from_date": DAY,
        "to_date": DAY,
        "as_of": AS_OF,
        "now": NOW,
        "settings": SETTINGS,
    }
    return Work(**{**usual, **changes})


def played(**changes: Any) -> dict[str, Any]:
    """A summary row of a game that the player played a week before the slate."""
    usual = {
        "game_id": "0022300000",
        "game_date": EARLIER,
        "season": 2023,
        "season_type": "Regular Season",
        "team": "BOS",
        "opponent": "NYK",
        "is_home": True,
        "player_id": 1,
        "player_name": "A Player",
        "player_lookup": "aplayer",
        "is_starter": True,
        "is_dnp": False,
        "seconds_played": 1800,
        "points": 20,
        "known_at": AS_OF - timedelta(days=7),
        "source": "test",
    }
    return {**usual, **changes}
