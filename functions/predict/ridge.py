"""A straight line through many features: least squares, each feature's slope drawn towards nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from functions.predict.distribution import Floats

DIGITS = 9  # kept of each figure: the last bits of a sum depend on the machine's order of adding


@dataclass(frozen=True)
class Straight:
    """A constant, and for each feature (k,) its middle and what a step away from it is worth."""

    constant: float
    middles: Floats
    slopes: Floats

    def shares(self, features: Floats) -> Floats:
        """What each feature adds to the constant (n, k); a missing value (NaN) adds nothing."""
        found: Floats = np.nan_to_num((features - self.middles) * self.slopes)
        return found

    def predict(self, features: Floats) -> Floats:
        """The values (n,) on the line, for features (n, k)."""
        found: Floats = self.constant + self.shares(features).sum(axis=1)
        return found

    def figures(self) -> dict[str, list[float]]:
        """Everything that it is, as plain numbers."""
        return {"constant": [self.constant], "middles": self.middles.tolist(), "slopes": self.slopes.tolist()}


def of_figures(figures: Mapping[str, Sequence[float]]) -> Straight:
    """The line whose figures these are."""
    return Straight(figures["constant"][0], np.asarray(figures["middles"]), np.asarray(figures["slopes"]))


def fit(features: Floats, target: Floats, weights: Floats, prior_rows: float) -> Straight:
    """Weighted ridge regression; `prior_rows` rows that say "worth nothing" stand against each feature's own.

    features (n, k) with NaN for missing values, target and weights (n,). A feature that never varies has no slope.
    """
    known = ~np.isnan(features)
    held = np.where(known, features, 0.0)
    count = np.maximum(weights @ known, 1e-12)
    middles = (weights @ held) / count
    away = np.where(known, features - middles, 0.0)
    scale = np.sqrt((weights @ away**2) / count)
    varies = scale > 1e-9 * np.maximum(np.abs(middles), 1.0)
    scale = np.where(varies, scale, 1.0)
    columns = np.column_stack([np.ones(len(target)), np.where(varies, away / scale, 0.0)])
    weighted = columns * weights[:, None]
    against = np.diag(np.r_[0.0, np.where(varies, prior_rows, 1.0)])
    solved = np.linalg.solve(columns.T @ weighted + against, weighted.T @ target)
    return Straight(_rounded(solved[:1])[0], np.array(_rounded(middles)), np.array(_rounded(solved[1:] / scale)))


def _rounded(values: Floats) -> list[float]:
    return [float(f"{v:.{DIGITS}g}") for v in values]
