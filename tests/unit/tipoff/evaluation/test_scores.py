"""Scores against published values and simulations whose answer is known."""

import numpy as np
import pytest

from functions.predict.distribution import medians, pmf_of_roots
from tipoff.evaluation import scores


def test_crps_of_a_sure_thing_is_its_distance():
    """All mass on one score: CRPS is the distance to the result, and the log score is 0 if right."""
    sure = np.zeros((2, 81))
    sure[:, 20] = 1.0
    assert scores.crps(sure, np.array([20.0, 27.0])).tolist() == [0.0, 7.0]
    assert scores.log_score(sure, np.array([20.0, 20.0])) == pytest.approx([0.0, 0.0])


def test_calibration_slope_shows_overconfidence():
    """True probabilities have a slope of one, those with doubled log-odds one half."""
    rng = np.random.default_rng(1)
    logit = rng.normal(0, 1, 40_000)
    hit = (rng.random(40_000) < 1 / (1 + np.exp(-logit))).astype(float)
    assert scores.calibration_slope(1 / (1 + np.exp(-logit)), hit)[0] == pytest.approx(1.0, abs=0.05)
    assert scores.calibration_slope(1 / (1 + np.exp(-2 * logit)), hit)[0] == pytest.approx(0.5, abs=0.03)


def test_the_slopes_standard_error_is_its_deviation():
    """Over many simulations the slope's standard deviation is its stated standard error."""
    rng = np.random.default_rng(4)
    fits = []
    for _ in range(200):
        logit = rng.normal(0, 0.5, 800)
        hit = (rng.random(800) < 1 / (1 + np.exp(-logit))).astype(float)
        fits.append(scores.calibration_slope(1 / (1 + np.exp(-logit)), hit))
    slopes, errors = np.array(fits).T
    assert slopes.std() == pytest.approx(errors.mean(), rel=0.15)


def test_wilson_equals_the_published_interval():
    """8 of 10 is 49.0 to 94.3 % (Newcombe 1998's formula)."""
    assert scores.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-4)


def test_distribution_of_roots_has_its_quantiles_where_its_draws_are():
    """Of results drawn from the normal root half are below the median, four fifths inside the interval."""
    rng = np.random.default_rng(2)
    mean, std = rng.uniform(3.5, 6, 20_000), np.full(20_000, 0.7)
    points = np.maximum(np.round(rng.normal(mean, std) ** 2 - 6), 0)
    pmf = pmf_of_roots(mean, std)
    low, high = scores.interval(pmf, 0.1, 0.9)
    assert ((points >= low) & (points <= high)).mean() == pytest.approx(0.8, abs=0.012)
    assert (points < medians(pmf)).mean() == pytest.approx(0.5, abs=0.015)
