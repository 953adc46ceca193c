"""What each group of features was worth to the models that predicted: the figures of their cards, averaged. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tipoff.evaluation.graded_rows import Rows

Z = 1.96
_FIGURES = ("mae", "crps")


def averaged(systems: Mapping[str, Rows], cards: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """By system, largest first: what withholding each group cost its models, each model weighing by its rows here.

    `models` and `of_rows` say how many models and which share of the rows the figures speak for; a system none of whose
    models has such figures is left out. The 95 % intervals take the models' errors for one and the same, because the
    games held back from them overlap: too wide rather than too narrow.
    """
    known = {card["hash"]: card.get("ablation", {}) for card in cards}
    found = {s: _of_system(rows, {h: a[s] for h, a in known.items() if a.get(s)}) for s, rows in systems.items()}
    return {s: groups for s, groups in found.items() if groups}


def _of_system(rows: Rows, told: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    counted = {digest: n for digest, n in Counter(rows.models.tolist()).items() if digest in told}
    total = sum(counted.values())
    shares = [(n / total, {g["group"]: g for g in told[digest]}) for digest, n in counted.items()]
    if not shares:
        return []
    names = [g for g in shares[0][1] if all(g in groups for _, groups in shares)]
    found = []
    for name in names:
        figures = {
            f: sum(share * groups[name][f] for share, groups in shares) for f in (*_FIGURES, "mae_se", "crps_se")
        }
        intervals = {f"{f}_95": _interval(figures[f], figures[f"{f}_se"]) for f in _FIGURES}
        about = {"how": shares[0][1][name]["how"], "models": len(shares), "of_rows": total / len(rows)}
        found.append({"group": name, **about, **{f: figures[f] for f in _FIGURES}, **intervals})
    return sorted(found, key=lambda g: -g["mae"])


def _interval(mean: float, error: float) -> tuple[float, float]:
    return mean - Z * error, mean + Z * error
