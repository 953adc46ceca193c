"""Generated games for training, in which points follow the average of the last ten games only."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from shared.contracts.features import ALL_FEATURES
from shared.contracts.rows import Table
from shared.ports import Scope, Written

LAST = date(2024, 2, 20)


class TablesOfGames:
    """A Tables port that answers the training query with generated games, and records the query."""

    def __init__(self, count: int, last: date = LAST, lined: float = 0.7) -> None:
        rng = np.random.default_rng(1)
        days = np.sort(rng.integers(0, 120, count))
        form = rng.uniform(5, 30, count)
        columns = {name: np.full(count, np.nan) for name in ALL_FEATURES}
        columns["points_avg_last_10"] = form
        columns["vegas_points_line"] = np.where(rng.random(count) < lined, np.round(form) + 0.5, np.nan)
        self.table = pa.table(
            {
                **columns,
                "line": columns["vegas_points_line"],
                "over_price": pa.nulls(count, pa.int64()),
                "under_price": pa.nulls(count, pa.int64()),
                "actual_points": np.maximum(np.round(form + rng.normal(0, 6, count)), 0).astype(np.int64),
                "game_date": pa.array([last - timedelta(days=int(120 - d)) for d in days]),
            }
        )
        self.asked: dict[str, Any] = {}

    def put(self, name: str, values: Any) -> None:
        """Replace a column's values."""
        self.table = self.table.set_column(self.table.column_names.index(name), name, pa.array(values))

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> pa.Table:
        """All games."""
        self.asked = {"params": params, "as_of": as_of}
        return self.table

    def write(self, table: Table, rows: pa.Table, scope: Scope) -> Written:
        """Training writes no table."""
        raise AssertionError
