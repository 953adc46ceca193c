"""The groups of features that permutation importance withholds together, from features.yaml.

`the market` is all that books say; `prices and other books` is its part beside the one line.
"""

from collections.abc import Mapping

from shared.contracts.features import FEATURES, GROUPS, MARKET_FEATURES
from tipoff.training.examples import QUOTE

MARKET = "the market"
PRICES = "prices and other books"

_GROUPS = {group: tuple(f.name for f in FEATURES.values() if f.group == group) for group in GROUPS}
# What every row has, so that it can be given another row's values.
PLAYER_GROUPS: Mapping[str, tuple[str, ...]] = {g: n for g, n in _GROUPS.items() if g not in (PRICES, MARKET)}
# What a row may lack: training, too, has players without a line.
MARKET_GROUPS: Mapping[str, tuple[str, ...]] = {
    PRICES: ("over_price", "under_price", *_GROUPS[PRICES]),
    MARKET: (*QUOTE, *sorted(MARKET_FEATURES)),
}
