"""Explanations of ensembles, by their members' weights, and of formulas, by their adjustments one after another."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from functions.predict import predictions
from functions.predict.distribution import SIZE, Floats, means
from functions.predict.slate import Slate, player_games
from functions.predict.systems import ensemble_v1, ensemble_v1_1
from shared.errors import UserError
from tipoff.slate.explanation import Cause, Stage, label, largest_first, predicted_mean

_FACTORS = ("shot_zone_mismatch_score", "pace_score", "usage_spike_score")

# What each formula starts from, and the features that it adjusts for; a missing feature adjusts nothing.
_FORMULAS: Mapping[str, tuple[str, Sequence[str]]] = {
    "moving_average": (
        "average of his last 5 games, last 10 and season, away",
        ("home_away", "back_to_back", *_FACTORS),
    ),
    "similarity_balanced_v1": ("average of his games in the most similar situations", _FACTORS),
    "zone_matchup_v1": (
        "season average, adjusted for the opponent's defence of his shot zones, away",
        ("home_away", "pace_score"),
    ),
}
_ENSEMBLES = {"ensemble_v1": ensemble_v1, "ensemble_v1_1": ensemble_v1_1}
SYSTEMS = (*_FORMULAS, *_ENSEMBLES)


def explain(system: str, slate: Slate, issued: Floats) -> tuple[Stage, ...]:
    """The stage, ending at the prediction, of a slate of one row and the inputs that the system read.

    `issued` (81,) is the predicted distribution. UserError if the inputs no longer give it.
    """
    forecast = predictions.system(system).forecast(slate)
    if len(forecast.index) != 1 or not np.allclose(forecast.pmf[0], issued, rtol=0.0, atol=1e-12):
        raise UserError(
            f"{system} cannot be explained: its inputs or its code have changed since the prediction, and no longer"
            " give it"
        )
    return (_mixture(system, slate, forecast.pmf) if system in _ENSEMBLES else _formula(system, slate),)


def _mixture(system: str, slate: Slate, mixed: Floats) -> Stage:
    """Each member's mean times its share of the weights; these add up to the mean of the mixture."""
    members, weights = slate.inputs["members"], _ENSEMBLES[system].weights(slate)
    (player,) = player_games(slate.features)
    used = np.array([key == player for key in player_games(members)]) & (weights > 0.0)
    rows, shares = members.filter(pa.array(used)), weights[used] / weights[used].sum()
    pmf = np.asarray(rows.column("points_pmf").combine_chunks().flatten(), dtype=np.float64).reshape(-1, SIZE)
    causes = [
        Cause(name, name, float(mean), float(share * mean), float(share))
        for name, mean, share in zip(rows.column("system_id").to_pylist(), means(pmf), shares, strict=True)
    ]
    return Stage("Members", "", 0.0, largest_first(causes), float(means(mixed)[0]))


def _formula(system: str, slate: Slate) -> Stage:
    """From the formula without any adjustment, adding one after the other, to the prediction."""
    words, steps = _FORMULAS[system]
    start = before = predicted_mean(system, _without(slate, steps))
    causes = []
    for number, name in enumerate(steps, 1):
        now = predicted_mean(system, _without(slate, steps[number:]))
        value = float(slate.values(name)[0])
        causes.append(Cause(name, label(name), None if np.isnan(value) else value, now - before))
        before = now
    return Stage("The formula", words, start, largest_first(causes), before)


def _without(slate: Slate, names: Sequence[str]) -> Slate:
    """The slate with these features missing."""
    features = slate.features
    for name in names:
        at = features.column_names.index(name)
        features = features.set_column(at, name, pa.nulls(len(slate), features.schema.field(name).type))
    return Slate(features, slate.inputs)
