"""The market's distribution over points: what the quotes of all books together say of a player. Pure.

A quote says P(points > line). On the scale of roots (see `distribution`), where points are normal with mean m and
standard deviation s, its line is at m + s z, with z the normal quantile of 1 - P(over). So m and s are the intercept
and the slope of the lines' roots on z: a regression in which each book weighs the same, whatever the number of its
lines, and s is drawn to SPREAD, which stands alone where there are no alternate lines.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from functions.predict.distribution import SHIFT, Floats, pmf_of_roots

SPREAD = (
    0.72  # of roots: the best log score of 43,936 main lines of 2020-21 to 2022-23, in each season and all together
)
PRIOR_BOOKS = 2.0  # what SPREAD weighs, in books that quote one standard deviation away from the middle
SPREADS = (0.4, 1.2)
Numbers = NDArray[np.int64]


def distributions(player: Numbers, book: Numbers, line: Floats, chance: Floats) -> Floats:
    """P(points = k) (p, 81) of players 0..p-1 from quotes (n,): the player, book, line and no-vig P(over | no push)."""
    root, z = np.sqrt(line + SHIFT), ndtri(1.0 - chance)
    of_book = player * (book.max(initial=0) + 1) + book
    weight = 1.0 / np.bincount(of_book)[of_book]

    def total(values: Floats) -> Floats:
        return np.bincount(player, weight * values).astype(np.float64)

    books, roots, zs = total(np.ones(len(line))), total(root), total(z)
    slope = total(root * z) - roots * zs / books + PRIOR_BOOKS * SPREAD
    spread = np.clip(slope / (total(z * z) - zs * zs / books + PRIOR_BOOKS), *SPREADS)
    return pmf_of_roots((roots - spread * zs) / books, spread)
