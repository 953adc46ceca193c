"""The distribution: a whole one, with the mean asked for, from which every line follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.predict.distribution import SIZE, chances, expected_std, means, pmf_of, stds

MEANS = st.floats(0.0, 60.0)
STDS = st.floats(2.0, 12.0)


def one(mean: float, std: float) -> np.ndarray:
    return pmf_of(np.array([mean]), np.array([std]))


@settings(deadline=None)
@given(MEANS, STDS)
def test_chances_of_all_points_add_up_to_one(mean, std):
    """A row is a distribution over 0..80 and more: 81 entries, none negative, sum 1."""
    pmf = one(mean, std)
    assert pmf.shape == (1, SIZE)
    assert (pmf >= 0).all()
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)


@settings(deadline=None)
@given(st.floats(3.0, 60.0))
def test_mean_is_the_one_asked_for(mean):
    """At the usual spread the mean of the distribution is the system's, though scores below zero are cut off."""
    std = expected_std(np.array([mean]), np.array([np.nan]), 10.0)
    assert means(pmf_of(np.array([mean]), std))[0] == pytest.approx(mean, abs=0.02)


def test_spread_of_the_distribution_is_the_one_asked_for():
    """Away from zero the standard deviation is the one asked for, but for the rounding to whole points."""
    assert stds(one(25.0, 8.0))[0] == pytest.approx(8.0, abs=0.06)


def test_more_points_expected_makes_over_likelier():
    """P(over) of a fixed line grows with the mean."""
    expected = np.linspace(5.0, 40.0, 50)
    over, _, _ = chances(pmf_of(expected, np.full(50, 7.0)), np.full(50, 20.5))
    assert (np.diff(over) > 0).all()


@settings(deadline=None)
@given(MEANS, STDS, st.integers(1, 159).map(lambda twice: twice / 2))
def test_over_push_and_under_are_the_sums_of_the_distribution(mean, std, line):
    """For a half line there is no push; for a whole line the push is that one entry."""
    pmf = one(mean, std)
    over, push, under = (float(p[0]) for p in chances(pmf, np.array([line])))
    points = np.arange(SIZE)
    assert over == pytest.approx(pmf[0, points > line].sum(), abs=1e-9)
    assert push == pytest.approx(pmf[0, points == line].sum(), abs=1e-9)
    assert under == pytest.approx(pmf[0, points < line].sum(), abs=1e-9)
    assert over + push + under == pytest.approx(1.0, abs=1e-9)


def test_no_line_gives_no_chance():
    """Without a line all three are NaN, never a made-up half."""
    assert np.isnan(np.array(chances(one(20.0, 6.0), np.array([np.nan])))).all()


def test_own_spread_counts_more_with_more_games():
    """A player's own standard deviation pulls the usual one towards it, the more the more games stand behind it."""
    mean, own = np.array([20.0, 20.0]), np.array([3.0, 3.0])
    few, many = expected_std(mean, own, np.array([5.0, 40.0]))
    usual = expected_std(mean, np.array([np.nan, np.nan]), 10.0)[0]
    assert 3.0 < many < few < usual
