"""Shopping among offers: by hand, and what holds of the best one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.predict.distribution import chances, pmf_of
from functions.predict.shopping import NOWHERE, Offers, both_sides

PMF = pmf_of(np.array([12.0, 20.0, 27.0]), np.array([6.0, 6.5, 7.0]))


def offers(*listed: tuple[int, float, float, float]) -> Offers:
    row, line, over, under = (np.array(values) for values in zip(*listed, strict=True))
    return Offers(row.astype(np.int64), line, over, under)


def test_the_ev_is_the_mean_profit_of_the_side() -> None:
    """By hand from the distribution: an under of row 1 at +120 wins 1.2, an over of row 0 at -125 wins 0.8."""
    found = both_sides(offers((1, 20.5, -140.0, 120.0), (0, 10.0, -125.0, 105.0)), PMF)
    (_, over), (_, push), (below, under) = (x.tolist() for x in chances(PMF[[1, 0]], np.array([20.5, 10.0])))
    assert found.ev_under[1] == pytest.approx(1.2 * below - (1.0 - below))
    assert found.ev_over[0] == pytest.approx(0.8 * over - under)
    assert push > 0.0


def test_of_equal_offers_the_first_is_best_and_rows_without_any_have_none() -> None:
    """The offers come in the map's order of books."""
    found = both_sides(offers((2, 25.5, -110.0, -110.0), (0, 10.5, -110.0, -110.0), (0, 10.5, -110.0, -110.0)), PMF)
    assert found.best_over.tolist() == found.best_under.tolist() == [1, NOWHERE, 0]
    assert np.isnan(found.ev_over).tolist() == np.isnan(found.ev_under).tolist() == [False, True, False]
    nothing = both_sides(Offers(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0)), PMF)
    assert nothing.best_over.tolist() == [NOWHERE] * 3
    assert np.isnan(nothing.ev_under).all()


def test_each_side_is_shopped_for_itself() -> None:
    """The over is best at the lower line, the under at the higher one."""
    found = both_sides(offers((1, 19.5, -110.0, -110.0), (1, 21.5, -110.0, -110.0)), PMF)
    assert (found.best_over[1], found.best_under[1]) == (0, 1)


PRICE = st.sampled_from([-200.0, -130.0, -110.0, 100.0, 125.0, 180.0])
OFFER = st.tuples(st.integers(0, 2), st.integers(8, 30).map(lambda k: k + 0.5), PRICE, PRICE)


@given(listed=st.lists(OFFER, min_size=1, max_size=10))
def test_no_other_offer_gains_more(listed: list[tuple[int, float, float, float]]) -> None:
    """Each row's best offer is its own, and has at least the EV of each other of the row taken alone."""
    made, found = offers(*listed), both_sides(offers(*listed), PMF)
    alone = [both_sides(offers(one), PMF) for one in listed]
    for row in range(3):
        at = np.flatnonzero(made.row == row).tolist()
        assert (found.best_over[row] == NOWHERE) == (not at)
        if at:
            assert {int(found.best_over[row]), int(found.best_under[row])} <= set(at)
            assert found.ev_over[row] == max(alone[i].ev_over[row] for i in at)
            assert found.ev_under[row] == max(alone[i].ev_under[row] for i in at)


@given(line=st.integers(8, 30).map(lambda k: k + 0.5), price=PRICE, row=st.integers(0, 2))
def test_a_better_line_or_price_gains_more(line: float, price: float, row: int) -> None:
    """For an over a lower line, for an under a higher one; and for each a price that pays more."""
    usual, lower, higher, dearer = (
        both_sides(offers((row, at, paid, paid)), PMF)
        for at, paid in ((line, price), (line - 1.0, price), (line + 1.0, price), (line, 200.0))
    )
    assert usual.ev_over[row] < min(lower.ev_over[row], dearer.ev_over[row])
    assert usual.ev_under[row] < min(higher.ev_under[row], dearer.ev_under[row])
