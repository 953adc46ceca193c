"""A date's picks with what became of them, and the record of all picks up to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from shared.adapters.local.readers import HomeRows
from tipoff.evaluation import clv
from tipoff.evaluation.graded_rows import Rows, read_rows
from tipoff.evaluation.intervals import Interval
from tipoff.evaluation.metrics import figures, gains, staked
from tipoff.slate.picks import latest_date, refuse

# The newest generation's predictions, each with its newest grade if it has one.
_SQL = """
SELECT p.game_id, p.player_id, p.player_name, p.team, p.opponent, p.is_home, p.tip_utc, p.recommendation AS side,
  COALESCE(p.best_line, p.line) AS line, COALESCE(p.best_bookmaker, p.bookmaker) AS bookmaker,
  COALESCE(p.best_price, IF(p.recommendation = 'OVER', p.over_price, p.under_price)) AS odds,
  p.predicted_points, COALESCE(g.outcome, 'pending') AS outcome, g.actual_points,
  COALESCE(g.void_reason, g.pending_reason, g.ungradeable_reason, IF(g.outcome IS NULL, 'not graded', '')) AS reason
FROM nba_predictions.player_prop_predictions AS p
LEFT JOIN (
  SELECT * FROM nba_predictions.prediction_accuracy WHERE game_date = $day AND system_id = $system
  QUALIFY generation = MAX(generation) OVER ()
) AS g ON g.game_id = p.game_id AND g.player_id = p.player_id AND g.prediction_generation = p.generation
WHERE p.game_date = $day AND p.system_id = $system
QUALIFY p.generation = MAX(p.generation) OVER ()
ORDER BY p.tip_utc, p.game_id, p.player_name, p.player_id
"""
_GRADED = "SELECT MAX(game_date) AS day FROM nba_predictions.prediction_accuracy WHERE system_id = $system"


@dataclass(frozen=True)
class Result:
    """A pick, its outcome, and its profit at one unit staked; None while it is pending, 0 for a push or a void.

    `clv_points` is how far the line of the pick's book moved our way until its last quote before the tip; None
    where that book was not seen later.
    """

    game_id: str
    player_id: int
    player_name: str
    team: str
    opponent: str
    is_home: bool
    tip_utc: datetime
    side: str
    line: float
    bookmaker: str
    odds: int | None
    predicted_points: float
    outcome: str
    actual_points: int | None
    reason: str
    units: float | None
    clv_points: float | None


@dataclass(frozen=True)
class Record:
    """What settled picks made at one unit each, and their CLV; 95 % intervals or why there is none, None without picks.

    `clv_bets` of the `bets` have a closing line of their book; `clv_beaten` is the share of those that moved whose
    side's no-vig chance rose.
    """

    bets: int
    units: float
    roi: float | None
    roi_95: Interval | None
    clv_bets: int
    clv_points: float | None
    clv_points_95: Interval | None
    clv_beaten: float | None


@dataclass(frozen=True)
class Results:
    """One system's picks of a date with their outcomes; the record of that date, and of all dates through it."""

    day: date
    system: str
    predictions: int
    picks: list[Result]
    record: Record
    running: Record

    @property
    def outcomes(self) -> dict[str, int]:
        """Picks by outcome, those without any left out."""
        names = ("win", "loss", "push", "void", "pending", "ungradeable")
        counts = {name: sum(p.outcome == name for p in self.picks) for name in names}
        return {name: count for name, count in counts.items() if count}


def results(tables: HomeRows, day: date | None, system: str) -> Results:
    """The picks of a date, by default of the last one graded; UserError for a date or a system without predictions."""
    when = day or tables.read(_GRADED, {"system": system})["day"][0].as_py() or latest_date(tables, system)
    rows = tables.read(_SQL, {"day": when, "system": system}).to_pylist()
    if not rows:
        refuse(tables, when, system)
    graded = read_rows(tables, date.min, when, system).get(system)
    tonight = graded.only(graded.days == np.datetime64(when)) if graded is not None else None
    known = _by_player(tonight) if tonight is not None else {}
    picks = [_result(r, known) for r in rows if r["side"] in ("OVER", "UNDER")]
    return Results(when, system, len(rows), picks, record(tonight), record(graded))


def record(rows: Rows | None) -> Record:
    """The record of the picks among these rows that were settled by a game played."""
    played = rows.only(rows.has_played) if rows is not None else None
    found: Mapping[str, Any] = figures(played) if played is not None and len(played) else {}
    bets, roi = found.get("bets", 0), found.get("roi")
    return Record(
        bets=bets,
        units=bets * (roi or 0.0),
        clv_bets=found.get("clv_bets", 0),
        **{name: found.get(name) for name in ("roi", "roi_95", "clv_points", "clv_points_95", "clv_beaten")},
    )


def _by_player(rows: Rows) -> dict[tuple[str, int], tuple[float, float]]:
    """By game and player the profit and the CLV in points of each pick with a price; NaN where there is none."""
    bets = rows.only(staked(rows))
    moved = clv.points(bets)
    profit = np.where(bets.has_played, gains(rows), 0.0)
    return dict(zip(bets.keys, zip(profit.tolist(), moved.tolist(), strict=True), strict=True))


def _result(row: Mapping[str, Any], known: Mapping[tuple[str, int], tuple[float, float]]) -> Result:
    units, moved = known.get((row["game_id"], row["player_id"]), (float("nan"), float("nan")))
    return Result(**row, units=None if np.isnan(units) else units, clv_points=None if np.isnan(moved) else moved)
