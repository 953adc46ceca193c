"""Importance of feature groups to a model: how much worse it forecasts unseen games if a group is withheld.

The model is not trained again. A group that every player has is permuted among the rows, all its features together:
permutation importance (Breiman 2001; of groups: Fisher, Rudin, Dominici 2019). The market's features are set to missing
instead, as for a player without a line, because another player's line would make no sense. This overstates their
importance for trees that learnt from missing lines which players books leave out. Groups with similar information
replace each other, so the figures do not add up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from functions.predict.distribution import Floats, medians
from shared.contracts.features import FEATURES, GROUPS, MARKET_FEATURES
from tipoff.evaluation.scores import crps
from tipoff.training.examples import QUOTE, Examples, of_table

SEED = 20240229
ENOUGH_LINED = 300  # rows with a line; with fewer of them, all rows are used
PERMUTED, MISSING = "permuted", "missing"
MARKET, PRICES = "the market", "prices and other books"  # the second is the first without the line itself
_GROUPS = {group: tuple(f.name for f in FEATURES.values() if f.group == group) for group in GROUPS}
# Features that every row has, so that they can be permuted.
PLAYER_GROUPS: Mapping[str, tuple[str, ...]] = {g: n for g, n in _GROUPS.items() if g not in (PRICES, MARKET)}
# Features that a row may lack: examples, too, include players without a line.
MARKET_GROUPS: Mapping[str, tuple[str, ...]] = {
    PRICES: ("over_price", "under_price", *_GROUPS[PRICES]),
    MARKET: (*QUOTE, *sorted(MARKET_FEATURES)),
}

Forecaster = Callable[[Examples], Floats]
"""A model's distributions (n, 81) for examples."""


def group_importance(forecast: Forecaster, unseen: Examples, reads: Sequence[str]) -> list[dict[str, Any]]:
    """For each group with a feature that the model `reads`: the rise of the median's MAE and of CRPS, in points.

    On the rows with a line, or all rows if fewer than 300 have one. `mae_se` and `crps_se` are standard errors of the
    mean paired difference, clustered by game date; with a single date there are no figures. Deterministic.
    """
    lined = ~np.isnan(unseen.lines)
    rows = of_table(unseen.rows.filter(pa.array(lined))) if lined.sum() >= ENOUGH_LINED else unseen
    if len(np.unique(rows.dates)) < 2:  # noqa: PLR2004 - a standard error needs two
        return []
    errors, scores = _scored(forecast, rows)
    importances = []
    for group, how, without in _withheld(rows, reads):
        errors_without, scores_without = _scored(forecast, without)
        mae, mae_se = _mean(errors_without - errors, rows.dates)
        score, score_se = _mean(scores_without - scores, rows.dates)
        figures = {"mae": mae, "mae_se": mae_se, "crps": score, "crps_se": score_se}
        importances.append({"group": group, "how": how, "rows": len(rows), **figures})
    return importances


def _withheld(rows: Examples, reads: Sequence[str]) -> Iterator[tuple[str, str, Examples]]:
    """Each group with the rows that lack it."""
    order = pa.array(np.random.default_rng(SEED).permutation(len(rows)))
    for group, features in PLAYER_GROUPS.items():
        if named := [n for n in features if n in reads]:
            yield group, PERMUTED, _replaced(rows, {n: rows.rows.column(n).take(order) for n in named})
    for group, features in MARKET_GROUPS.items():
        if any(n in reads for n in features):
            yield group, MISSING, _replaced(rows, {n: _no_book(rows, n) for n in features})


def _no_book(rows: Examples, name: str) -> Any:
    default = FEATURES[name].default if name in FEATURES else None
    return pa.array([default] * len(rows), rows.rows.column(name).type)


def _replaced(rows: Examples, columns: dict[str, Any]) -> Examples:
    changed = rows.rows
    for name, values in columns.items():
        changed = changed.set_column(changed.column_names.index(name), name, values)
    return of_table(changed)


def _scored(forecast: Forecaster, rows: Examples) -> tuple[Floats, Floats]:
    """Absolute error of the median and CRPS of each row (n,)."""
    pmf = forecast(rows)
    return np.abs(medians(pmf) - rows.points), crps(pmf, rows.points)


def _mean(differences: Floats, dates: Any) -> tuple[float, float]:
    """The mean of differences (n,) and its standard error, clustered by date."""
    mean = float(differences.mean())
    _, member = np.unique(dates, return_inverse=True)
    sums = np.bincount(member, differences - mean)
    return mean, float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(differences))
