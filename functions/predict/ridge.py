"""Ridge regression: a linear model of many features, each slope shrunk towards zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.predict.distribution import Floats

DIGITS = 9  # kept of each coefficient: the last bits of a sum depend on the machine's order of adding


@dataclass(frozen=True)
class Ridge:
    """A constant, and for each feature (k,) its mean and its slope."""

    constant: float
    means: Floats
    slopes: Floats

    def contributions(self, features: Floats) -> Floats:
        """What each feature adds to the constant (n, k); a missing value (NaN) adds nothing."""
        added: Floats = np.nan_to_num((features - self.means) * self.slopes)
        return added

    def predict(self, features: Floats) -> Floats:
        """The predictions (n,) for features (n, k)."""
        predictions: Floats = self.constant + self.contributions(features).sum(axis=1)
        return predictions

    def coefficients(self) -> dict[str, list[float]]:
        """The whole model as plain numbers."""
        return {"constant": [self.constant], "means": self.means.tolist(), "slopes": self.slopes.tolist()}


def of_coefficients(values: Mapping[str, Sequence[float]]) -> Ridge:
    """The model with these coefficients."""
    return Ridge(values["constant"][0], np.asarray(values["means"]), np.asarray(values["slopes"]))


def fit(features: Floats, target: Floats, weights: Floats, prior_rows: float) -> Ridge:
    """Weighted ridge regression; the penalty of each standardised feature weighs as much as `prior_rows` rows.

    features (n, k) with NaN for missing values, target and weights (n,). A feature that never varies has no slope.
    """
    known = ~np.isnan(features)
    filled = np.where(known, features, 0.0)
    count = np.maximum(weights @ known, 1e-12)
    means = (weights @ filled) / count
    centred = np.where(known, features - means, 0.0)
    scale = np.sqrt((weights @ centred**2) / count)
    varies = scale > 1e-9 * np.maximum(np.abs(means), 1.0)
    scale = np.where(varies, scale, 1.0)
    columns = np.column_stack([np.ones(len(target)), np.where(varies, centred / scale, 0.0)])
    weighted = columns * weights[:, None]
    penalty = np.diag(np.r_[0.0, np.where(varies, prior_rows, 1.0)])
    solved = np.linalg.solve(columns.T @ weighted + penalty, weighted.T @ target)
    return Ridge(_rounded(solved[:1])[0], np.array(_rounded(means)), np.array(_rounded(solved[1:] / scale)))


def _rounded(values: Floats) -> list[float]:
    return [float(f"{v:.{DIGITS}g}") for v in values]
