"""The straight line: it finds what is there, makes nothing of nothing, and its shares add up."""

import numpy as np
import pytest

from functions.predict import ridge
from functions.predict.ridge import Straight

ROWS = 400


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Four features, the second without bearing on the target, the third always missing, the fourth always alike."""
    rng = np.random.default_rng(1)
    features = np.column_stack([rng.normal(5, 2, ROWS), rng.normal(0, 100, ROWS), np.full(ROWS, np.nan), np.ones(ROWS)])
    return features, 3.0 + 2.0 * features[:, 0]


def test_it_finds_the_slope_that_made_the_target() -> None:
    """Without a prior the slope is exact, and a feature that is missing or never varies has none."""
    features, target = drawn()
    found = ridge.fit(features, target, np.ones(ROWS), 0.0)
    assert found.slopes == pytest.approx([2.0, 0.0, 0.0, 0.0], abs=1e-8)
    assert found.predict(features) == pytest.approx(target, abs=1e-6)


def test_the_prior_draws_slopes_towards_nothing_and_leaves_the_mean() -> None:
    """As many rows against it as for it halve a slope; the average of the predictions stays that of the target."""
    features, target = drawn()
    found = ridge.fit(features, target, np.ones(ROWS), float(ROWS))
    assert found.slopes[0] == pytest.approx(1.0, rel=0.01)
    assert found.predict(features).mean() == pytest.approx(target.mean())


def test_a_row_without_weight_is_not_there() -> None:
    """Rows of weight zero change nothing, whatever they hold."""
    features, target = drawn()
    weights = np.ones(ROWS)
    weights[:100] = 0.0
    changed = target.copy()
    changed[:100] = 1e6
    some = ridge.fit(features[100:], target[100:], weights[100:], 5.0)
    found = ridge.fit(features, changed, weights, 5.0)
    assert found.slopes == pytest.approx(some.slopes, abs=1e-6)
    assert found.constant == pytest.approx(some.constant)


def test_shares_and_constant_add_up_and_a_missing_value_adds_nothing() -> None:
    """What is predicted is the constant and every feature's share; NaN has the share 0."""
    line = Straight(1.0, np.array([2.0, 0.0]), np.array([3.0, 5.0]))
    features = np.array([[4.0, 1.0], [np.nan, 1.0]])
    assert line.shares(features).tolist() == [[6.0, 5.0], [0.0, 5.0]]
    assert line.predict(features).tolist() == [12.0, 6.0]


def test_figures_are_the_line() -> None:
    """Written down and read again it is the same; a figure has nine digits, so that last bits do not matter."""
    features, target = drawn()
    found = ridge.fit(features, target, np.ones(ROWS), 7.0)
    again = ridge.of_figures(found.figures())
    assert again.figures() == found.figures()
    figures = found.figures()
    assert all(v == float(f"{v:.9g}") for values in figures.values() for v in values)
