"""The user's own systems in one line each."""

from dataclasses import dataclass

import pyarrow.compute as pc
import pyarrow.parquet as pq

from tipoff.home import Home
from tipoff.own import store
from tipoff.own.store import Own


@dataclass(frozen=True)
class Summary:
    """What a system has: predictions and grades, and its first and last date as text, empty without predictions."""

    name: str
    kind: str
    predictions: int
    grades: int
    first: str
    through: str
    origin: str


def listed(home: Home) -> list[Summary]:
    """Every own system by name."""
    return [_summary(own) for own in store.listed(home)]


def _summary(own: Own) -> Summary:
    days = pq.read_table(own.predictions, columns=["game_date"]).column(0) if own.predictions.exists() else []
    span = pc.min_max(days).as_py() if len(days) else {"min": "", "max": ""}
    graded = pq.read_metadata(own.grades).num_rows if own.grades.exists() else 0
    return Summary(own.name, own.kind, len(days), graded, str(span["min"]), str(span["max"]), own.origin)
