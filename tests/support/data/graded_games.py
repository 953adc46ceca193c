"""Simulated player-games with known true distributions, as graded rows."""

from typing import Any

import numpy as np

from functions.predict.distribution import means, medians, pmf_of
from tipoff.evaluation.graded_rows import Rows

_DAY = np.datetime64("2024-01-01")


def rows(count: int, seed: int = 1, off: float = 0.0, **changes: Any) -> Rows:
    """A system with the true distribution, shifted by `off` points; lines with an error of two points, both sides -110."""
    rng = np.random.default_rng(seed)
    true, std = rng.uniform(6, 30, count), np.full(count, 6.5)
    points = _drawn(rng, pmf_of(true, std))
    pmf = pmf_of(true + off, std)
    line = np.floor(medians(pmf_of(true, std)) + rng.normal(0, 2, count)) + 0.5
    unknown = np.full(count, np.nan)
    price = np.full(count, 1 + 10 / 11)
    usual = {
        "keys": [(f"g{i // 10}", i) for i in range(count)],
        "days": _DAY + np.arange(count) // 20,
        "books": np.array(["draftkings", "fanduel"], dtype=object)[np.arange(count) % 2],
        "models": np.full(count, "m", dtype=object),
        "picks": np.where(medians(pmf) > line, "OVER", "UNDER").astype(object),
        "points": points,
        "line": line,
        "age": np.full(count, 10.0),
        "opening": unknown,
        "over_price": price,
        "under_price": price,
        "best_line": line,
        "best_price": price,
        "best_p_over": np.full(count, 0.5),
        "closing": unknown,
        "closing_p_over": unknown,
        "mean": means(pmf),
        "pmf": pmf,
        "reasons": np.full(count, "", dtype=object),
        "is_over": medians(pmf) > line,
        "quality": np.full(count, 100.0),
        "above_season": np.zeros(count),
    }
    return Rows(**{**usual, **changes})


def _drawn(rng: np.random.Generator, pmf: Any) -> Any:
    """One score drawn from each distribution."""
    return (rng.random(len(pmf))[:, None] > np.cumsum(pmf, axis=1)).sum(axis=1).astype(np.float64)
