"""A player's rows of one date in every phase, and the units, tables and raw bytes they were made from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from shared.adapters.local.readers import HomeRows
from shared.contracts.features import ALL_FEATURES
from shared.errors import UserError
from shared.map.model import PipelineMap
from shared.ports import Archive, State
from shared.rules.names import player_lookup
from shared.rules.teams import TEAMS, Team
from shared.work.evidence import evidence_of
from tipoff.operate import overview
from tipoff.operate.overview import Attention
from tipoff.operate.stores import Stores

_NEAR_DATES = 5
_SUGGESTIONS = 5

# The tables that hold names, the most official first.
_NAMES = """
SELECT player_id, player_lookup, FIRST(player_name ORDER BY known_at DESC) AS player_name FROM (
    SELECT player_id, player_lookup, player_name, known_at FROM nba_raw.nbac_player_list
    UNION ALL SELECT player_id, player_lookup, player_name, known_at FROM nba_analytics.player_game_summary
    UNION ALL SELECT player_id, player_lookup, player_name, known_at FROM nba_raw.odds_api_player_points_props
) GROUP BY ALL
"""
_DATES = """
SELECT player_id, game_date, game_id FROM nba_analytics.player_game_summary
UNION SELECT player_id, game_date, game_id FROM nba_analytics.upcoming_player_game_context
UNION SELECT player_id, game_date, game_id FROM nba_raw.odds_api_player_points_props
UNION SELECT player_id, game_date, game_id FROM nba_predictions.player_prop_predictions
"""


@dataclass(frozen=True)
class Player:
    """A player: id, name and the name's lookup key."""

    player_id: int
    name: str
    lookup: str


@dataclass(frozen=True)
class Part:
    """One section of the report: a table, the condition for the player's rows, their order, the columns to print."""

    title: str
    table: str
    where: str
    order: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A part with its rows, the units that write its table, the tables these read, and the rows' raw artifacts."""

    part: Part
    rows: list[dict[str, Any]]
    made_by: tuple[str, ...]
    made_from: tuple[str, ...]
    artifacts: list[dict[str, Any]]


_GAME = "game_id IN (SELECT UNNEST($games))"
_HIS = "player_id = $player AND game_date = $day"
_BOX = ("player_status", "dnp_reason", "is_starter", "seconds_played", "points", "fgm", "fga", "fg3m", "ftm", "fta")
PARTS = (
    Part("Game", "nba_raw.nbac_schedule", _GAME, "game_id, game_date",
         ("game_id", "tip_utc", "tip_source", "away_team", "home_team", "game_status", "status_reason")),
    Part("Lines known", "nba_raw.odds_api_player_points_props", _HIS, "known_at, bookmaker",
         ("bookmaker", "points_line", "over_price", "under_price", "known_at_source", "source")),
    Part("Game lines known", "nba_raw.odds_api_game_lines", _GAME, "known_at, bookmaker",
         ("bookmaker", "home_spread", "total", "known_at_source", "source")),
    Part("Injury status", "nba_raw.nbac_injury_report", _HIS, "known_at, source",
         ("injury_status", "reason", "known_at_source", "source")),
    Part("Quotes", "nba_analytics.player_quotes", _HIS, "is_current DESC, bookmaker, points_line",
         ("bookmaker", "points_line", "over_price", "under_price", "seen_at", "age_minutes", "hold", "p_over",
          "is_current", "is_main", "refused_input", "refused_bet")),
    Part("Context", "nba_analytics.upcoming_player_game_context", _HIS, "game_id",
         ("team", "opponent", "is_home", "as_of", "line", "bookmaker", "line_known_at", "opening_line",
          "consensus_line", "line_books", "line_source", "injury_status", "injury_known_at")),
    Part("Form before the date", "nba_precompute.player_daily_cache", "player_id = $player AND cache_date = $day",
         "as_of", ("cache_source", "as_of", "games_played", "last_game_date", "points_avg_last_5", "points_avg_last_10",
                   "points_avg_season", "points_std_last_10", "minutes_avg_last_10", "usage_rate_last_10")),
    Part("Shot zones", "nba_precompute.player_shot_zone_analysis", "player_id = $player AND analysis_date = $day",
         "analysis_date", ("games_used", "pct_paint", "pct_mid_range", "pct_three", "pct_free_throw")),
    Part("Factors", "nba_precompute.player_composite_factors", _HIS, "game_id",
         ("fatigue_score", "shot_zone_mismatch_score", "pace_score", "usage_spike_score", "star_teammates_out",
          "points_out", "projected_minutes")),
    Part("Features", "nba_precompute.ml_feature_store_v2", _HIS, "game_id",
         ("as_of", "is_expected", "cache_source", "zone_source", "line_source", "default_feature_count",
          "feature_quality_score", "quality_tier", *ALL_FEATURES)),
    Part("Predictions", "nba_predictions.player_prop_predictions", _HIS, "generation, system_id",
         ("system_id", "predicted_points", "predicted_std", "line", "p_over", "p_push", "p_under", "recommendation",
          "pass_reason", "as_of", "predicted_at", "model_hash")),
    Part("Box score", "nba_raw.nbac_gamebook_player_stats", _HIS, "game_id", _BOX),
    Part("Result", "nba_analytics.player_game_summary", _HIS, "game_id",
         ("points", "minutes_played", "is_dnp", "dnp_reason", "usage_rate", "ts_pct")),
    Part("Grades", "nba_predictions.prediction_accuracy", _HIS, "generation, system_id",
         ("system_id", "prediction_generation", "predicted_points", "line", "graded_side", "is_pick", "outcome",
          "void_reason", "pending_reason", "ungradeable_reason", "actual_points", "signed_error", "brier",
          "market_brier")),
)  # fmt: skip


def missing(stores: Stores, listed: Sequence[Section], day: date, now: datetime) -> list[Attention]:
    """What the date's feeds lack of the player's game, and what they lack that names no other game."""
    games = [row for s in listed if s.part.table == "nba_raw.nbac_schedule" for row in s.rows]
    own = {TEAMS[game[side]] for game in games for side in ("away_team", "home_team") if game[side] in TEAMS}
    lacks = overview.missing(stores, overview.day_grids(stores, day, now), now)
    return [a for a in lacks if not (named := _teams_in(a.reason)) or named & own]


def _teams_in(text: str) -> set[Team]:
    """The teams that a sentence names, by tricode or in full."""
    return {team for team in TEAMS.values() if team.name in text or re.search(rf"\b{team.tricode}\b", text)}


def find_player(tables: HomeRows, text: str, day: date) -> Player:
    """The player by id, or by name with or without accents, or the only near one; UserError names several near ones."""
    known = [Player(r["player_id"], r["player_name"], r["player_lookup"]) for r in tables.read(_NAMES).to_pylist()]
    if text.lstrip("-").isdigit():
        matches = [p for p in known if p.player_id == int(text)]
    else:
        matches = [p for p in known if p.lookup == player_lookup(text)] or _only(_near(text, known))
    if len({p.player_id for p in matches}) > 1:
        present = tables.read(f"SELECT DISTINCT player_id FROM ({_DATES}) WHERE game_date = $day", {"day": day})  # noqa: S608
        here = set(present["player_id"].to_pylist())
        matches = [p for p in matches if p.player_id in here] or matches
    ids = sorted({p.player_id for p in matches})
    if len(ids) > 1:
        raise UserError(f"{text} names several players; give one of the ids {', '.join(map(str, ids))}")
    if not matches:
        names = [p.name for p in _near(text, known)]
        none = f" among the {len(known)} known" if known else ": the warehouse has no players yet"
        raise UserError(f"no player {text}" + (f"; did you mean {' or '.join(names)}?" if names else none))
    return matches[0]


def _only(players: list[Player]) -> list[Player]:
    return players if len(players) == 1 else []


def _near(text: str, known: Sequence[Player]) -> list[Player]:
    """Players whose names are like the text, contain it, or begin like it."""
    lookup = player_lookup(text)
    by_lookup = {p.lookup: p for p in known}
    prefix = lookup[: len(lookup) // 2 + 1] if len(lookup) > 2 else lookup  # noqa: PLR2004
    inside = lookup and (
        sorted(n for n in by_lookup if lookup in n) or sorted(n for n in by_lookup if n.startswith(prefix))
    )
    near = get_close_matches(lookup, by_lookup, n=_SUGGESTIONS, cutoff=0.7)
    return [by_lookup[n] for n in dict.fromkeys([*near, *inside])][:_SUGGESTIONS]


def sections(
    tables: HomeRows, state: State, archive: Archive, pipeline: PipelineMap, player: Player, day: date
) -> list[Section]:
    """Every section of the player's date, also empty ones; UserError naming near dates if he has no row at all."""
    sql = f"SELECT game_date, game_id FROM ({_DATES}) WHERE player_id = $player"  # noqa: S608 - constant text
    rows = tables.read(sql, {"player": player.player_id})
    games = sorted({r["game_id"] for r in rows.to_pylist() if r["game_date"] == day})
    if not games:
        near = sorted(set(rows["game_date"].to_pylist()), key=lambda d: abs((d - day).days))[:_NEAR_DATES]
        hint = f"his nearest dates are {', '.join(map(str, sorted(near)))}" if near else "he has no rows on any date"
        raise UserError(f"{player.name} has no game on {day}; {hint}")
    params = {"player": player.player_id, "day": day, "games": games}
    return [_section(tables, state, archive, pipeline, part, params) for part in PARTS]


def _section(
    tables: HomeRows, state: State, archive: Archive, pipeline: PipelineMap, part: Part, params: dict[str, Any]
) -> Section:
    sql = f"SELECT * FROM {part.table} WHERE {part.where} ORDER BY {part.order}"  # noqa: S608 - constant text
    rows = tables.read(sql, params).to_pylist()
    units = [u for f in pipeline.functions.values() for u in f.units.values() if u.writes == part.table]
    return Section(
        part=part,
        rows=rows,
        made_by=tuple(f"{u.function}.{u.name}" for u in units),
        made_from=tuple(sorted({t for u in units for t in u.reads})),
        artifacts=_artifacts(state, archive, rows, pipeline, [u.name for u in units if u.function == "process_raw"]),
    )


def _artifacts(
    state: State, archive: Archive, rows: Sequence[dict[str, Any]], pipeline: PipelineMap, units: Sequence[str]
) -> list[dict[str, Any]]:
    """The archived artifacts that the rows' runs fetched for these parsing units."""
    runs = sorted({(r["run_id"], r["generation"]) for r in rows})
    kinds = {run: pipeline.runs[run.rpartition(".")[2]] for run, _ in runs}
    ids = [f"{run}.{g}.{kinds[run].fetching(unit)}.{unit}" for run, g in runs for unit in units]
    docs = state.get_many("completions", ids)
    listed = {i: evidence_of(docs[i], archive).get("artifacts", []) for i in ids if i in docs}
    return [{"completion": i, **a} for i, artifacts in listed.items() for a in artifacts]
