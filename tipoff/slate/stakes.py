"""What to stake on picks, by what the system's earlier predictions were worth against the market."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from functions.predict import bets
from functions.predict.distribution import SIZE, Floats, chances
from functions.predict.slate import floats
from shared.adapters.local.readers import HomeRows
from shared.contracts.work import StakeLimits
from shared.rules import odds
from shared.rules import stakes as rule
from tipoff.evaluation.shrinkage import slope

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY_DAYS = 400  # of grades before a date, so that a season and the one before count
_SQL = """
SELECT game_date, p_over / (p_over + p_under) AS chance, COALESCE(market_p_over, 0.5) AS market, over_hit
FROM nba_predictions.prediction_accuracy
WHERE system_id = $system AND over_hit IS NOT NULL AND p_over + p_under > 0 AND game_date BETWEEN $first AND $last
QUALIFY generation = MAX(generation) OVER (PARTITION BY game_date)
ORDER BY game_date, game_id, player_id
"""


@dataclass(frozen=True)
class Slope:
    """The share of a disagreement with the market that stakes keep, and in words where it comes from."""

    value: float
    about: str


@dataclass(frozen=True)
class Record:
    """A system's graded predictions with a line."""

    rows: "pa.Table"

    def before(self, day: date, limits: StakeLimits) -> Slope:
        """The slope by the grades of the dates before one; the map's until there are enough dates for an interval."""
        days = self.rows.column("game_date").to_numpy().astype("datetime64[D]")
        end = np.datetime64(day)
        first, last = np.searchsorted(days, [end - np.timedelta64(MEMORY_DAYS, "D"), end]).tolist()
        some, known = self.rows.slice(first, last - first), days[first:last]
        count, dates = len(known), len(np.unique(known))
        if not count:
            return Slope(limits.slope_unmeasured, f"no graded date before {day}: the map's slope")
        found, interval = slope(floats(some, "chance"), floats(some, "market"), floats(some, "over_hit") > 0.0, known)
        if isinstance(interval, str):
            return Slope(limits.slope_unmeasured, f"{interval}: the map's slope")
        value = min(max(found, 0.0), 1.0)
        low, high = interval
        return Slope(value, f"{found:.2f} ({low:.2f} to {high:.2f}) on {count:,} predictions of {dates} dates before")


@dataclass(frozen=True)
class Staked:
    """Of one date's picks the stakes (n,) as shares of the bankroll, and the EV (n,) that they are by."""

    share: Floats
    ev: Floats


def of_rows(rows: "pa.Table", kept: float, limits: StakeLimits) -> Staked:
    """What to stake on one date's picks; nothing where no market's chance is known.

    The system's chance is drawn to that of all books together at the pick's line, else to that of the pick's book.
    """
    pmf = np.asarray(rows.column("points_pmf").combine_chunks().flatten(), dtype=np.float64).reshape(-1, SIZE)
    over, push, under = chances(pmf, floats(rows, "best_line"))
    is_over = np.asarray(rows.column("recommendation").to_pylist(), dtype=object) == "OVER"
    consensus, book = floats(rows, "consensus_p_over"), floats(rows, "market_p_over")
    p_over = rule.shrunk(over / (over + under), np.where(np.isnan(consensus), book, consensus), kept)
    game = np.unique(np.asarray(rows.column("game_id").to_pylist(), dtype=np.str_), return_inverse=True)[1]
    price = odds.decimal(floats(rows, "best_price"))
    chance = np.where(is_over, p_over, 1.0 - p_over)
    ev = bets.expected_value(chance * (1.0 - push), push, price)
    return Staked(rule.of_date(chance, price, game, limits), ev)


def record(tables: HomeRows, system: str, first: date, last: date) -> Record:
    """The system's record between two dates."""
    return Record(tables.read(_SQL, {"system": system, "first": first, "last": last}))
