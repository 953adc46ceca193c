"""Shopping among offers: by hand, and what holds of the best one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.predict.distribution import Floats, chances, pmf_of
from functions.predict.shopping import NOWHERE, Offers, best, gains

PMF = pmf_of(np.array([12.0, 20.0, 27.0]), np.array([6.0, 6.5, 7.0]))
OVER = np.array([True, False, True])


def offers(*listed: tuple[int, float, float, float]) -> Offers:
    row, line, over, under = (np.array(values) for values in zip(*listed, strict=True))
    return Offers(row.astype(np.int64), line, over, under)


def test_the_gain_is_the_mean_profit_of_the_rows_side() -> None:
    """By hand from the distribution: an under of row 1 at +120 wins 1.2, an over of row 0 at -125 wins 0.8."""
    found = gains(offers((1, 20.5, -140.0, 120.0), (0, 10.0, -125.0, 105.0)), PMF, OVER)
    (_, over), (_, push), (below, under) = (x.tolist() for x in chances(PMF[[1, 0]], np.array([20.5, 10.0])))
    assert found == pytest.approx([1.2 * below - (1.0 - below), 0.8 * over - under])
    assert push > 0.0


def test_of_equal_offers_the_first_is_best_and_rows_without_any_have_none() -> None:
    """The offers come in the map's order of books."""
    listed = offers((2, 25.5, -110.0, -110.0), (0, 10.5, -110.0, -110.0), (0, 10.5, -110.0, -110.0))
    assert best(listed, gains(listed, PMF, OVER), 3).tolist() == [1, NOWHERE, 0]
    nothing = Offers(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
    assert best(nothing, gains(nothing, PMF, OVER), 3).tolist() == [NOWHERE] * 3


PRICE = st.sampled_from([-200.0, -130.0, -110.0, 100.0, 125.0, 180.0])
OFFER = st.tuples(st.integers(0, 2), st.integers(8, 30).map(lambda k: k + 0.5), PRICE, PRICE)


@given(listed=st.lists(OFFER, min_size=1, max_size=10))
def test_no_other_offer_gains_more(listed: list[tuple[int, float, float, float]]) -> None:
    """Each row's best offer is its own, and gains at least as much as each other of the row."""
    made = offers(*listed)
    gain = gains(made, PMF, OVER)
    for row, position in enumerate(best(made, gain, 3).tolist()):
        mine: Floats = gain[made.row == row]
        assert (position == NOWHERE) == (len(mine) == 0)
        if len(mine):
            assert made.row[position] == row
            assert gain[position] == mine.max()


@given(line=st.integers(8, 30).map(lambda k: k + 0.5), price=PRICE, row=st.integers(0, 2))
def test_a_better_line_or_price_gains_more(line: float, price: float, row: int) -> None:
    """For an over a lower line, for an under a higher one; and for each a price that pays more."""
    step = -1.0 if OVER[row] else 1.0
    usual, easier, dearer = gains(
        offers((row, line, price, price), (row, line + step, price, price), (row, line, 200.0, 200.0)), PMF, OVER
    )
    assert usual < min(easier, dearer)
