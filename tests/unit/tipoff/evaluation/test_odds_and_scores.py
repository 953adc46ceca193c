"""Odds and scores: against published values, brute force and worlds in which the answer is known."""

import numpy as np
import pytest

from functions.predict.distribution import medians, pmf_of_roots
from tipoff.evaluation import odds, scores
from tipoff.measures import interval


@pytest.mark.parametrize("method", ["multiplicative", "additive", "power"])
def test_without_vig_adds_up_and_even_prices_are_even(method):
    """Any method's chances add up to one, and equal prices are one half each."""
    assert sum(odds.without_vig(1.5, 2.6, method)) == pytest.approx(1.0)
    assert odds.without_vig(1.91, 1.91, method) == pytest.approx((0.5, 0.5))


def test_without_vig_by_hand():
    """1.50 and 2.60 by hand: 0.6341 in proportion, 0.6410 with the margin halved, the power between 1 and 1.2."""
    assert odds.without_vig(1.5, 2.6)[0] == pytest.approx((1 / 1.5) / (1 / 1.5 + 1 / 2.6))
    assert odds.without_vig(1.5, 2.6, "additive")[0] == pytest.approx(0.641026, abs=1e-6)
    over, under = odds.without_vig(1.5, 2.6, "power")
    assert np.log(over) / np.log(1 / 1.5) == pytest.approx(np.log(under) / np.log(1 / 2.6))


def test_kelly_and_value_agree_on_the_side_of_zero():
    """-110 breaks even at 11/21: below it no stake and a loss, above it both gain; a push counts for neither."""
    price = odds.decimal(np.array([-110.0, -110.0, 150.0]))
    win = np.array([11 / 21 - 0.01, 11 / 21 + 0.01, 0.3])
    push = np.array([0.0, 0.0, 0.2])
    value, stake = odds.expected_value(win, push, price), odds.kelly(win, push, price)
    assert value[0] < 0 == stake[0]
    assert min(value[1], stake[1]) > 0
    assert (value[2] > 0) == (stake[2] > 0)


def test_crps_of_a_sure_thing_is_its_distance():
    """A distribution with all its mass on one score has a CRPS of the distance, and a log score of 0 when right."""
    sure = np.zeros((2, 81))
    sure[:, 20] = 1.0
    assert scores.crps(sure, np.array([20.0, 27.0])).tolist() == [0.0, 7.0]
    assert scores.log_score(sure, np.array([20.0, 20.0])) == pytest.approx([0.0, 0.0])


def test_calibration_slope_knows_the_bold():
    """True chances have a slope of one; twice their log-odds one half."""
    rng = np.random.default_rng(1)
    logit = rng.normal(0, 1, 40_000)
    hit = (rng.random(40_000) < 1 / (1 + np.exp(-logit))).astype(float)
    assert scores.calibration_slope(1 / (1 + np.exp(-logit)), hit) == pytest.approx(1.0, abs=0.05)
    assert scores.calibration_slope(1 / (1 + np.exp(-2 * logit)), hit) == pytest.approx(0.5, abs=0.03)


def test_wilson_by_the_book():
    """8 of 10 is 49.0 to 94.3 % (Newcombe 1998's formula)."""
    assert scores.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-4)


def test_distribution_of_roots_has_its_quantiles_where_its_draws_are():
    """Drawn from the normal root itself: half below the median, four fifths inside the interval."""
    rng = np.random.default_rng(2)
    mean, std = rng.uniform(3.5, 6, 20_000), np.full(20_000, 0.7)
    points = np.maximum(np.round(rng.normal(mean, std) ** 2 - 6), 0)
    pmf = pmf_of_roots(mean, std)
    low, high = interval(pmf, 0.1, 0.9)
    assert ((points >= low) & (points <= high)).mean() == pytest.approx(0.8, abs=0.012)
    assert (points < medians(pmf)).mean() == pytest.approx(0.5, abs=0.015)
