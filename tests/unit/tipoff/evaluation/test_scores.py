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


def test_distribution_of_roots_has_its_quantiles_where_its_draws_are():
    """Of results drawn from the normal root half are below the median, four fifths inside the interval."""
    rng = np.random.default_rng(2)
    mean, std = rng.uniform(3.5, 6, 20_000), np.full(20_000, 0.7)
    points = np.maximum(np.round(rng.normal(mean, std) ** 2 - 6), 0)
    pmf = pmf_of_roots(mean, std)
    low, high = scores.interval(pmf, 0.1, 0.9)
    assert ((points >= low) & (points <= high)).mean() == pytest.approx(0.8, abs=0.012)
    assert (points < medians(pmf)).mean() == pytest.approx(0.5, abs=0.015)
