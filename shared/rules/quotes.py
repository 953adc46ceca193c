"""What a quote may be used for: one rule, with a named reason for each refusal. Pure.

A quote is a sportsbook's points line for a player with its prices, judged at a moment: the prediction time of its game,
or the tip for a closing line. It may be an `input` of predictions, a `bet`, or the `closing` line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.contracts.work import QuoteLimits
from shared.rules import odds
from shared.rules.odds import Floats

USES = ("input", "bet", "closing")
_STAKED = ("bet", "closing")
# The reasons of a refusal, in words.
REASONS = {
    "game_started": "last seen after the tip",
    "other_game_running": "last seen while another game of the team was in play",
    "price_missing": "without both prices",
    "one_sided": "the source has no price of one side",
    "fixed_payout": "no price of a single bet",
    "hold_out_of_range": "the two prices do not fit each other",
    "price_too_long": "a price beyond the limit",
    "no_time": "the source does not say when",
    "off_board": "the book's newest snapshot lacks it",
    "too_old": "last seen too long ago",
}
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Quotes:
    """Quotes as columns (n,): American prices, NaN where there is none, and what is known at the moment.

    `age` is minutes since the newest snapshot that listed the quote, NaN if it has no real time. `is_main`: of the
    lines that its book quotes together, the one with the most balanced prices. `is_on_board`: the book's newest
    snapshot of the game lists it. `has_started`: it was last seen after the tip. `other_game`: it was last seen while
    another game of either team was in play.
    """

    book: NDArray[np.str_]
    over: Floats
    under: Floats
    age: Floats
    is_main: Flags
    is_on_board: Flags
    has_started: Flags
    other_game: Flags

    def hold(self) -> Floats:
        """Both implied chances together less 1 (n,); NaN without both prices."""
        return odds.hold(self.over, self.under)


def chances(quotes: Quotes, limits: QuoteLimits) -> Floats:
    """The market's P(over | no push) (n,), NaN where no price tells.

    Of two prices without their hold, of one alone without the hold that is assumed of one-sided sources. Equal prices,
    such as those of a fixed payout, say one half.
    """
    over, under = odds.implied(quotes.over), odds.implied(quotes.under)
    alone = np.where(np.isnan(quotes.under), over, 1.0 + limits.one_sided_hold - under) / (1.0 + limits.one_sided_hold)
    return np.where(np.isnan(quotes.hold()), alone, over / (over + under))


def refusals(quotes: Quotes, limits: QuoteLimits) -> dict[str, NDArray[np.object_]]:
    """By use, why each quote (n,) is refused; None where it may be used. Of several reasons the first is named."""
    reasons = {use: np.full(len(quotes.book), None, dtype=object) for use in USES}
    for reason, refused, uses in reversed(list(_conditions(quotes, limits))):
        for use in uses:
            reasons[use][refused] = reason
    return reasons


def _conditions(quotes: Quotes, limits: QuoteLimits) -> Iterator[tuple[str, Flags, tuple[str, ...]]]:
    """Each reason with the quotes (n,) that it refuses, and for which uses."""
    hold = quotes.hold()
    one_sided, fixed_payout = (np.isin(quotes.book, books) for books in (limits.one_sided, limits.fixed_payout))
    too_long = np.fmax(np.abs(quotes.over), np.abs(quotes.under)) > limits.longest_price
    yield "game_started", quotes.has_started, USES
    yield "other_game_running", quotes.other_game, USES
    yield "price_missing", np.isnan(hold) & ~one_sided & ~fixed_payout, USES
    yield "one_sided", one_sided, _STAKED
    yield "fixed_payout", fixed_payout, _STAKED
    yield "hold_out_of_range", ((hold < limits.hold[0]) | (hold > limits.hold[1])) & ~fixed_payout, USES
    yield "price_too_long", too_long & quotes.is_main, USES
    yield "price_too_long", too_long, _STAKED
    yield "no_time", np.isnan(quotes.age), _STAKED
    yield "off_board", ~quotes.is_on_board, ("bet",)
    for use, most in limits.max_age_minutes.items():
        yield "too_old", quotes.age > most, (use,)
