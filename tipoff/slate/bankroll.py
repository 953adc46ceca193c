"""What a bankroll would have become of a system's past picks, staked by the rule of `shared/rules/stakes.py`."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from functions.predict.slate import floats, player_games
from shared.adapters.local.readers import HomeRows
from shared.contracts.work import StakeLimits
from shared.errors import UserError
from shared.rules import odds
from shared.rules import stakes as rule
from tipoff.evaluation.metrics import paid
from tipoff.slate import picks, stakes
from tipoff.slate.picks import refuse

_POINTS = """
SELECT game_id, player_id, actual_points FROM nba_predictions.prediction_accuracy
WHERE system_id = $system AND game_date BETWEEN $first AND $last AND outcome IN ('win', 'loss', 'push', 'void')
QUALIFY generation = MAX(generation) OVER (PARTITION BY game_date)
"""


@dataclass(frozen=True)
class Night:
    """One date: its bets, what was staked and won of the bankroll before it, and the bankroll after it (from 1)."""

    day: date
    bets: int
    staked: float
    won: float
    bankroll: float
    slope: float


@dataclass(frozen=True)
class Simulation:
    """A bankroll over past picks, from 1.

    `growth` is what it gained, `drawdown` its largest fall from an earlier peak as a share of the peak, `yield_` what
    was won per unit staked.
    """

    system: str
    bets: int
    growth: float
    drawdown: float
    yield_: float | None
    nights: list[Night]


def simulate(tables: HomeRows, system: str, first: date, last: date, limits: StakeLimits) -> Simulation:
    """Every date with graded picks in order; stakes shrink by the grades of earlier dates alone. UserError without any.

    A pick of a player who did not play is returned; one without an outcome is left out.
    """
    rows = picks.read(tables, first, last, system)
    if not rows.num_rows:
        refuse(tables, first, system)
    graded = tables.read(_POINTS, {"system": system, "first": first, "last": last})
    points = dict(zip(player_games(graded), graded.column("actual_points").to_pylist(), strict=True))
    is_bet = [side in ("OVER", "UNDER") for side in rows.column("recommendation").to_pylist()]
    chosen = rows.filter([bet and who in points for bet, who in zip(is_bet, player_games(rows), strict=True)])
    if not chosen.num_rows:
        raise UserError(f"no graded pick of {system} between these dates")
    days = chosen.column("game_date").to_pylist()
    record, listed = stakes.record(tables, system, date.min, days[-1]), sorted(set(days))
    slopes = [record.before(day, limits).value for day in listed]
    night = np.searchsorted(np.array(listed, "datetime64[D]"), np.array(days, "datetime64[D]"))
    of_date = [chosen.filter(night == i) for i in range(len(listed))]
    stake = np.concatenate([stakes.of_rows(r, s, limits).share for r, s in zip(of_date, slopes, strict=True)])
    scored = np.array([np.nan if (p := points[who]) is None else p for who in player_games(chosen)], np.float64)
    is_over = np.asarray(chosen.column("recommendation").to_pylist(), dtype=object) == "OVER"
    price = odds.decimal(floats(chosen, "best_price"))
    profit = np.where(np.isnan(scored), 0.0, paid(is_over, scored - floats(chosen, "best_line"), price))
    path, total = rule.bankroll(night, stake, profit), float(stake.sum())
    sums = (np.bincount(night, values) for values in (stake > 0.0, stake, stake * profit))
    figures = zip(listed, *(x.tolist() for x in sums), path[1:].tolist(), slopes, strict=True)
    nights = [Night(day, int(bets), *rest) for day, bets, *rest in figures]
    won = float((stake * profit).sum())
    growth, fall = float(path[-1] - 1.0), rule.drawdown(path)
    return Simulation(system, int((stake > 0.0).sum()), growth, fall, won / total if total else None, nights)
