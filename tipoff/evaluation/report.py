"""The evaluation of a home: each system on its own rows and on those common to all; split by line, book and so on."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from tipoff.evaluation.graded_rows import BASE, MARKET, Rows, common, paired
from tipoff.evaluation.metrics import beside, beside_market, figures

By = Literal["system", "line", "tier", "book", "month"]
LINE_EDGES = (0.0, 10.0, 15.0, 20.0, 25.0, 81.0)
TIER_EDGES = (0.0, 8.0, 16.0, 25.0, 81.0)  # of points that the moving average predicts
MIN_ROWS = 30
FULL = 0.98  # of the rows of the system that predicted most: one with fewer is not compared side by side


def evaluate(systems: Mapping[str, Rows], by: By = "system") -> list[dict[str, Any]]:
    """Figures per system and part, on all of the system's own rows.

    The line and the market are scored on the same rows, the moving average on those that it predicted too
    (`moving_average_rows`). Parts of fewer than 30 rows are left out.
    """
    figures_of_parts = []
    for name, rows in systems.items():
        part = parts(rows, systems.get(BASE, rows), by)
        for label in sorted(set(part.tolist())):
            chosen = part == label
            if chosen.sum() < MIN_ROWS:
                continue
            some = rows.only(chosen)
            base = beside(BASE, some, systems[BASE]) if BASE in systems else {}
            figures_of_parts.append({by: label, "system": name, **figures(some), **base})
    return figures_of_parts


def beside_the_market(systems: Mapping[str, Rows]) -> list[dict[str, Any]]:
    """Every system on the player-games that the market's distribution covers, the best CRPS first; none without it."""
    market = systems.get(MARKET)
    compared = [
        {"system": s, **beside_market(r, market)} for s, r in systems.items() if market is not None and s != MARKET
    ]
    return sorted((r for r in compared if r["rows"]), key=lambda r: -r["crps_lead"])


def side_by_side(systems: Mapping[str, Rows], shown: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Every system on the rows that all of them predicted, best first, each against `shown`; and those left out.

    A system with fewer than 98 % of the rows of the one that predicted most is left out, so that it does not shrink the
    common rows.
    """
    most = max((len(r) for r in systems.values()), default=0)
    enough = {s: r for s, r in systems.items() if len(r) >= FULL * most}
    same = {s: r for s, r in common(enough).items() if len(r)}
    compared = [{"system": s, **figures(r), **beside("shown", r, same.get(shown, r))} for s, r in same.items()]
    return sorted(compared, key=lambda r: r["mae"]), sorted(set(systems) - set(enough))


def parts(rows: Rows, base: Rows, by: By) -> Any:
    """The label (n,) of each row's part; tiers are of the moving average's prediction, or else of the system's own."""
    edges: dict[str, Callable[[], Any]] = {
        "system": lambda: np.full(len(rows), "all", dtype=object),
        "line": lambda: _bucket(rows.line, LINE_EDGES),
        "tier": lambda: _bucket(_base_means(rows, base), TIER_EDGES),
        "book": lambda: rows.books,
        "month": lambda: rows.days.astype("datetime64[M]").astype(str).astype(object),
    }
    return edges[by]()


def _base_means(rows: Rows, base: Rows) -> Any:
    mine, theirs = paired(rows, base)
    known = dict(zip(mine.keys, theirs.mean.tolist(), strict=True))
    return np.array([known.get(key, own) for key, own in zip(rows.keys, rows.mean.tolist(), strict=True)])


def _bucket(values: Any, edges: tuple[float, ...]) -> Any:
    names = np.array([f"{low:02.0f}-{high:02.0f}" for low, high in pairwise(edges)], dtype=object)
    return names[np.clip(np.digitize(values, edges) - 1, 0, len(names) - 1)]
