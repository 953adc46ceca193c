"""Why an ensemble or a formula said what it said: its members by their weights, its adjustments one after another."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from functions.predict import predictions
from functions.predict.distribution import SIZE, Floats, means
from functions.predict.slate import Slate, floats, player_games
from functions.predict.systems import ensemble_v1, ensemble_v1_1
from shared.errors import UserError
from tipoff.slate.explanation import Cause, Stage
from tipoff.slate.explanation_words import described

_FACTORS = ("fatigue_score", "shot_zone_mismatch_score", "pace_score", "usage_spike_score")
_AVERAGES = "his last 5 games, his last 10 and his season, away"
_GAMES = "his own games in situations most like this one"
_ZONES = "his season, moved by where he scores and what they allow there, away"

# What each formula starts from, and the features that it then adds something for; unknown, each adds nothing.
_FORMULAS: Mapping[str, tuple[str, Sequence[str]]] = {
    "moving_average": (_AVERAGES, ("home_away", "back_to_back", *_FACTORS)),
    "similarity_balanced_v1": (_GAMES, _FACTORS),
    "zone_matchup_v1": (_ZONES, ("home_away", "pace_score", "fatigue_score")),
}
_ENSEMBLES = ("ensemble_v1", "ensemble_v1_1")
SYSTEMS = (*_FORMULAS, *_ENSEMBLES)


def explain(system: str, slate: Slate, issued: Floats) -> tuple[Stage, ...]:
    """The stage of the prediction of a slate of one row, its inputs as the system read them; it ends at the prediction.

    `issued` (81,) is the distribution as it was predicted. UserError if the inputs do not give it any more.
    """
    found = predictions.system(system).forecast(slate)
    if len(found.index) != 1 or not np.allclose(found.pmf[0], issued, rtol=0.0, atol=1e-12):
        raise UserError(
            f"what {system} predicted from is not what stands here now (its inputs were made anew, or its code is"
            " another), so it cannot be told"
        )
    return (_mixture(system, slate, found.pmf) if system in _ENSEMBLES else _formula(system, slate),)


def _mixture(system: str, slate: Slate, mixed: Floats) -> Stage:
    """Each member's mean by its share of the weights: these add up to the mean of the mixture."""
    members, weights = slate.inputs["members"], _weights(system, slate)
    (player,) = player_games(slate.features)
    his = np.array([key == player for key in player_games(members)]) & (weights > 0.0)
    rows, shares = members.filter(pa.array(his)), weights[his] / weights[his].sum()
    pmf = np.asarray(rows.column("points_pmf").combine_chunks().flatten(), dtype=np.float64).reshape(-1, SIZE)
    said = means(pmf)
    causes = [
        Cause(name, name, float(mean), float(share * mean), float(share))
        for name, mean, share in zip(rows.column("system_id").to_pylist(), said, shares, strict=True)
    ]
    return Stage("Its members", "", 0.0, _largest_first(causes), float(means(mixed)[0]))


def _weights(system: str, slate: Slate) -> Floats:
    """The ensemble's weight of each of its members' rows (m,)."""
    members = slate.inputs["members"]
    names = members.column("system_id").to_pylist()
    if system == "ensemble_v1":
        trust = np.array([ensemble_v1.CONFIDENCE.get(n, 0.0) for n in names])
        found: Floats = trust**2 / floats(members, "predicted_std") ** 2
        return found
    learnt = ensemble_v1_1.learnt(slate)
    return np.array([learnt.get(n, 0.0) for n in names])


def _formula(system: str, slate: Slate) -> Stage:
    """From the formula with none of its adjustments known, adding one after the other, to the prediction."""
    words, steps = _FORMULAS[system]
    start = before = _mean(system, _without(slate, steps))
    causes = []
    for number, name in enumerate(steps, 1):
        now = _mean(system, _without(slate, steps[number:]))
        value = float(slate.values(name)[0])
        causes.append(Cause(name, described(name), None if np.isnan(value) else value, now - before))
        before = now
    return Stage("The formula", words, start, _largest_first(causes), before)


def _without(slate: Slate, names: Sequence[str]) -> Slate:
    """The slate as if these features were not known."""
    features = slate.features
    for name in names:
        at = features.column_names.index(name)
        features = features.set_column(at, name, pa.nulls(len(slate), features.schema.field(name).type))
    return Slate(features, slate.inputs)


def _mean(system: str, slate: Slate) -> float:
    return float(means(predictions.system(system).forecast(slate).pmf)[0])


def _largest_first(causes: Sequence[Cause]) -> tuple[Cause, ...]:
    return tuple(sorted(causes, key=lambda c: (-abs(c.points), c.feature)))
