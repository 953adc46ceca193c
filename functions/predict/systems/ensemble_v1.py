"""ensemble_v1: the members' distributions mixed by confidence (original-system.md, section 3).

Corrected against the original: whole distributions are mixed, so members that disagree widen the result by
themselves, where the original added and took away points of a made-up confidence.
"""

import numpy as np

from functions.predict.distribution import SIZE, Floats
from functions.predict.slate import Forecast, Slate, floats, player_games, skipped

# The members, and how far each is trusted relative to its own spread: the original's base confidences.
CONFIDENCE = {"moving_average": 0.50, "zone_matchup_v1": 0.50, "similarity_balanced_v1": 0.35, "catboost_v8": 0.75}


def forecast(slate: Slate) -> Forecast:
    """The mixture of the members; a player without any member's prediction is left out."""
    return mix(slate, weights(slate))


def weights(slate: Slate) -> Floats:
    """The weight of each row of `members` (m,): confidence^2 / variance."""
    members = slate.inputs["members"]
    trust = np.array([CONFIDENCE.get(s, 0.0) for s in members.column("system_id").to_pylist()])
    weight: Floats = trust**2 / floats(members, "predicted_std") ** 2
    return weight


def mix(slate: Slate, weight: Floats) -> Forecast:
    """The members' distributions mixed by a weight each (m,); players without a member of some weight are left out."""
    members = slate.inputs["members"]
    position = {key: i for i, key in enumerate(player_games(slate.features))}
    row = np.array([position.get(key, -1) for key in player_games(members)], dtype=np.int64)
    systems = members.column("system_id").to_pylist()
    pmf = np.asarray(members.column("points_pmf").combine_chunks().flatten(), dtype=np.float64).reshape(-1, SIZE)
    mixed, total = np.zeros((len(slate), SIZE)), np.zeros(len(slate))
    names: list[list[str]] = [[] for _ in range(len(slate))]
    used = np.flatnonzero((weight > 0.0) & (row >= 0))
    np.add.at(mixed, row[used], weight[used, None] * pmf[used])
    np.add.at(total, row[used], weight[used])
    for i in used:
        names[row[i]].append(systems[i])
    index = np.flatnonzero(total > 0.0)
    return Forecast(
        index,
        mixed[index] / total[index, None],
        skipped("no_member_predicted", total == 0.0),
        [",".join(sorted(names[i])) for i in index],
    )
