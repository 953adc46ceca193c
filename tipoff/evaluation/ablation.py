"""How much each group of features improved the models that predicted: averages of their cards' figures. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tipoff.evaluation.graded_rows import Rows
from tipoff.evaluation.intervals import Z_95

_FIGURES = ("mae", "crps")


def averaged(systems: Mapping[str, Rows], cards: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """By system, largest first: how much each group improved its models, each weighted by the rows it predicted.

    `models` is how many models the figures come from, `of_rows` the share of the rows that these models predicted. A
    system without such figures is left out. The 95 % intervals treat the models' errors as perfectly correlated,
    because the games held back from them overlap: too wide rather than too narrow.
    """
    known = {card["hash"]: card.get("ablation", {}) for card in cards}
    groups = {s: _of_system(rows, {h: a[s] for h, a in known.items() if a.get(s)}) for s, rows in systems.items()}
    return {s: figures for s, figures in groups.items() if figures}


def _of_system(rows: Rows, by_model: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    counted = {digest: n for digest, n in Counter(rows.models.tolist()).items() if digest in by_model}
    total = sum(counted.values())
    shares = [(n / total, {g["group"]: g for g in by_model[digest]}) for digest, n in counted.items()]
    if not shares:
        return []
    names = [g for g in shares[0][1] if all(g in groups for _, groups in shares)]
    averages = []
    for name in names:
        figures = {
            f: sum(share * groups[name][f] for share, groups in shares) for f in (*_FIGURES, "mae_se", "crps_se")
        }
        intervals = {f"{f}_95": _interval(figures[f], figures[f"{f}_se"]) for f in _FIGURES}
        about = {"how": shares[0][1][name]["how"], "models": len(shares), "of_rows": total / len(rows)}
        averages.append({"group": name, **about, **{f: figures[f] for f in _FIGURES}, **intervals})
    return sorted(averages, key=lambda g: -g["mae"])


def _interval(mean: float, error: float) -> tuple[float, float]:
    return mean - Z_95 * error, mean + Z_95 * error
