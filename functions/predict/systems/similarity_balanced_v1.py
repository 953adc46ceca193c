"""similarity_balanced_v1: the player's own past games in situations like tonight's (original-system.md, section 3).

Corrected against the original: closeness falls with the distance instead of jumping between tiers (whose limits drift
with the league's scoring), all figures compared are those known before each past game, and the result is a
distribution. Rest and venue are matched, so there is no further adjustment for them.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from functions.predict.adjustments import CLAMP, situation
from functions.predict.distribution import Floats, expected_std, pmf_of
from functions.predict.slate import Forecast, Slate, floats, player_games, skipped

MIN_SCORE = 70.0
MAX_GAMES = 20
MIN_GAMES = 5
LONG_REST = 4.0  # more days of rest than this are alike
ADJUSTMENT_WEIGHT = 0.5  # half of moving_average's: the matched games carry part of the situation


def forecast(slate: Slate) -> Forecast:
    """The score-weighted mean of the 20 most similar games scoring 70 or more; fewer than 5 leave the player out."""
    past = slate.inputs["past_games"]
    owner = _owners(slate, past)
    past, owner = past.filter(pa.array(owner >= 0)), owner[owner >= 0]
    score = _score(slate, past, owner)
    kept = _best(owner, score)
    count = np.bincount(owner[kept], minlength=len(slate)).astype(np.float64)
    index = np.flatnonzero(count >= MIN_GAMES)
    mean, std = _weighted(owner[kept], score[kept], floats(past, "points")[kept], len(slate))
    mean = np.clip(mean + ADJUSTMENT_WEIGHT * situation(slate), *CLAMP)[index]
    pmf = pmf_of(mean, expected_std(mean, std[index], count[index]))
    return Forecast(index, pmf, skipped("fewer_than_5_similar_games", count < MIN_GAMES))


def _owners(slate: Slate, past: pa.Table) -> NDArray[np.int64]:
    """The slate row each past game belongs to, -1 for none; past games come grouped by slate game and player."""
    if not past.num_rows:
        return np.empty(0, dtype=np.int64)
    game = pc.dictionary_encode(past.column("game_id").combine_chunks()).indices.to_numpy()
    player = past.column("player_id").to_numpy()
    starts = np.flatnonzero(np.r_[True, (game[1:] != game[:-1]) | (player[1:] != player[:-1])])
    position = {key: i for i, key in enumerate(player_games(slate.features))}
    groups = player_games(past.select(["game_id", "player_id"]).take(pa.array(starts)))
    owners = np.array([position.get(key, -1) for key in groups], dtype=np.int64)
    return np.repeat(owners, np.diff(np.r_[starts, past.num_rows]))


def _score(slate: Slate, past: pa.Table, owner: NDArray[np.int64]) -> Floats:
    """Similarity 0..100: opponent's defence 40, rest 30, venue 15, form 15; an unknown figure counts half."""
    form = slate.values("points_avg_last_5") - slate.values("points_avg_season")
    past_form = floats(past, "points_avg_last_5") - floats(past, "points_avg_season")
    rest = np.minimum(slate.values("days_rest"), LONG_REST)
    past_rest = np.minimum(floats(past, "days_rest"), LONG_REST)
    defence = floats(past, "opponent_def_rating") - slate.values("opponent_def_rating")[owner]
    venue = floats(past, "home_away") - slate.values("home_away")[owner]
    return (
        _closeness(defence, 40.0, 5.0)
        + _closeness(past_rest - rest[owner], 30.0, 10.0)
        + _closeness(venue, 15.0, 15.0)
        + _closeness(past_form - form[owner], 15.0, 3.0)
    )


def _closeness(distance: Floats, most: float, per_unit: float) -> Floats:
    return np.where(np.isnan(distance), most / 2.0, np.maximum(most - per_unit * np.abs(distance), 0.0))


def _best(owner: NDArray[np.int64], score: Floats) -> NDArray[np.int64]:
    """Positions of each player's MAX_GAMES best games of MIN_SCORE or more; the later game wins a tie."""
    good = np.flatnonzero(score >= MIN_SCORE)
    order = good[np.lexsort((-good, -score[good], owner[good]))]
    new = np.r_[True, owner[order][1:] != owner[order][:-1]] if len(order) else np.empty(0, dtype=bool)
    starts = np.flatnonzero(new)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    kept: NDArray[np.int64] = order[rank < MAX_GAMES]
    return kept


def _weighted(owner: NDArray[np.int64], weight: Floats, points: Floats, players: int) -> tuple[Floats, Floats]:
    """Weighted mean and standard deviation of points per player; NaN without games."""
    total = np.bincount(owner, weight, players).astype(np.float64)  # of no games it counts in integers
    total[total == 0.0] = np.nan
    mean = np.bincount(owner, weight * points, players) / total
    variance = np.bincount(owner, weight * (points - mean[owner]) ** 2, players) / total
    return mean, np.sqrt(variance)
