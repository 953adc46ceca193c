"""Picks: prices, value and turning lines, by hand, by brute force over the distribution, and beside a library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.predict import bets
from functions.predict.distribution import chances, pmf_of
from shared.rules import odds

PMF = pmf_of(np.array([8.0, 21.3, 30.0]), np.array([4.0, 6.5, 8.0]))
LINE = np.array([7.5, 22.0, 24.5])
PRICE = st.floats(1.05, 15.0)


def array(*found: float) -> np.ndarray:
    """Numbers as an array."""
    return np.array(found, dtype=np.float64)


@given(over=PRICE, under=PRICE)
def test_the_markets_chances_add_up_and_keep_the_favourite(over, under):
    """Both sides' chances add up to one, the shorter price is the likelier side, equal prices are one half each."""
    first, second = odds.market_chance(array(over), array(under)), odds.market_chance(array(under), array(over))
    assert first + second == pytest.approx(1.0)
    assert (first - second)[0] * (under - over) >= -1e-9
    assert odds.market_chance(array(over), array(over)) == pytest.approx(0.5)


REFERENCE = {  # P(over) by penaltyblog 1.13.1, multiplicative
    (1.5, 2.6): 0.634146341,
    (1.91, 1.91): 0.5,
    (1.2, 5.0): 0.806451613,
    (2.4, 1.62): 0.402985075,
    (1.05, 11.0): 0.912863071,
}


@pytest.mark.parametrize(("prices", "expected"), REFERENCE.items())
def test_the_markets_chance_beside_reference_figures(prices, expected):
    """The chances that penaltyblog gives for the same prices; the library itself takes 700 MB, so they are listed."""
    assert odds.market_chance(array(prices[0]), array(prices[1])) == pytest.approx(expected, abs=1e-8)


def test_fair_prices_are_worth_nothing():
    """At our own fair prices either side has an expected value of zero, pushes included."""
    over, push, under = chances(PMF, LINE)
    assert push[1] > 0.03
    fair = bets.fair_prices(PMF, LINE)
    for win, price in zip((over, under), fair, strict=True):
        assert bets.expected_value(win, push, price) == pytest.approx(0.0, abs=1e-9)


def test_value_is_the_mean_of_what_would_be_paid():
    """Drawn scores, paid at the price with pushes returned, gain what `expected_value` says."""
    rng = np.random.default_rng(1)
    points = rng.choice(81, 200_000, p=PMF[1] / PMF[1].sum())
    over, push, _ = chances(PMF[1:2], array(22.0))
    paid = np.where(points > 22, 0.91, np.where(points == 22, 0.0, -1.0))
    assert bets.expected_value(over, push, array(1.91))[0] == pytest.approx(paid.mean(), abs=0.008)


def test_edge_is_zero_where_the_market_thinks_as_we_do():
    """Prices that are our fair ones with a margin in proportion leave no edge; a kinder price leaves some."""
    over, push, under = chances(PMF, LINE)
    prices = [p / 1.05 for p in bets.fair_prices(PMF, LINE)]
    market = odds.market_chance(*prices)
    assert bets.edge(over, push, market) == pytest.approx(0.0, abs=1e-9)
    assert bets.edge(under, push, 1 - market) == pytest.approx(0.0, abs=1e-9)
    assert (bets.edge(over, push, odds.market_chance(prices[0] * 1.1, prices[1])) > 0).all()


def test_the_pick_flips_at_its_line():
    """Half a point of line below it the over is likelier, at it the under."""
    at = bets.flip_line(PMF)
    over, _, under = chances(PMF, at)
    assert (over < under).all()
    over, _, under = chances(PMF, at - 1.0)
    assert (over >= under).all()


@given(price=st.floats(1.5, 2.6), is_over=st.booleans(), min_ev=st.floats(0.0, 0.2))
def test_a_pick_is_playable_to_its_line_and_no_further(price, is_over, min_ev):
    """At the line the side has the EV; half-point lines worse by one have not."""
    prices = np.full(3, price)
    at = bets.playable_line(PMF, np.full(3, is_over), prices, min_ev)
    for line, stands in ((at, True), (at + (1 if is_over else -1), False)):
        over, push, under = chances(PMF, line)
        ok = bets.expected_value(over if is_over else under, push, prices) >= min_ev - 1e-12
        assert (ok == stands).all()


def test_no_line_suits_a_side_that_pays_too_little():
    """A price that no chance can beat leaves no line, nor does an unknown one."""
    for price in (1.0001, np.nan):
        assert np.isnan(bets.playable_line(PMF[:1], np.array([True]), array(price), 0.0))[0]


@given(min_ev=st.floats(0.0, 0.2))
def test_at_the_playable_price_the_ev_is_the_least(min_ev):
    """And at a higher price it is more; whole American odds of at least that price have it too."""
    over, push, _ = chances(PMF, LINE)
    price = bets.playable_price(over, push, min_ev)
    assert bets.expected_value(over, push, price) == pytest.approx(min_ev)
    listed = odds.decimal(odds.american_at_least(price))
    assert (bets.expected_value(over, push, listed) >= min_ev - 1e-6).all()
    assert (bets.expected_value(over, push, odds.decimal(odds.american_at_least(price) - 1.0)) < min_ev).all()
    assert bets.playable_price(array(0.0), array(0.0), min_ev) == np.inf


def test_alternate_lines_come_from_the_same_array():
    """Each alternate has the chances that a slate with that line would have; over falls as the line rises."""
    lines = np.arange(15.0, 30.0, 0.5)
    over, push, under = bets.alternates(PMF[1], lines)
    expected = chances(np.repeat(PMF[1:2], len(lines), axis=0), lines)
    np.testing.assert_array_equal(np.array([over, push, under]), np.array(expected))
    assert (np.diff(over) <= 0).all()
