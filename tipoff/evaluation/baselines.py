"""What a system must beat: simple predictions for the same player-games, and their scores beside the system's. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.predict import consensus
from functions.predict.distribution import SIZE, Floats, chances
from shared.adapters.local.readers import HomeRows
from shared.rules import odds
from shared.rules.dates import season_year
from tipoff.evaluation import intervals, scores
from tipoff.evaluation.graded_rows import BASE, MARKET, Rows

LINE, BELOW, QUOTE, OVER_RATE = "line", "line - 0.5", "line's price", "last season's over rate"
FULL = 0.98  # of the rows: a baseline that covers fewer cannot be the best one
SCORES = ("mae", "crps", "log_score", "brier")  # of all of them smaller is better

Scored = Mapping[str, Mapping[str, Floats]]  # by score and baseline (n,), NaN where there is none; "" is the system

_OVER_RATES = """
SELECT f.game_date, COUNT(*) FILTER (actual.points > f.line) AS over,
  COUNT(*) FILTER (actual.points <> f.line) AS decided
FROM nba_precompute.ml_feature_store_v2 AS f
JOIN nba_analytics.player_game_summary AS actual ON actual.game_id = f.game_id AND actual.player_id = f.player_id
WHERE f.line IS NOT NULL AND actual.seconds_played > 0
GROUP BY ALL
"""


def over_rates(tables: HomeRows) -> dict[int, float]:
    """By the year in which a season starts: the share of the season before whose points were above the line."""
    return rates_of((row["game_date"], row["over"], row["decided"]) for row in tables.read(_OVER_RATES).to_pylist())


def rates_of(counts: Iterable[tuple[date, int, int]]) -> dict[int, float]:
    """The same from each date's number of overs and of decided lines."""
    over, decided = Counter[int](), Counter[int]()
    for day, above, count in counts:
        after = season_year(day) + 1
        over[after] += above
        decided[after] += count
    return {year: over[year] / count for year, count in decided.items() if count}


def scored(rows: Rows, systems: Mapping[str, Rows], rates: Mapping[int, float]) -> Scored:
    """Each score of the system's rows (n,), and of each baseline for the same player-games.

    `systems` has the market and the moving average, `rates` last season's share of overs by season.
    """
    whole = {name: systems[name] for name in (MARKET, BASE) if name in systems}
    pmfs = {
        LINE: _implied(rows.line, np.full(len(rows), 0.5)),
        BELOW: _implied(rows.line - 0.5, np.full(len(rows), 0.5)),
        QUOTE: _implied(rows.line, odds.market_chance(rows.over_price, rows.under_price)),
        **{name: _aligned(rows, other) for name, other in whole.items()},
    }
    errors = {LINE: np.abs(rows.line - rows.points), BELOW: np.abs(rows.line - 0.5 - rows.points)}
    found: dict[str, dict[str, Floats]] = {
        "mae": {"": scores.absolute_error(rows.pmf, rows.points)} | errors,
        "crps": {"": scores.crps(rows.pmf, rows.points)},
        "log_score": {"": scores.log_score(rows.pmf, rows.points)},
        "brier": {"": scores.brier(rows.over(), rows.points, rows.line)},
    }
    for name, pmf in pmfs.items():
        if name not in errors:
            found["mae"][name] = scores.absolute_error(pmf, rows.points)
        found["crps"][name] = scores.crps(pmf, rows.points)
        found["log_score"][name] = scores.log_score(pmf, rows.points)
        over, _, under = chances(pmf, rows.line)
        found["brier"][name] = scores.brier(over / (over + under), rows.points, rows.line)
    rate = _by_season(rows.days, rates)
    found["brier"][OVER_RATE] = scores.brier(rate, rows.points, rows.line)
    return found


def part(found: Scored, chosen: Any) -> Scored:
    """The scores of the chosen rows only."""
    return {score: {name: values[chosen] for name, values in names.items()} for score, names in found.items()}


def beside_each(found: Scored, days: intervals.Days) -> list[dict[str, Any]]:
    """Per baseline its scores and our lead on it, on the rows that it covers; above zero is better than it."""
    names = dict.fromkeys(name for by_name in found.values() for name in by_name if name)
    compared = []
    for name in names:
        figures: dict[str, Any] = {"baseline": name}
        for score, by_name in found.items():
            if name in by_name:
                figures |= _lead(score, by_name[""], by_name[name], days)
        compared.append(figures)
    return [figures for figures in compared if len(figures) > 1]


def beside_best(found: Scored, days: intervals.Days) -> dict[str, Any]:
    """Per score our lead on the best baseline: the one with the lowest mean, of those that cover 98 % of our rows.

    All on the rows that all of these cover; `{score}_best` names it, `{score}_rows` and `{score}_dates` count. A
    score without any such row is left out.
    """
    figures: dict[str, Any] = {}
    for score, by_name in found.items():
        counts = ~np.isnan(by_name[""])
        if not counts.any():
            continue
        full = {n: v for n, v in by_name.items() if n and (~np.isnan(v[counts])).mean() >= FULL}
        common = np.logical_and.reduce([counts, *(~np.isnan(values) for values in full.values())])
        best = min(full, key=lambda name: float(full[name][common].mean()))
        ours, theirs = (np.where(common, values, np.nan) for values in (by_name[""], full[best]))
        figures |= {f"{score}_best": best, **_lead(score, ours, theirs, days)}
    return figures


def _lead(score: str, ours: Floats, theirs: Floats, days: intervals.Days) -> dict[str, Any]:
    both = ~np.isnan(ours) & ~np.isnan(theirs)
    if not both.any():
        return {}
    return {
        f"{score}_rows": int(both.sum()),
        f"{score}_dates": len(np.unique(days[both])),
        f"{score}_of_baseline": float(theirs[both].mean()),
        **intervals.of_mean(f"{score}_lead", (theirs - ours)[both], days[both]),
    }


def _implied(line: Floats, chance: Floats) -> Floats:
    """The distribution (n, 81) that a line and its P(over) (n,) imply, NaN where either is."""
    pmf, known = np.full((len(line), SIZE), np.nan), ~np.isnan(line + chance)
    each = np.arange(int(known.sum()))
    pmf[known] = consensus.distributions(each, np.zeros_like(each), line[known], chance[known])
    return pmf


def _aligned(rows: Rows, other: Rows) -> Floats:
    """Another system's distributions (n, 81) for our player-games, NaN where it has none."""
    position = {key: i for i, key in enumerate(other.keys)}
    at = np.array([position.get(key, -1) for key in rows.keys], dtype=np.int64)
    return np.where((at >= 0)[:, None], other.pmf[at], np.nan)


def _by_season(days: NDArray[Any], rates: Mapping[int, float]) -> Floats:
    unique, member = np.unique(days, return_inverse=True)
    dates: list[date] = unique.astype("datetime64[D]").tolist()
    rate: Floats = np.array([rates.get(season_year(day), np.nan) for day in dates], dtype=np.float64)[member]
    return rate
