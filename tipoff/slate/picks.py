"""A slate's picks as a home holds them: each with what it is worth at the price that was offered."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from functions.predict import picks
from functions.predict.distribution import SIZE, Floats, chances
from functions.predict.slate import floats
from shared.adapters.local.warehouse import DuckTables
from shared.errors import UserError

ALTERNATES = (-3.0, -2.0, -1.0, 1.0, 2.0, 3.0)  # from the line
_NEAR_DATES = 5
_SQL = """
SELECT *, generation = MAX(generation) OVER () AS is_newest FROM nba_predictions.player_prop_predictions
WHERE game_date = $day AND system_id = $system
QUALIFY is_newest
ORDER BY game_id, player_id
"""
_DATES = "SELECT DISTINCT game_date FROM nba_predictions.player_prop_predictions WHERE system_id = $system"
_SYSTEMS = "SELECT DISTINCT system_id FROM nba_predictions.player_prop_predictions ORDER BY system_id"


@dataclass(frozen=True)
class Pick:
    """One recommendation: side, line and American odds, our chance and the market's, and what follows from them.

    Chances of the side are given no push, like `edge`; `value` is the mean gain per unit staked, `stake` a share of
    the bankroll by a quarter of Kelly; both are missing without a price, `edge` without both. `flips_at`: the line from
    which the other side is likelier; `stands_until`: the worst line at which the pick would stand at the same price.
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
    line_known_at: datetime
    predicted_points: float
    chance: float
    market_chance: float | None
    edge: float | None
    value: float | None
    stake: float | None
    fair_odds: int
    flips_at: float
    stands_until: float | None
    alternates: list[dict[str, float]]


@dataclass(frozen=True)
class Board:
    """A date's picks of one system, best first, and everybody else by the reason why not."""

    day: date
    system: str
    players: int
    picks: list[Pick]
    passed: Mapping[str, int]


def board(tables: DuckTables, day: date | None, system: str, least: float) -> Board:
    """The newest generation's picks; `least` is the chance a pick needs. UserError on an unknown date or system."""
    when = day or _latest(tables, system)
    rows = tables.read(_SQL, {"day": when, "system": system})
    if not rows.num_rows:
        _explain_nothing(tables, when, system)
    side = np.asarray(rows.column("recommendation").to_pylist(), dtype=object)
    reasons = rows.column("pass_reason").to_pylist()
    passed = Counter(str(r or s).lower() for s, r in zip(side, reasons, strict=True) if s not in ("OVER", "UNDER"))
    made = _picks(rows.filter(np.isin(side.astype(str), ("OVER", "UNDER"))), least)
    found = sorted(made, key=lambda p: (-(p.value if p.value is not None else -1.0), -p.chance, p.player_id))
    return Board(when, system, rows.num_rows, found, dict(passed.most_common()))


def _picks(rows: Any, least: float) -> list[Pick]:
    """The picks of rows that are recommended."""
    pmf = np.asarray(rows.column("points_pmf").combine_chunks().flatten(), dtype=np.float64).reshape(-1, SIZE)
    line, over = floats(rows, "line"), np.asarray(rows.column("recommendation").to_pylist()) == "OVER"
    price, other = (
        picks.decimal(np.where(chosen, floats(rows, "over_price"), floats(rows, "under_price")))
        for chosen in (over, ~over)
    )
    above, push, below = chances(pmf, line)
    win, market = np.where(over, above, below), picks.market_chance(price, other)
    fair = np.where(over, *picks.fair_prices(pmf, line))
    columns: dict[str, Floats] = {
        "odds": picks.american_odds(price),
        "chance": win / (1.0 - push),
        "market_chance": market,
        "edge": picks.edge(win, push, market),
        "value": picks.expected_value(win, push, price),
        "stake": picks.kelly(win, push, price),
        "fair_odds": picks.american_odds(fair),
        "flips_at": picks.flip_line(pmf),
        "stands_until": picks.stands_until(pmf, over, price, least),
    }
    known = [{n: float(v[i]) if np.isfinite(v[i]) else None for n, v in columns.items()} for i in range(rows.num_rows)]
    return [
        _pick(row, figures, _alternates(pmf[i], row["line"]))
        for i, (row, figures) in enumerate(zip(rows.to_pylist(), known, strict=True))
    ]


def _pick(row: Mapping[str, Any], figures: dict[str, Any], alternates: list[dict[str, float]]) -> Pick:
    odds = {n: None if figures[n] is None else int(figures[n]) for n in ("odds", "fair_odds")}
    copied = ("player_id", "player_name", "team", "opponent", "is_home", "tip_utc", "line", "bookmaker")
    same = {n: row[n] for n in (*copied, "line_known_at", "predicted_points")}
    return Pick(side=row["recommendation"], alternates=alternates, **same, **{**figures, **odds})


def _alternates(pmf: Floats, line: float) -> list[dict[str, float]]:
    lines = np.array([line + step for step in ALTERNATES if line + step > 0.0])
    over, push, under = picks.alternates(pmf, lines)
    return [
        {"line": at, "over": o, "push": p, "under": u}
        for at, o, p, u in zip(lines.tolist(), over.tolist(), push.tolist(), under.tolist(), strict=True)
    ]


def known_systems(tables: DuckTables) -> list[str]:
    """Every system with a prediction in the home."""
    return [str(s) for s in tables.read(_SYSTEMS)["system_id"].to_pylist()]


def _latest(tables: DuckTables, system: str) -> date:
    found: list[date] = tables.read(_DATES, {"system": system})["game_date"].to_pylist()
    if not found:
        _explain_nothing(tables, date.max, system)
    return max(found)


def _explain_nothing(tables: DuckTables, day: date, system: str) -> None:
    """UserError: which systems or dates there are instead."""
    systems = known_systems(tables)
    if not systems:
        raise UserError("no predictions yet; run tipoff demo, replay or up with this --home first")
    if system not in systems:
        raise UserError(f"no prediction of {system}; there are {', '.join(systems)}")
    dates = tables.read(_DATES, {"system": system})["game_date"].to_pylist()
    near = sorted(sorted(dates, key=lambda d: abs((d - day).days))[:_NEAR_DATES])
    raise UserError(f"{system} predicted nobody on {day}; its nearest dates are {', '.join(map(str, near))}")
