"""The evaluation of a home: each system beside the baselines, on its own rows and on those common to all; by parts."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from tipoff.evaluation import baselines, claims
from tipoff.evaluation.graded_rows import BASE, Rows, common, paired
from tipoff.evaluation.metrics import beside, claimed_ev, figures, staked

By = Literal["system", "side", "line", "tier", "book", "age", "ev", "month"]
LINE_EDGES = (0.0, 10.0, 15.0, 20.0, 25.0, 81.0)
TIER_EDGES = (0.0, 8.0, 16.0, 25.0, 81.0)  # of points that the moving average predicts
AGE_EDGES = (0.0, 15.0, 60.0, 120.0, 360.0, np.inf)  # minutes
EV_EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, np.inf)  # claimed profit per unit
MIN_ROWS = 30  # of a plot
FULL = 0.98  # of the rows of the system that predicted most: one with fewer is not compared side by side


def evaluate(
    systems: Mapping[str, Rows], by: By = "system", rates: Mapping[int, float] | None = None
) -> list[dict[str, Any]]:
    """Figures per system and part, on all of the system's own rows, and beside the best baseline for each score.

    The baselines are scored on the same rows, the moving average also on those that it predicted too
    (`moving_average_rows`). `rates` are last season's shares of overs (see `baselines.over_rates`).
    """
    figures_of_parts = []
    for name, rows in systems.items():
        part = parts(rows, systems.get(BASE, rows), by)
        scored = _scored(name, systems, rates or {})
        for label in sorted(set(part.tolist())):
            chosen = part == label
            some = rows.only(chosen)
            base = beside(BASE, some, systems[BASE]) if BASE in systems else {}
            best = baselines.beside_best(baselines.part(scored, chosen), some.days)
            figures_of_parts.append({by: label, "system": name, **figures(some), **base, **best})
    return [row | _words(row) for row in figures_of_parts]


def beside_baselines(systems: Mapping[str, Rows], rates: Mapping[int, float]) -> list[dict[str, Any]]:
    """Every system beside every baseline, on the rows that the baseline covers."""
    return [
        {"system": name, **compared}
        for name, rows in systems.items()
        for compared in baselines.beside_each(_scored(name, systems, rates), rows.days)
    ]


def _scored(name: str, systems: Mapping[str, Rows], rates: Mapping[int, float]) -> baselines.Scored:
    """The scores of a system and of its baselines; a system is no baseline of itself."""
    return baselines.scored(systems[name], {s: r for s, r in systems.items() if s != name}, rates)


def _words(row: Mapping[str, Any]) -> dict[str, str]:
    """The word that each lead on the best baseline may carry."""
    found = {figure: claims.of(row, figure) for figure in claims.NAMES}
    return {f"{figure}_word": claim.word for figure, claim in found.items() if claim}


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
        "side": lambda: np.where(staked(rows), rows.picks, "no bet").astype(object),
        "book": lambda: rows.books,
        "age": lambda: np.where(np.isnan(rows.age), "unknown", _ranges(rows.age, AGE_EDGES, "{:03.0f}", " min")),
        "ev": lambda: np.where(staked(rows), _ranges(claimed_ev(rows), EV_EDGES, "{:04.0%}", ""), "no bet"),
        "month": lambda: rows.days.astype("datetime64[M]").astype(str).astype(object),
    }
    return edges[by]()


def _base_means(rows: Rows, base: Rows) -> Any:
    mine, theirs = paired(rows, base)
    known = dict(zip(mine.keys, theirs.mean.tolist(), strict=True))
    return np.array([known.get(key, own) for key, own in zip(rows.keys, rows.mean.tolist(), strict=True)])


def _bucket(values: Any, edges: tuple[float, ...]) -> Any:
    return _ranges(values, edges, "{:02.0f}", "")


def _ranges(values: Any, edges: tuple[float, ...], form: str, unit: str) -> Any:
    """The range (n,) that each value is in, from its low end to below its high end; NaN is in any."""
    names = np.array([_range(low, high, form) + unit for low, high in pairwise(edges)], dtype=object)
    return names[np.clip(np.digitize(values, edges) - 1, 0, len(names) - 1)]


def _range(low: float, high: float, form: str) -> str:
    return f"{form.format(low)}-{form.format(high)}" if np.isfinite(high) else f"{form.format(low)} and more"
