"""market: the sportsbooks' own distribution, beside which every system stands; its predictions are never picks.

From the quotes of all books seen at about the same time, each without its hold (see `consensus`).
"""

import numpy as np

from functions.predict.consensus import distributions
from functions.predict.slate import Forecast, Slate, floats, player_games, skipped


def forecast(slate: Slate) -> Forecast:
    """Every player with a quote; the others are left out."""
    quotes = slate.inputs["quotes"]
    position = {key: i for i, key in enumerate(player_games(slate.features))}
    row = np.array([position.get(key, -1) for key in player_games(quotes)], dtype=np.int64)
    used = row >= 0
    index, player = np.unique(row[used], return_inverse=True)
    book = np.unique(np.asarray(quotes.column("bookmaker").to_pylist(), np.str_), return_inverse=True)[1]
    pmf = distributions(
        player.astype(np.int64),
        book[used].astype(np.int64),
        floats(quotes, "points_line")[used],
        floats(quotes, "p_over")[used],
    )
    unquoted = np.ones(len(slate), bool)
    unquoted[index] = False
    return Forecast(index, pmf, skipped("no_quote", unquoted))
