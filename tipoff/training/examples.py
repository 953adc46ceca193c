"""Training examples: rows of the feature store as serving sees them, with the points then scored."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import Floats
from functions.predict.slate import Slate
from shared.contracts.features import ALL_FEATURES
from shared.ports import Queryable
from shared.rules.dates import eastern_instant

if TYPE_CHECKING:
    import pyarrow as pa

QUOTE = ("line", "over_price", "under_price")  # of the book that gave the line, as in the slate
MAX_DAYS = 366 * 12  # the furthest back that training reads
HELD_BACK = 0.15  # of the rows, the last by date

# The players that the slate would have predicted, with the points they then scored.
TRAINING_SQL = """
SELECT f.*, actual.points AS actual_points
FROM nba_precompute.ml_feature_store_v2 AS f
JOIN nba_analytics.player_game_summary AS actual
  ON actual.game_id = f.game_id AND actual.player_id = f.player_id
WHERE NOT actual.is_dnp AND actual.seconds_played > 0 AND (f.has_line OR f.is_expected)
  AND f.game_date <= @to_date AND actual.known_at <= @as_of
ORDER BY f.game_date, f.game_id, f.player_id
"""


@dataclass(frozen=True)
class Examples:
    """Training rows in the order of their dates: features, points scored (n,), lines (n,) and dates (n,)."""

    rows: "pa.Table"
    points: Floats
    lines: Floats
    dates: "np.ndarray[Any, np.dtype[np.datetime64]]"

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.points)

    def slate(self) -> Slate:
        """The rows as a system reads them."""
        return Slate(self.rows)

    def matrix(self, names: tuple[str, ...]) -> Floats:
        """These features (n, k)."""
        return self.slate().matrix(names)

    def held_back_from(self) -> int:
        """The index where the held-back rows begin: the last 15 %, from the start of their first date."""
        first = self.dates[int(len(self) * (1.0 - HELD_BACK))]
        return max(1, int(np.searchsorted(self.dates, first)))

    def since(self, start: int) -> "Examples":
        """The rows from `start` on."""
        return Examples(self.rows.slice(start), self.points[start:], self.lines[start:], self.dates[start:])

    def before(self, stop: int) -> "Examples":
        """The first `stop` rows."""
        return Examples(self.rows.slice(0, stop), self.points[:stop], self.lines[:stop], self.dates[:stop])


def of_table(rows: "pa.Table") -> Examples:
    """Examples from rows with the named features, the quote, `game_date` and `actual_points`."""
    slate = Slate(rows)
    dates = rows.column("game_date").to_numpy().astype("datetime64[D]")
    return Examples(rows, slate.values("actual_points"), slate.values("line"), dates)


def read_examples(tables: Queryable, through: date) -> Examples:
    """The training rows up to a date, read through the as_of door at noon Eastern of the next day."""
    params = {"from_date": through, "to_date": through, "as_of": eastern_instant(through + timedelta(days=1), 12)}
    reads = {"nba_precompute.ml_feature_store_v2": MAX_DAYS, "nba_analytics.player_game_summary": MAX_DAYS}
    rows: pa.Table = tables.query(TRAINING_SQL, reads, params, as_of=True)
    return of_table(rows.select(["game_date", "actual_points", *QUOTE, *ALL_FEATURES]))
