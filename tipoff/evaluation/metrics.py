"""All figures of one system, and the market's and another system's on the same rows. Pure."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from functions.predict.distribution import Floats, chances
from shared.rules import odds
from tipoff.evaluation import clv, intervals, scores
from tipoff.evaluation.graded_rows import Rows, paired


def figures(rows: Rows) -> dict[str, Any]:
    """Of points: MAE of the median and of the mean, RMSE, bias, CRPS, log score, coverage; of P(over); of bets."""
    errors = rows.mean - rows.points
    ours, market = absolute_errors(rows), np.abs(rows.line - rows.points)
    return {
        "rows": len(rows),
        "mae": float(ours.mean()),
        "line_mae": float(market.mean()),
        **intervals.of_mean("mae_against_line", ours - market, rows.days),
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
    """On the player-games that both systems predicted: their number, the other's MAE and ours less the other's."""
    mine, theirs = paired(rows, other)
    if not len(mine):
        return {f"{name}_rows": 0}
    difference = absolute_errors(mine) - absolute_errors(theirs)
    return {
        f"{name}_rows": len(mine),
        f"{name}_mae": float(absolute_errors(theirs).mean()),
        **intervals.of_mean(f"mae_against_{name}", difference, mine.days),
    }


def beside_market(rows: Rows, market: Rows) -> dict[str, Any]:
    """CRPS, log score and Brier score on the player-games that the market's distribution covers: its own, and the lead.

    A lead is the market's score less ours: above zero is better than the market. Brier of P(over) at our rows' lines.
    """
    mine, theirs = paired(rows, market)
    if not len(mine):
        return {"rows": 0}
    figures: dict[str, Any] = {"rows": len(mine)}
    scored: dict[str, Callable[[Rows], Floats]] = {
        "crps": lambda r: scores.crps(r.pmf, r.points),
        "log_score": lambda r: scores.log_score(r.pmf, r.points),
        "brier": lambda r: _brier(r, mine.line),
    }
    for name, score in scored.items():
        ours, its = score(mine), score(theirs)
        counts = ~np.isnan(ours)
        if counts.any():
            figures[name] = float(its[counts].mean())
            figures |= intervals.of_mean(f"{name}_lead", (its - ours)[counts], mine.days[counts])
    return figures


def _brier(rows: Rows, line: Floats) -> Floats:
    """The squared errors of P(over | no push) at these lines (n,); NaN for a push."""
    over, _, under = chances(rows.pmf, line)
    hit = np.where(rows.points == line, np.nan, rows.points > line)
    return (over / (over + under) - hit) ** 2


def absolute_errors(rows: Rows) -> Floats:
    """Absolute errors (n,) of the distributions' medians, in points."""
    return np.abs(rows.median() - rows.points)


def market_chance(rows: Rows) -> Floats:
    """The market's no-vig P(over) (n,); one half where a price is missing."""
    no_vig = odds.market_chance(rows.over_price, rows.under_price)
    return np.where(np.isnan(no_vig), 0.5, no_vig)


def _chances(rows: Rows) -> dict[str, Any]:
    decided = rows.only(rows.points != rows.line)
    if not len(decided):
        return {}
    hit, chance = (decided.points > decided.line).astype(np.float64), decided.over()
    ours, market = (chance - hit) ** 2, (market_chance(decided) - hit) ** 2
    right = (chance > 0.5) == (hit > 0.5)  # noqa: PLR2004 - the likelier side
    return {
        "decided": len(decided),
        "brier": float(ours.mean()),
        "market_brier": float(market.mean()),
        **intervals.of_mean("brier_against_market", ours - market, decided.days),
        **intervals.of_slope("calibration_slope", chance, hit, decided.days),
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
    measured = intervals.of_mean("roi", gain, rows.days[staked(rows)])
    needed = intervals.rows_to_significance(measured["roi"], measured["roi_95"], len(gain))
    return {
        "bets": len(gain),
        **measured,
        "bets_to_significance": needed,
        "more_bets_to_significance": max(needed - len(gain), 0.0),
        **_line_move(rows.only(staked(rows))),
        **clv.figures(rows.only(staked(rows))),
    }


def _line_move(bets: Rows) -> dict[str, Any]:
    """How far the lines moved in favour of the bets from the opening until the prediction."""
    moved = np.where(bets.is_over, bets.line - bets.opening, bets.opening - bets.line)
    known = ~np.isnan(moved)
    return {"line_moved_our_way": float(moved[known].mean())} if known.any() else {}
