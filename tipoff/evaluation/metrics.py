"""All figures of one system, another system's on the same rows, and its bets beside blind ones. Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.predict.bets import expected_value
from functions.predict.distribution import Floats, chances
from tipoff.evaluation import clv, intervals, scores
from tipoff.evaluation.graded_rows import Rows, paired


def figures(rows: Rows) -> dict[str, Any]:
    """Of points: MAE of the median and of the mean, RMSE, bias, CRPS, log score, coverage; of P(over); of bets."""
    errors = rows.mean - rows.points
    return {
        "rows": len(rows),
        "dates": len(np.unique(rows.days)),
        "mae": float(absolute_errors(rows).mean()),
        "line_mae": float(np.abs(rows.line - rows.points).mean()),
        "mae_of_mean": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt((errors**2).mean())),
        "bias": float(errors.mean()),
        "crps": float(scores.crps(rows.pmf, rows.points).mean()),
        "log_score": float(scores.log_score(rows.pmf, rows.points).mean()),
        "coverage_80": scores.covered_80(rows.pmf, rows.points),
        **_chances(rows),
        **_bets(rows),
    }


def beside(name: str, rows: Rows, other: Rows) -> dict[str, Any]:
    """On the player-games that both systems predicted: their number, the other's MAE, and its MAE less ours."""
    mine, theirs = paired(rows, other)
    if not len(mine):
        return {f"{name}_rows": 0}
    return {
        f"{name}_rows": len(mine),
        f"{name}_mae": float(absolute_errors(theirs).mean()),
        **intervals.of_mean(f"lead_on_{name}", absolute_errors(theirs) - absolute_errors(mine), mine.days),
    }


def absolute_errors(rows: Rows) -> Floats:
    """Absolute errors (n,) of the distributions' medians, in points."""
    return scores.absolute_error(rows.pmf, rows.points)


def _chances(rows: Rows) -> dict[str, Any]:
    decided = rows.only(rows.points != rows.line)
    if not len(decided):
        return {}
    over, chance = decided.points > decided.line, decided.over()
    right = (chance > 0.5) == over  # noqa: PLR2004 - the likelier side
    return {
        "decided": len(decided),
        "brier": float(scores.brier(chance, decided.points, decided.line).mean()),
        "over_rate": float(over.mean()),
        **intervals.of_slope("calibration_slope", chance, over.astype(np.float64), decided.days),
        **intervals.of_share("hit_rate", right, decided.days),
    }


def staked(rows: Rows) -> NDArray[np.bool_]:
    """Which rows (n,) are picks with a price."""
    is_bet: NDArray[np.bool_] = np.isin(rows.picks.astype(str), ("OVER", "UNDER")) & ~np.isnan(rows.best_price)
    return is_bet


def gains(rows: Rows) -> Floats:
    """The profit per unit staked (m,) of each pick at its best line and price, in the rows' order; a push is 0."""
    bets = rows.only(staked(rows))
    return paid(bets.picks == "OVER", bets.points - bets.best_line, bets.best_price)


def paid(over: NDArray[np.bool_], beyond: Floats, price: Floats) -> Floats:
    """The profit per unit staked (n,) of bets on the over, or else the under; `beyond` is points less the line."""
    won = np.where(over, beyond > 0.0, beyond < 0.0)
    return np.where(beyond == 0.0, 0.0, np.where(won, price - 1.0, -1.0))


def _bets(rows: Rows) -> dict[str, Any]:
    gain = gains(rows)
    if not len(gain):
        return {"bets": 0}
    bets = rows.only(staked(rows))
    measured = intervals.of_mean("roi", gain, bets.days)
    needed = intervals.rows_to_significance(measured["roi"], measured["roi_95"], len(gain))
    claimed = claimed_ev(bets)
    return {
        "bets": len(gain),
        "bet_dates": len(np.unique(bets.days)),
        "bets_over": int((bets.picks == "OVER").sum()),
        **measured,
        "claimed_ev": float(claimed.mean()),
        **intervals.of_mean("roi_less_claimed", gain - claimed, bets.days),
        "bets_to_significance": needed,
        "more_bets_to_significance": max(needed - len(gain), 0.0),
        **beside_blind(rows),
        **_line_move(bets),
        **clv.figures(bets),
    }


def claimed_ev(bets: Rows) -> Floats:
    """The mean profit per unit (n,) that the distributions claim of these picks at their best lines and prices."""
    over, push, under = chances(bets.pmf, bets.best_line)
    return expected_value(np.where(bets.picks == "OVER", over, under), push, bets.best_price)


def beside_blind(rows: Rows) -> dict[str, Any]:
    """ROI of the picks at the line's own price, of blind over and under at the same prices, and the lead on the better.

    The blind bets are one unit on the same side of every row with both prices; the picks are those among these rows.
    """
    prices = ~np.isnan(rows.over_price + rows.under_price)
    beyond = np.where(prices, rows.points - rows.line, np.nan)
    blind = {
        side: np.where(prices, paid(np.full(len(rows), side == "OVER"), beyond, price), np.nan)
        for side, price in (("OVER", rows.over_price), ("UNDER", rows.under_price))
    }
    picked = np.where(rows.picks == "OVER", blind["OVER"], np.where(rows.picks == "UNDER", blind["UNDER"], np.nan))
    if np.isnan(picked).all():
        return {}
    roi = {side: float(np.nanmean(gain)) for side, gain in blind.items()}
    best = max(roi, key=lambda side: roi[side])
    return {
        "roi_at_line": float(np.nanmean(picked)),
        "blind_over_roi": roi["OVER"],
        "blind_under_roi": roi["UNDER"],
        "roi_best": f"blind {best}",
        **intervals.of_lead("roi_lead", picked, blind[best], rows.days),
    }


def _line_move(bets: Rows) -> dict[str, Any]:
    """How far the lines moved in favour of the bets from the opening until the prediction."""
    moved = np.where(bets.is_over, bets.line - bets.opening, bets.opening - bets.line)
    known = ~np.isnan(moved)
    return {"line_moved_our_way": float(moved[known].mean())} if known.any() else {}
