"""Odds: every conversion by hand."""

import numpy as np
import pytest

from shared.rules import odds

AMERICAN = np.array([-110, 150, 100, -250, -100, np.nan])


def test_american_odds_as_decimal_prices() -> None:
    """-110 returns 210 of 110 staked, +150 returns 250 of 100; even money is 2; an unknown price stays unknown."""
    expected = [210 / 110, 2.5, 2.0, 1.4, 2.0, np.nan]
    assert odds.decimal(AMERICAN) == pytest.approx(expected, nan_ok=True)


def test_american_odds_there_and_back() -> None:
    """-110 is 1.909, +150 is 2.5, even money is +100, an unknown price stays unknown."""
    prices = np.array([-110, 150, 100, -250, np.nan])
    assert odds.decimal(prices)[:2] == pytest.approx([1 + 10 / 11, 2.5])
    np.testing.assert_array_equal(odds.american(odds.decimal(prices)), prices)


def test_american_odds_are_whole() -> None:
    """1.526 is -190.1, 3.333 is +233.3, and 2.0 is +100, not -100."""
    np.testing.assert_array_equal(odds.american(np.array([1.526, 3.333, 2.0])), [-190, 233, 100])


def test_implied_chances_include_the_margin() -> None:
    """-110 breaks even at 110 of 210, +150 at 100 of 250; both sides of -110 add up to more than one."""
    expected = [110 / 210, 0.4, 0.5, 250 / 350, 0.5, np.nan]
    assert odds.implied(AMERICAN) == pytest.approx(expected, nan_ok=True)
    assert odds.implied(AMERICAN) == pytest.approx(1 / odds.decimal(AMERICAN), nan_ok=True)


def test_the_markets_chance_is_without_its_margin() -> None:
    """Equal prices are one half; 1.5 and 2.6 are 0.634; one price alone says nothing."""
    over, under = np.array([1.9, 1.5, np.nan, 1.9]), np.array([1.9, 2.6, 1.9, np.nan])
    expected = [0.5, 0.634146, np.nan, np.nan]
    assert odds.market_chance(over, under) == pytest.approx(expected, abs=1e-6, nan_ok=True)


def test_odds_that_pay_at_least_a_price_are_rounded_up() -> None:
    """1.93 is -107.5: -107 pays at least as much, -108 less; prices that are whole odds stay."""
    assert odds.american_at_least(np.array([1.93, 2.505, 2.5, 1.0 + 100.0 / 110.0])).tolist() == [-107, 151, 150, -110]


@pytest.mark.parametrize(
    ("price", "expected"),
    [(-110, -110), (100, 100), (2.0, 100), (1.5, -200), (3.3, 230), (1.0, None), (0, None), (-50, None)],
)
def test_a_price_is_american_or_decimal_by_its_size(price: float, expected: int | None) -> None:
    """American from 100 on, decimal below; None for a price that is neither."""
    assert odds.american_of(price) == expected
