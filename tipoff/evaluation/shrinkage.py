"""How much of a system's disagreement with the market came true: the slope by which stakes shrink its chances. Pure."""

import numpy as np
from numpy.typing import NDArray

from functions.predict.distribution import Floats
from shared.rules.stakes import log_odds
from tipoff.evaluation.intervals import Days, Interval, clustered

_STEPS = 25  # of Newton's method


def slope(chance: Floats, market: Floats, hit: NDArray[np.bool_], days: Days) -> tuple[float, Interval]:
    """The slope b in log-odds(hit) = log-odds(market) + b (log-odds(chance) - log-odds(market)), and its interval.

    Of P(over | no push) by the system and by the market's no-vig prices (n,). 1: all of the disagreement came true, 0:
    nothing of it. NaN where there is no disagreement.
    """
    offset = log_odds(market)
    apart = log_odds(chance) - offset
    if not apart.any():
        return float("nan"), "the chances are the market's"
    found = 0.0
    for _ in range(_STEPS):
        fitted = 1.0 / (1.0 + np.exp(-(offset + found * apart)))
        score, information = apart * (hit - fitted), float((apart**2 * fitted * (1.0 - fitted)).sum())
        found += float(score.sum()) / information
    return found, clustered(found, score / information, days)
