"""The quotes of a slate with what each may be used for, by the rule of shared/rules/quotes.py."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shared.contracts.rows import table
from shared.contracts.work import QuoteLimits
from shared.rules import odds
from shared.rules.quotes import Quotes, chances, refusals

TABLE = table("nba_analytics.player_quotes")


def judged(rows: pa.Table, limits: QuoteLimits) -> pa.Table:
    """The rows of queries/quotes.sql with age, hold, no-vig chance and `refused_{use}` for each use."""
    quotes = _quotes(rows)
    columns: dict[str, Any] = {
        "age_minutes": quotes.age,
        "hold": quotes.hold(),
        "p_over": chances(quotes, limits),
    }
    for name, values in columns.items():
        rows = rows.append_column(name, pa.array(values, from_pandas=True))
    for use, reasons in refusals(quotes, limits).items():
        rows = rows.append_column(f"refused_{use}", pa.array(reasons, pa.string()))
    return rows


def table_of(rows: pa.Table, limits: QuoteLimits) -> pa.Table:
    """The rows of the unit's table."""
    known = judged(rows, limits).append_column("known_at", rows["as_of"])
    schema = TABLE.arrow_schema(system=False)
    return known.select(schema.names).cast(schema)


def _quotes(rows: pa.Table) -> Quotes:
    def floats(name: str) -> odds.Floats:
        return np.asarray(pc.cast(rows[name], pa.float64()).to_numpy(), np.float64)

    def flags(name: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.asarray(rows[name].to_numpy(), bool)

    age = (rows["as_of"].to_numpy() - rows["seen_at"].to_numpy()) / np.timedelta64(1, "m")
    return Quotes(
        book=np.asarray(rows["bookmaker"].to_pylist(), np.str_),
        over=floats("over_price"),
        under=floats("under_price"),
        age=np.where(np.asarray(rows["quoted_at_source"].to_pylist(), np.str_) == "assumed", np.nan, age),
        is_main=flags("is_main"),
        is_on_board=flags("is_on_board"),
        has_started=flags("has_started"),
        other_game=flags("other_game"),
    )


def refused(rows: pa.Table) -> dict[str, dict[str, int]]:
    """The counts of quotes refused as input and as a bet, by reason."""
    counted = {}
    for name in ("refused_input", "refused_bet"):
        counts = pc.value_counts(pc.drop_null(rows[name])).to_pylist()
        counted[name] = {str(c["values"]): int(c["counts"]) for c in counts}
    return counted
