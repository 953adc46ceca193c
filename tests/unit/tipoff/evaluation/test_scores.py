"""Scores: against published values, brute force and worlds in which the answer is known."""

import numpy as np
import pytest

from functions.predict.distribution import medians, pmf_of_roots
from tipoff.evaluation import scores


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
    assert scores.calibration_slope(1 / (1 + np.exp(-logit)), hit)[0] == pytest.approx(1.0, abs=0.05)
    assert scores.calibration_slope(1 / (1 + np.exp(-2 * logit)), hit)[0] == pytest.approx(0.5, abs=0.03)


def test_the_slopes_error_is_how_far_it_strays():
    """Over many drawn worlds the slope's spread is the standard error it states."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(200):
        logit = rng.normal(0, 0.5, 800)
        hit = (rng.random(800) < 1 / (1 + np.exp(-logit))).astype(float)
        found.append(scores.calibration_slope(1 / (1 + np.exp(-logit)), hit))
    slopes, errors = np.array(found).T
    assert slopes.std() == pytest.approx(errors.mean(), rel=0.15)


def test_wilson_by_the_book():
    """8 of 10 is 49.0 to 94.3 % (Newcombe 1998's formula)."""
    assert scores.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-4)


def test_distribution_of_roots_has_its_quantiles_where_its_draws_are():
    """Drawn from the normal root itself: half below the median, four fifths inside the interval."""
    rng = np.random.default_rng(2)
    mean, std = rng.uniform(3.5, 6, 20_000), np.full(20_000, 0.7)
    points = np.maximum(np.round(rng.normal(mean, std) ** 2 - 6), 0)
    pmf = pmf_of_roots(mean, std)
    low, high = scores.interval(pmf, 0.1, 0.9)
    assert ((points >= low) & (points <= high)).mean() == pytest.approx(0.8, abs=0.012)
    assert (points < medians(pmf)).mean() == pytest.approx(0.5, abs=0.015)
