"""A slate's picks from a home, each with its EV and stake at the offered price."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from functions.predict import bets
from functions.predict.distribution import SIZE, Floats, chances
from functions.predict.slate import floats
from shared.adapters.local.readers import HomeRows
from shared.contracts.work import StakeLimits
from shared.errors import UserError
from shared.rules import odds
from shared.rules.quotes import REASONS as REFUSALS
from tipoff.slate import stakes
from tipoff.slate.stakes import Slope, Staked

if TYPE_CHECKING:
    import pyarrow as pa

ALTERNATES = (-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)  # from the line
_NEAR_DATES = 5
# With the quote of the best price; a prediction from before there was one has its line's. `consensus_p_over` is the
# chance at that line by all books together, the prediction of the system `market`.
_SQL = """
WITH newest AS (
  SELECT * REPLACE (
      COALESCE(best_bookmaker, bookmaker) AS best_bookmaker, COALESCE(best_line, line) AS best_line,
      COALESCE(best_price, IF(recommendation = 'OVER', over_price, under_price)) AS best_price
    ),
    IF(recommendation = 'OVER', over_price, under_price) AS headline_price
  FROM nba_predictions.player_prop_predictions
  WHERE game_date BETWEEN $first AND $last AND system_id = $system
  QUALIFY generation = MAX(generation) OVER (PARTITION BY game_date)
),
market AS (
  SELECT game_id, player_id, CAST(points_pmf AS DOUBLE[]) AS pmf
  FROM nba_predictions.player_prop_predictions
  WHERE game_date BETWEEN $first AND $last AND system_id = 'market'
  QUALIFY generation = MAX(generation) OVER (PARTITION BY game_date)
),
placed AS (
  SELECT newest.*, 1 - LIST_SUM(market.pmf[1:FLOOR(best_line)::INT + 1]) AS market_over,
    LIST_SUM(market.pmf[1:CEIL(best_line)::INT]) AS market_under
  FROM newest
  LEFT JOIN market ON market.game_id = newest.game_id AND market.player_id = newest.player_id
)
SELECT newest.* EXCLUDE (market_over, market_under), quote.age_minutes, quote.p_over AS market_p_over,
  market_over / (market_over + market_under) AS consensus_p_over
FROM placed AS newest
LEFT JOIN nba_analytics.player_quotes AS quote
  ON quote.is_current AND quote.game_id = newest.game_id AND quote.player_id = newest.player_id
  AND quote.bookmaker = best_bookmaker AND quote.points_line = best_line
ORDER BY newest.game_date, newest.game_id, newest.player_id
"""
_DATES = "SELECT DISTINCT game_date FROM nba_predictions.player_prop_predictions WHERE system_id = $system"
_SYSTEMS = "SELECT DISTINCT system_id FROM nba_predictions.player_prop_predictions ORDER BY system_id"

# Why a player with a prediction is no pick, in words.
REASONS = {
    "no_line": "no book gave a line",
    "never_a_pick": "the market is a measure, not a system to bet by",
    "no_edge": "neither side has a positive EV at the prices offered",
    "quality_low": "too few of its features are known",
    "quality_waits": "predicted again before the game, when more of its features may be known",
    "player_out": "the injury report has him out",
    "player_doubtful": "the injury report has him doubtful",
}


@dataclass(frozen=True)
class Pick:
    """One recommended bet: side, the best book, line and American odds, and the figures that follow from them.

    `chance` and `market_chance` (that book's, without its hold) are of the side, given no push; `edge` is their
    difference. `ev` is the expected profit per unit staked, `shrunk_ev` that by the chance drawn to the market's, and
    `stake` the share of the bankroll by it (see `shared/rules/stakes.py`). `age_minutes` is how long before `as_of` the
    quote was last seen. `headline_*` is the quote that the prediction's line is from, `gained` what the best one adds
    to its EV. `flips_at` is the line from which the other side is likelier. `playable_to` is the worst line at which
    the pick would still be made at the same price, `playable_odds` the worst odds at the same line.
    """

    player_id: int
    player_name: str
    team: str
    opponent: str
    is_home: bool
    tip_utc: datetime
    side: str
    line: float
    odds: int | None
    bookmaker: str
    age_minutes: float | None
    headline_bookmaker: str
    headline_line: float
    headline_odds: int | None
    gained: float | None
    predicted_points: float
    chance: float
    market_chance: float | None
    edge: float | None
    ev: float | None
    shrunk_ev: float | None
    stake: float
    fair_odds: int
    flips_at: float
    playable_to: float | None
    playable_odds: int
    alternates: list[dict[str, float]]


@dataclass(frozen=True)
class Board:
    """One system's picks of a date, best first, and the numbers of other predictions by the reason for no pick."""

    day: date
    system: str
    players: int
    picks: list[Pick]
    passed: Mapping[str, int]
    slope: Slope


def read(tables: HomeRows, first: date, last: date, system: str) -> "pa.Table":
    """The newest generation's predictions of a system between two dates, each with its best quote and the market's."""
    return tables.read(_SQL, {"first": first, "last": last, "system": system})


def board(tables: HomeRows, day: date | None, system: str, min_ev: float, limits: StakeLimits) -> Board:
    """The picks of a date; `min_ev` is what their EV exceeds. UserError for unknown dates or systems."""
    when = day or latest_date(tables, system)
    rows = read(tables, when, when, system)
    if not rows.num_rows:
        refuse(tables, when, system)
    side = np.asarray(rows.column("recommendation").to_pylist(), dtype=object)
    reasons = rows.column("pass_reason").to_pylist()
    passed = Counter(str(r or s).lower() for s, r in zip(side, reasons, strict=True) if s not in ("OVER", "UNDER"))
    picked = rows.filter(np.isin(side.astype(str), ("OVER", "UNDER")))
    slope = stakes.record(tables, system, date.min, when).before(when, limits)
    unsorted = _picks(picked, min_ev, stakes.of_rows(picked, slope.value, limits))
    best_first = sorted(unsorted, key=lambda p: (-(p.ev if p.ev is not None else -1.0), -p.chance, p.player_id))
    return Board(when, system, rows.num_rows, best_first, dict(passed.most_common()), slope)


def _picks(rows: Any, min_ev: float, staked: Staked) -> list[Pick]:
    """The picks of these rows, which are all recommended."""
    pmf = np.asarray(rows.column("points_pmf").combine_chunks().flatten(), dtype=np.float64).reshape(-1, SIZE)
    line, price = floats(rows, "best_line"), odds.decimal(floats(rows, "best_price"))
    over = np.asarray(rows.column("recommendation").to_pylist()) == "OVER"
    above, push, below = chances(pmf, line)
    win, p_over = np.where(over, above, below), floats(rows, "market_p_over")
    market = np.where(over, p_over, 1.0 - p_over)
    value, headline = bets.expected_value(win, push, price), _headline_value(rows, pmf, over)
    fair = np.where(over, *bets.fair_prices(pmf, line))
    columns: dict[str, Floats] = {
        "odds": odds.american(price),
        "chance": win / (1.0 - push),
        "market_chance": market,
        "edge": bets.edge(win, push, market),
        "ev": value,
        "gained": value - headline,
        "shrunk_ev": staked.ev,
        "stake": staked.share,
        "fair_odds": odds.american(fair),
        "flips_at": bets.flip_line(pmf),
        "playable_to": bets.playable_line(pmf, over, price, min_ev),
        "playable_odds": odds.american_at_least(bets.playable_price(win, push, min_ev)),
    }
    known = [{n: float(v[i]) if np.isfinite(v[i]) else None for n, v in columns.items()} for i in range(rows.num_rows)]
    return [
        _pick(row, figures, _alternates(pmf[i], row["best_line"]))
        for i, (row, figures) in enumerate(zip(rows.to_pylist(), known, strict=True))
    ]


def _headline_value(rows: Any, pmf: Floats, over: NDArray[np.bool_]) -> Floats:
    """The EV (n,) of the same sides at the quotes that the lines are from."""
    above, push, below = chances(pmf, floats(rows, "line"))
    return bets.expected_value(np.where(over, above, below), push, odds.decimal(floats(rows, "headline_price")))


def _pick(row: Mapping[str, Any], figures: dict[str, Any], alternates: list[dict[str, float]]) -> Pick:
    odds = {n: None if figures[n] is None else int(figures[n]) for n in ("odds", "fair_odds", "playable_odds")}
    copied = ("player_id", "player_name", "team", "opponent", "is_home", "tip_utc", "age_minutes", "predicted_points")
    best = {n: row[f"best_{n}"] for n in ("line", "bookmaker")}
    headline = {f"headline_{n}": row[n] for n in ("line", "bookmaker")} | {"headline_odds": row["headline_price"]}
    same = {n: row[n] for n in copied} | best | headline
    return Pick(side=row["recommendation"], alternates=alternates, **same, **{**figures, **odds})


def _alternates(pmf: Floats, line: float) -> list[dict[str, float]]:
    lines = np.array([line + step for step in ALTERNATES if line + step > 0.0])
    over, push, under = bets.alternates(pmf, lines)
    return [
        {"line": at, "over": o, "push": p, "under": u}
        for at, o, p, u in zip(lines.tolist(), over.tolist(), push.tolist(), under.tolist(), strict=True)
    ]


def why_passed(reason: str) -> str:
    """Why a prediction is no pick, in words; empty for a reason that says it itself."""
    refusal = reason.removeprefix("quote_")
    return REASONS.get(reason, "") if refusal == reason else f"no book's quote may be bet on: {REFUSALS[refusal]}"


def known_systems(tables: HomeRows) -> list[str]:
    """Every system with a prediction in the home, by name."""
    return [str(s) for s in tables.read(_SYSTEMS)["system_id"].to_pylist()]


def latest_date(tables: HomeRows, system: str) -> date:
    """The latest date with predictions of the system; UserError without any."""
    dates: list[date] = tables.read(_DATES, {"system": system})["game_date"].to_pylist()
    if not dates:
        refuse(tables, date.max, system)
    return max(dates)


def refuse(tables: HomeRows, day: date, system: str) -> None:
    """Raise a UserError that names the systems or dates that have predictions."""
    systems = known_systems(tables)
    if not systems:
        raise UserError("no predictions yet; run tipoff demo, replay or up with this --home first")
    if system not in systems:
        raise UserError(f"no prediction of {system}; there are {', '.join(systems)}")
    dates = tables.read(_DATES, {"system": system})["game_date"].to_pylist()
    near = sorted(sorted(dates, key=lambda d: abs((d - day).days))[:_NEAR_DATES])
    raise UserError(f"no prediction of {system} on {day}; its nearest dates are {', '.join(map(str, near))}")
