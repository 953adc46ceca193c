"""All figures of one system on some rows, beside the market's on exactly the same rows. Pure."""

from typing import Any

import numpy as np

from functions.predict.distribution import Floats
from tipoff.evaluation import scores
from tipoff.evaluation.rows import Rows
from tipoff.measures import MIDDLE, interval


def figures(rows: Rows) -> dict[str, Any]:
    """Points: MAE of the median and of the mean, RMSE, bias, CRPS, log score, coverage; chances; bets."""
    errors = rows.mean - rows.points
    ours, market = np.abs(rows.median() - rows.points), np.abs(rows.line - rows.points)
    low, high = interval(rows.pmf, *MIDDLE)
    return {
        "rows": len(rows),
        "mae": float(ours.mean()),
        "line_mae": float(market.mean()),
        "mae_against_line": float((ours - market).mean()),
        "mae_against_line_95": scores.paired_interval(ours - market, _days(rows)),
        "mae_of_mean": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
        "bias": float(errors.mean()),
        "crps": float(scores.crps(rows.pmf, rows.points).mean()),
        "log_score": float(scores.log_score(rows.pmf, rows.points).mean()),
        "coverage_80": float(((rows.points >= low) & (rows.points <= high)).mean()),
        **_chances(rows),
        **_bets(rows),
    }


def _days(rows: Rows) -> Floats:
    return rows.days.astype(np.int64).astype(np.float64)


def market_chance(rows: Rows) -> Floats:
    """The market's P(over) (n,), its margin shared in proportion; one half where a price is not known."""
    over, under = 1.0 / rows.over_price, 1.0 / rows.under_price
    known = ~np.isnan(over) & ~np.isnan(under)
    return np.where(known, over / np.where(known, over + under, 1.0), 0.5)


def _chances(rows: Rows) -> dict[str, Any]:
    decided = rows.only(rows.points != rows.line)
    if not len(decided):
        return {}
    hit, chance = (decided.points > decided.line).astype(np.float64), decided.over()
    ours, market = (chance - hit) ** 2, (market_chance(decided) - hit) ** 2
    right = int(((chance > 0.5) == (hit > 0.5)).sum())  # noqa: PLR2004 - the likelier side
    return {
        "decided": len(decided),
        "brier": float(ours.mean()),
        "market_brier": float(market.mean()),
        "brier_against_market": float((ours - market).mean()),
        "brier_against_market_95": scores.paired_interval(ours - market, _days(decided)),
        "calibration_slope": scores.calibration_slope(chance, hit),
        "hit_rate": right / len(decided),
        "hit_rate_95": scores.wilson(right, len(decided)),
    }


def gains(rows: Rows) -> Floats:
    """What each pick with a price won per unit staked (m,), in the order of the rows; a push is 0."""
    over = rows.picks == "OVER"
    price = np.where(over, rows.over_price, rows.under_price)
    staked = np.isin(rows.picks.astype(str), ("OVER", "UNDER")) & ~np.isnan(price)
    won = np.where(over, rows.points > rows.line, rows.points < rows.line)
    result = np.where(rows.points == rows.line, 0.0, np.where(won, price - 1.0, -1.0))
    found: Floats = result[staked]
    return found


def _bets(rows: Rows) -> dict[str, Any]:
    gain = gains(rows)
    if not len(gain):
        return {"bets": 0}
    found = {
        "bets": len(gain),
        "roi": float(gain.mean()),
        "roi_95": scores.paired_interval(gain, np.arange(len(gain), dtype=np.float64)),
        "bets_until_known": scores.bets_until_known(gain),
    }
    moved = np.where(rows.picks == "OVER", rows.line - rows.opening, rows.opening - rows.line)
    picked = np.isin(rows.picks.astype(str), ("OVER", "UNDER")) & ~np.isnan(rows.opening)
    if picked.any():
        found["line_moved_our_way"] = float(moved[picked].mean())
    return found
