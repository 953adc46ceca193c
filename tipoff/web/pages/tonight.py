"""Tonight: every game of a date with its picks, what was passed and why, what was withdrawn, and who may not play."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from functions.predict.distribution import chances
from shared.adapters.local.readers import HomeRows
from shared.map.loader import pipeline_map
from tipoff.evaluation.graded_rows import MARKET
from tipoff.slate.picks import Pick, board, known_systems
from tipoff.web import charts
from tipoff.web.site import Site
from tipoff.words import minutes

# The newest predictions of a date with the market's distribution and the outcome, where there are any.
_ROWS = """
SELECT p.game_id, p.player_id, p.player_name, p.team, p.opponent, p.is_home, p.tip_utc, p.as_of, p.line, p.bookmaker,
  p.p_over, p.p_push, p.p_under, p.predicted_points, p.recommendation, p.pass_reason, p.injury_status, p.points_pmf,
  m.points_pmf AS market_pmf, g.outcome, g.actual_points
FROM nba_predictions.player_prop_predictions AS p
LEFT JOIN nba_predictions.player_prop_predictions AS m
  ON m.game_id = p.game_id AND m.player_id = p.player_id AND m.system_id = $market AND m.generation = p.generation
LEFT JOIN nba_predictions.prediction_accuracy AS g
  ON g.game_date = p.game_date AND g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
  AND g.prediction_generation = p.generation
WHERE p.game_date = $day AND p.system_id = $system
QUALIFY p.generation = MAX(p.generation) OVER ()
  AND COALESCE(g.generation = MAX(g.generation) OVER (), TRUE)
ORDER BY p.tip_utc, p.game_id, p.player_name
"""
# Picks of an earlier generation that the newest one no longer makes.
_WITHDRAWN = """
WITH made AS (
  SELECT *, MAX(generation) OVER () AS newest FROM nba_predictions.player_prop_predictions
  WHERE game_date = $day AND system_id = $system
)
SELECT o.player_id, o.player_name, o.team, o.opponent, o.is_home, o.recommendation AS side,
  COALESCE(o.best_line, o.line) AS line, o.best_bookmaker AS bookmaker, o.best_price AS odds, o.as_of,
  COALESCE(n.pass_reason, LOWER(n.recommendation), 'not predicted again') AS reason
FROM made AS o
LEFT JOIN made AS n ON n.game_id = o.game_id AND n.player_id = o.player_id AND n.generation = n.newest
WHERE o.generation < o.newest AND o.recommendation IN ('OVER', 'UNDER')
  AND n.recommendation IS DISTINCT FROM o.recommendation
QUALIFY ROW_NUMBER() OVER (PARTITION BY o.game_id, o.player_id, o.recommendation ORDER BY o.generation DESC) = 1
ORDER BY o.player_name
"""
_AVAILABILITY = """
WITH told AS (
  SELECT player_id, player_name, team, injury_status, reason, known_at,
    LAG(injury_status) OVER (PARTITION BY player_id ORDER BY known_at) AS before
  FROM nba_raw.nbac_injury_report WHERE game_date = $day
)
SELECT player_id, ARG_MAX(player_name, known_at) AS player_name, ARG_MAX(team, known_at) AS team,
  ARG_MAX(injury_status, known_at) AS status, ARG_MAX(reason, known_at) AS reason,
  MAX(known_at) FILTER (before IS DISTINCT FROM injury_status) AS changed_at,
  ARG_MAX(before, known_at) FILTER (before <> injury_status) AS before,
  COUNT(*) FILTER (before <> injury_status) AS changes
FROM told GROUP BY player_id
ORDER BY changed_at DESC, team, player_name
"""
_GAMES = """
SELECT game_id, ANY_VALUE(tip_utc) AS tip_utc, ARG_MAX(home_team, known_at) AS home_team,
  ARG_MAX(away_team, known_at) AS away_team, ARG_MAX(game_status, known_at) AS status,
  ARG_MAX(status_reason, known_at) AS reason
FROM nba_raw.nbac_schedule WHERE game_date = $day GROUP BY game_id ORDER BY tip_utc, game_id
"""


@dataclass(frozen=True)
class Row:
    """A pick or a pass. `quoted_at` is when the best quote was last seen; `is_old`: too long ago to bet on."""

    player_id: int
    name: str
    game_id: str
    game: str
    tip_utc: datetime
    side: str
    line: float | None
    predicted: float
    reason: str
    status: str
    outcome: str
    scored: int | None
    pick: Pick | None = None
    chart: str = ""
    bar: str = ""
    chances: tuple[float, float, float] | None = None
    quoted_at: datetime | None = None
    is_old: bool = False


@dataclass(frozen=True)
class Tonight:
    """The rows of a date before any filter."""

    day: date
    system: str
    systems: tuple[str, ...]
    games: tuple[Mapping[str, Any], ...]
    picks: tuple[Row, ...]
    passes: tuple[Row, ...]
    withdrawn: tuple[Mapping[str, Any], ...]
    availability: tuple[Mapping[str, Any], ...]

    @property
    def books(self) -> list[str]:
        """The books of the picks."""
        return sorted({r.pick.bookmaker for r in self.picks if r.pick})

    def only(self, game: str, side: str, book: str, name: str) -> "Tonight":
        """The picks and passes that all the given filters let through; an empty one lets everything."""

        def fits(row: Row) -> bool:
            return (
                game in ("", row.game_id)
                and side in ("", row.side)
                and (not book or (row.pick is not None and row.pick.bookmaker == book))
                and name.casefold() in row.name.casefold()
            )

        passes = tuple(r for r in self.passes if fits(r))
        return Tonight(**{**vars(self), "picks": tuple(r for r in self.picks if fits(r)), "passes": passes})


def tonight(tables: HomeRows, day: date, system: str, min_ev: float, oldest: float, now: datetime | None) -> Tonight:
    """The board of a date. `oldest` are the minutes after which a quote is too old to bet on.

    A quote's age is at `now` until the tip; with None, for a replayed date, at the prediction.
    """
    params = {"day": day, "system": system}
    rows = tables.read(_ROWS, {**params, "market": MARKET}).to_pylist()
    best = {p.player_id: p for p in board(tables, day, system, min_ev, pipeline_map().stakes).picks} if rows else {}
    made = [_row(r, best.get(r["player_id"]), oldest, now) for r in rows]
    order = {player: place for place, player in enumerate(best)}
    return Tonight(
        day,
        system,
        tuple(known_systems(tables)),
        tuple(tables.read(_GAMES, {"day": day}).to_pylist()),
        tuple(sorted((r for r in made if r.pick), key=lambda r: order[r.player_id])),
        tuple(r for r in made if not r.pick),
        tuple(tables.read(_WITHDRAWN, params).to_pylist()),
        tuple(tables.read(_AVAILABILITY, {"day": day}).to_pylist()),
    )


def _row(row: Mapping[str, Any], pick: Pick | None, oldest: float, now: datetime | None) -> Row:
    line = pick.line if pick else row["line"]
    shown = dict[str, Any]()
    if pick is not None:
        over, push, under = (float(c[0]) for c in chances(np.array([row["points_pmf"]]), np.array([pick.line])))
        words = f"{row['player_name']}: we expect {row['predicted_points']:.1f} points, the line is {pick.line:g}"
        shown["chart"] = charts.distribution(row["points_pmf"], row["market_pmf"], pick.line, words)
        shown["bar"], shown["chances"] = charts.chances(over, push, under), (over, push, under)
        if pick.age_minutes is not None:
            seen_at = row["as_of"] - timedelta(minutes=pick.age_minutes)
            judged_at = row["as_of"] if now is None else min(now, row["tip_utc"])
            shown["quoted_at"], shown["is_old"] = seen_at, judged_at - seen_at > timedelta(minutes=oldest)
    return Row(
        player_id=row["player_id"],
        name=row["player_name"],
        game_id=row["game_id"],
        game=f"{row['team']} {'v' if row['is_home'] else '@'} {row['opponent']}",
        tip_utc=row["tip_utc"],
        side=row["recommendation"],
        line=line,
        predicted=row["predicted_points"],
        reason=row["pass_reason"] or "",
        status=row["injury_status"],
        outcome=row["outcome"] or "",
        scored=row["actual_points"],
        pick=pick,
        **shown,
    )


def of_site(site: Site, day: date, system: str) -> Tonight:
    """The board of a home's date; the ages of a live one's quotes are to the minute."""
    minute, m = _minute(site), site.stores.map
    min_ev, oldest = m.settings["min_ev"], m.quotes.max_age_minutes["bet"]
    key = ("tonight", day, system, minute)
    return site.of_rows(key, lambda tables: tonight(tables, day, system, min_ev, oldest, minute))


def _minute(site: Site) -> datetime | None:
    return None if site.is_replay else site.clock.now().replace(second=0, microsecond=0)


def about(shown: Tonight, site: Site) -> dict[str, Any]:
    """What the template says beside the rows: passes by reason, the availability desk, and why a board is empty."""
    passed, now = dict[str, list[Row]](), _minute(site)
    for row in shown.passes:
        passed.setdefault(row.reason or row.side.lower(), []).append(row)
    desk = [
        {**a, "ago": minutes((now - a["changed_at"]).total_seconds() / 60) if now and a["changed_at"] else ""}
        for a in shown.availability
        if a["status"] != "available" or a["changes"]
    ]
    counts = Counter(r.game_id for r in shown.picks)
    return {"passed": passed, "desk": desk, "counts": counts, "empty": _empty(shown, is_replay=site.is_replay)}


def _empty(shown: Tonight, *, is_replay: bool) -> str:
    """Why there is nothing, where there is nothing: no game, or no prediction yet."""
    if not shown.games:
        return f"No game of {shown.day} is in the schedule that is stored here."
    named = "this system" if shown.system in shown.systems else f"{shown.system}, which is no system here"
    when = "was made" if is_replay else "has been made yet; the line above says what it waits for"
    return f"{len(shown.games)} games, but no prediction of {named} {when}."
