"""The ridge regression: it recovers a slope, shrinks it by its prior, and its contributions add up."""

import numpy as np
import pytest

from functions.predict import ridge
from functions.predict.ridge import Ridge

ROWS = 400


def drawn_rows() -> tuple[np.ndarray, np.ndarray]:
    """Four features: the second does not affect the target, the third is always missing, the fourth never varies."""
    rng = np.random.default_rng(1)
    features = np.column_stack([rng.normal(5, 2, ROWS), rng.normal(0, 100, ROWS), np.full(ROWS, np.nan), np.ones(ROWS)])
    return features, 3.0 + 2.0 * features[:, 0]


def test_it_finds_the_slope_that_made_the_target() -> None:
    """Without a prior the slope is exact, and a feature that is missing or never varies has none."""
    features, target = drawn_rows()
    model = ridge.fit(features, target, np.ones(ROWS), 0.0)
    assert model.slopes == pytest.approx([2.0, 0.0, 0.0, 0.0], abs=1e-8)
    assert model.predict(features) == pytest.approx(target, abs=1e-6)


def test_the_prior_shrinks_slopes_and_leaves_the_mean() -> None:
    """A prior of as many rows as there are halves a slope; the mean prediction stays the target's mean."""
    features, target = drawn_rows()
    model = ridge.fit(features, target, np.ones(ROWS), float(ROWS))
    assert model.slopes[0] == pytest.approx(1.0, rel=0.01)
    assert model.predict(features).mean() == pytest.approx(target.mean())


def test_a_row_without_weight_changes_nothing() -> None:
    """Rows of weight zero change nothing, whatever their values."""
    features, target = drawn_rows()
    weights = np.ones(ROWS)
    weights[:100] = 0.0
    changed = target.copy()
    changed[:100] = 1e6
    fewer = ridge.fit(features[100:], target[100:], weights[100:], 5.0)
    model = ridge.fit(features, changed, weights, 5.0)
    assert model.slopes == pytest.approx(fewer.slopes, abs=1e-6)
    assert model.constant == pytest.approx(fewer.constant)


def test_contributions_and_constant_add_up_and_a_missing_value_adds_nothing() -> None:
    """A prediction is the constant and every feature's contribution; that of NaN is 0."""
    model = Ridge(1.0, np.array([2.0, 0.0]), np.array([3.0, 5.0]))
    features = np.array([[4.0, 1.0], [np.nan, 1.0]])
    assert model.contributions(features).tolist() == [[6.0, 5.0], [0.0, 5.0]]
    assert model.predict(features).tolist() == [12.0, 6.0]


def test_coefficients_are_the_whole_model() -> None:
    """Written and read again the model is the same; coefficients have nine digits, so that last bits do not matter."""
    features, target = drawn_rows()
    coefficients = ridge.fit(features, target, np.ones(ROWS), 7.0).coefficients()
    again = ridge.of_coefficients(coefficients)
    assert again.coefficients() == coefficients
    assert all(v == float(f"{v:.9g}") for values in coefficients.values() for v in values)
