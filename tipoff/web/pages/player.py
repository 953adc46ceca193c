"""A player: tonight's distribution by every system, his last games against the line then offered, quotes, status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from functions.predict.distribution import chances
from shared.adapters.local.readers import HomeRows
from shared.errors import UserError
from tipoff.evaluation.graded_rows import MARKET
from tipoff.home import Home
from tipoff.slate import reasons
from tipoff.slate.explanation import Stage
from tipoff.slate.lineage import Player
from tipoff.web import charts

GAMES = 20
LADDER = range(-5, 6)  # lines around tonight's
_WHO = """
SELECT player_id, ARG_MAX(player_name, known_at) AS name, ANY_VALUE(player_lookup) AS lookup FROM (
  SELECT player_id, player_name, player_lookup, known_at FROM nba_predictions.player_prop_predictions
  UNION ALL SELECT player_id, player_name, player_lookup, known_at FROM nba_analytics.player_game_summary
) WHERE player_id = $player GROUP BY player_id
"""
_SYSTEMS = """
SELECT * FROM nba_predictions.player_prop_predictions WHERE player_id = $player AND game_date = $day
QUALIFY generation = MAX(generation) OVER (PARTITION BY system_id) ORDER BY system_id
"""
_GAMES = """
SELECT g.game_date, g.team, g.opponent, g.is_home, g.points, g.minutes_played, g.is_starter, c.line, c.bookmaker
FROM nba_analytics.player_game_summary AS g
LEFT JOIN nba_analytics.upcoming_player_game_context AS c ON c.game_id = g.game_id AND c.player_id = g.player_id
WHERE g.player_id = $player AND g.game_date < $day AND NOT g.is_dnp
ORDER BY g.game_date DESC LIMIT $games
"""
_ERRORS = """
SELECT COUNT(*) AS games, AVG(signed_error) AS bias, AVG(absolute_error) AS mae FROM (
  SELECT * FROM nba_predictions.prediction_accuracy
  WHERE player_id = $player AND system_id = $system AND game_date < $day AND actual_points IS NOT NULL
  QUALIFY generation = MAX(generation) OVER (PARTITION BY game_date)
)
"""
_QUOTES = """
SELECT bookmaker, points_line, over_price, under_price, p_over, seen_at, age_minutes, refused_bet, is_main
FROM nba_analytics.player_quotes WHERE player_id = $player AND game_date = $day AND is_current
ORDER BY points_line, bookmaker
"""
_STATUS = """
SELECT known_at, injury_status, reason FROM nba_raw.nbac_injury_report
WHERE player_id = $player AND game_date = $day
QUALIFY injury_status IS DISTINCT FROM LAG(injury_status) OVER (ORDER BY known_at) ORDER BY known_at
"""


@dataclass(frozen=True)
class Seen:
    """What the page shows of one player and date; `row` is the shown system's prediction, None without one."""

    player: Player
    day: date
    system: str
    row: Mapping[str, Any] | None
    chart: str
    ladder: tuple[Mapping[str, float | None], ...]
    systems: tuple[Mapping[str, Any], ...]
    games: tuple[Mapping[str, Any], ...]
    games_chart: str
    errors: Mapping[str, Any]
    quotes: tuple[Mapping[str, Any], ...]
    status: tuple[Mapping[str, Any], ...]

    @property
    def overs(self) -> tuple[int, int]:
        """Of the games with a line, how many went over it, and how many there are."""
        lined = [g for g in self.games if g["line"] is not None]
        return sum(g["points"] > g["line"] for g in lined), len(lined)


def seen(tables: HomeRows, player: int, day: date, system: str) -> Seen:
    """The player as of a date; UserError for an id without any row."""
    params = {"player": player, "day": day}
    who = tables.read(_WHO, {"player": player}).to_pylist()
    if not who:
        raise UserError(f"no player {player} here")
    rows = {r["system_id"]: r for r in tables.read(_SYSTEMS, params).to_pylist()}
    games = tables.read(_GAMES, {**params, "games": GAMES}).to_pylist()
    row, market = rows.get(system), rows.get(MARKET)
    name, pmf = who[0]["name"], market["points_pmf"] if market else None
    bars = [(str(g["game_date"]), g["points"], g["line"]) for g in reversed(games)]
    return Seen(
        Player(player, name, who[0]["lookup"]),
        day,
        system,
        row,
        _chart(row, pmf, name) if row else "",
        _ladder(row["points_pmf"], pmf, row["line"]) if row and row["line"] is not None else (),
        tuple(rows.values()),
        tuple(games),
        charts.games(bars, f"points of {name} in the last {len(games)} games") if games else "",
        tables.read(_ERRORS, {**params, "system": system}).to_pylist()[0],
        tuple(tables.read(_QUOTES, params).to_pylist()),
        tuple(tables.read(_STATUS, params).to_pylist()),
    )


def _chart(row: Mapping[str, Any], market: list[float] | None, name: str) -> str:
    line = "no line" if row["line"] is None else f"the line is {row['line']:g}"
    words = f"{name}: {row['system_id']} expects {row['predicted_points']:.1f} points, {line}"
    return charts.distribution(row["points_pmf"], market, row["line"], words, high=120)


def _ladder(ours: list[float], market: list[float] | None, line: float) -> tuple[Mapping[str, float | None], ...]:
    """P(over) and P(under) at lines around the one offered, ours and the market's, given no push."""
    lines = np.array([line + step for step in LADDER if line + step > 0.0])
    columns = []
    for pmf in (ours, market):
        if pmf is None:
            columns.append([None] * len(lines))
            continue
        over, push, _ = chances(np.broadcast_to(pmf, (len(lines), len(pmf))), lines)
        columns.append((over / (1.0 - push)).tolist())
    return tuple({"line": at, "ours": o, "market": m} for at, o, m in zip(lines.tolist(), *columns, strict=True))


def why(tables: HomeRows, home: Home, found: Seen) -> tuple[tuple[Stage, ...], str]:
    """What moved the shown prediction, or why that is no longer known."""
    if found.row is None:
        return (), f"{found.system} did not predict {found.player.name} on {found.day}"
    try:
        return reasons.stages(tables, home, found.row), ""
    except UserError as error:
        return (), str(error)
