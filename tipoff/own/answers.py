"""The user's DataFrame of means and spreads, or of distributions, as a Forecast of the slate."""

from typing import TYPE_CHECKING, Any

import numpy as np

from functions.predict.distribution import SIZE, Floats, pmf_of
from functions.predict.slate import Forecast, Slate, player_games, skipped
from shared.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

KEY = ["game_id", "player_id"]
_ADDS_UP = 1e-6


def forecast(answer: Any, slate: Slate, what: str) -> Forecast:
    """The distributions of the rows that the answer has; the slate's other rows are skipped as `not_predicted`.

    Rows are named by the columns game_id and player_id, else by the index of the features. They have `mean` and `std`,
    in points, or `pmf`: P(points = k), k = 0..80, the last one for 80 and more, as list or array. UserError, which
    begins with `what`, names the first row that is wrong.
    """
    import pandas as pd

    if not isinstance(answer, pd.DataFrame):
        raise UserError(f"{what} returned {type(answer).__name__}, not a DataFrame with mean and std, or pmf")
    at = _positions(answer, slate, what)
    pmf = distributions(answer, what)
    order = np.argsort(at)
    left_out = np.ones(len(slate), bool)
    left_out[at] = False
    return Forecast(at[order], pmf[order], skipped("not_predicted", left_out))


def distributions(answer: "pd.DataFrame", what: str) -> Floats:
    """The distributions (n, 81) of the columns `pmf`, or `mean` and `std`; UserError as above."""
    if "pmf" in answer:
        return _whole(answer, what)
    if absent := [c for c in ("mean", "std") if c not in answer]:
        raise UserError(f"{what} has no column {' and no column '.join(absent)}: give mean and std, or pmf")
    mean, std = (answer[c].to_numpy(np.float64, na_value=np.nan) for c in ("mean", "std"))
    wrong = ~((mean >= 0.0) & (mean < SIZE - 1) & (std > 0.0) & np.isfinite(std))
    if wrong.any():
        n = int(wrong.argmax())
        raise UserError(
            f"{what}, row {answer.index[n]}: mean {mean[n]:g} and std {std[n]:g}; a mean is from 0 to below 80 points,"
            " a spread is above 0; leave out the players that you do not predict"
        )
    return pmf_of(mean, std)


def _whole(answer: "pd.DataFrame", what: str) -> Floats:
    made = np.zeros((len(answer), SIZE))
    for n, (label, given) in enumerate(answer["pmf"].items()):
        values = np.asarray(given, np.float64) if given is not None else np.zeros(0)
        if values.ndim != 1 or len(values) > SIZE or not (values >= 0.0).all() or abs(values.sum() - 1.0) > _ADDS_UP:
            raise UserError(
                f"{what}, row {label}: the pmf has {values.size} values that add up to {values.sum():g}; it has at most"
                f" {SIZE}, for 0 points upwards, none negative, and they add up to 1"
            )
        made[n, : len(values)] = values
    return made


def _positions(answer: "pd.DataFrame", slate: Slate, what: str) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Where each row of the answer is in the slate (m,)."""
    if set(KEY) <= set(answer.columns):
        known: dict[Any, int] = {key: n for n, key in enumerate(player_games(slate.features))}
        labels: list[Any] = list(zip(answer["game_id"], answer["player_id"], strict=True))
    else:
        known = {n: n for n in range(len(slate))}
        labels = answer.index.tolist()
    at = np.array([known.get(label, -1) for label in labels], np.int64)
    if (at < 0).any():
        label = labels[int((at < 0).argmax())]
        raise UserError(f"{what} has a row {label} which the features lack: keep their index, or both key columns")
    if len(set(at.tolist())) < len(at):
        raise UserError(f"{what} has a player of a game twice")
    return at
