"""The whole evaluation of a home: per system on common rows, and split by line, tier, book or month."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from tipoff.evaluation.metrics import figures
from tipoff.evaluation.rows import BASE, Rows

By = Literal["system", "line", "tier", "book", "month"]
LINE_EDGES = (0.0, 10.0, 15.0, 20.0, 25.0, 81.0)
TIER_EDGES = (0.0, 8.0, 16.0, 25.0, 81.0)  # of points predicted
MIN_ROWS = 30


def evaluate(systems: Mapping[str, Rows], by: By = "system") -> list[dict[str, Any]]:
    """One mapping of figures per system and part, the moving average's error on the same rows beside it."""
    found = []
    for name, rows in systems.items():
        part = _parts(systems[BASE] if by == "tier" else rows, by)
        for label in sorted(set(part.tolist())):
            chosen = part == label
            if chosen.sum() < MIN_ROWS:
                continue
            base = systems[BASE].only(chosen)
            beside = {"moving_average_mae": float(np.abs(base.median() - base.points).mean())}
            found.append({"system": name, by: label, **figures(rows.only(chosen)), **beside})
    return found


def _parts(rows: Rows, by: By) -> Any:
    edges: dict[str, Callable[[], Any]] = {
        "system": lambda: np.full(len(rows), "all", dtype=object),
        "line": lambda: _bucket(rows.line, LINE_EDGES),
        "tier": lambda: _bucket(rows.mean, TIER_EDGES),
        "book": lambda: rows.books,
        "month": lambda: rows.days.astype("datetime64[M]").astype(str).astype(object),
    }
    return edges[by]()


def _bucket(values: Any, edges: tuple[float, ...]) -> Any:
    names = np.array([f"{low:02.0f}-{high:02.0f}" for low, high in pairwise(edges)], dtype=object)
    return names[np.clip(np.digitize(values, edges) - 1, 0, len(names) - 1)]
