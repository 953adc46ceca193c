"""What a quote may be used for: each reason by an example, and properties of the whole rule."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.map.loader import pipeline_map
from shared.rules.quotes import REASONS, USES, Quotes, chances, refusals

LIMITS = pipeline_map().quotes
USUAL: dict[str, Any] = {
    "book": "draftkings", "over": -110.0, "under": -110.0, "age": 5.0, "is_main": True, "is_on_board": True,
    "has_started": False, "other_game": False,
}  # fmt: skip
NO_PRICE = {"over": np.nan, "under": np.nan}


def quotes(*changes: dict[str, Any]) -> Quotes:
    rows = [{**USUAL, **change} for change in changes]
    return Quotes(**{name: np.array([row[name] for row in rows]) for name in USUAL})


def refused(**change: Any) -> tuple[str | None, ...]:
    """The reasons for input, bet and closing line of one quote."""
    found = refusals(quotes(change), LIMITS)
    return tuple(found[use][0] for use in USES)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (None, None, None)),
        ({"has_started": True}, ("game_started",) * 3),
        ({"other_game": True}, ("other_game_running",) * 3),
        (NO_PRICE, ("price_missing",) * 3),
        ({"under": np.nan}, ("price_missing",) * 3),
        ({"book": "consensus_sbr", "under": np.nan}, (None, "one_sided", "one_sided")),
        ({"book": "consensus_sbr", **NO_PRICE}, (None, "one_sided", "one_sided")),
        ({"book": "prizepicks", "over": -137.0, "under": -137.0}, (None, "fixed_payout", "fixed_payout")),
        ({"over": -137.0, "under": -137.0}, ("hold_out_of_range",) * 3),  # 2 x 0.578 - 1 = 0.156
        ({"over": 105.0, "under": 105.0}, ("hold_out_of_range",) * 3),  # 2 x 0.488 - 1 = -0.024
        ({"over": 100.0, "under": 100.0}, (None, None, None)),  # no hold at all
        ({"over": -400.0, "under": 310.0}, (None, None, None)),  # 0.800 + 0.244 - 1 = 0.044
        ({"over": -405.0, "under": 310.0}, ("price_too_long",) * 3),
        ({"over": 1200.0, "under": -10000.0}, ("price_too_long",) * 3),  # the remnant of a game in play
        ({"over": -900.0, "under": 600.0, "is_main": False}, (None, "price_too_long", "price_too_long")),
        ({"age": np.nan}, (None, "no_time", "no_time")),
        ({"is_on_board": False}, (None, "off_board", None)),
        ({"age": 120.0}, (None, None, None)),
        ({"age": 120.1}, (None, "too_old", "too_old")),
        ({"age": 9999.0}, (None, "too_old", "too_old")),
    ],
)
def test_each_reason_refuses_its_uses(change: dict[str, Any], expected: tuple[str | None, ...]) -> None:
    """One thing wrong at a time: the uses that it rules out, and the name of the reason."""
    assert refused(**change) == expected
    assert set(expected) - {None} <= set(REASONS)


def test_hold_is_the_sum_of_the_implied_chances_less_one() -> None:
    """-110 and -110 imply 52.38 % each: a hold of 4.76 %; without both prices there is none."""
    held = quotes({}, {"over": 150.0, "under": -180.0}, NO_PRICE, {"under": np.nan}).hold()
    assert held[:2] == pytest.approx([2 * 110 / 210 - 1, 100 / 250 + 180 / 280 - 1])
    assert np.isnan(held[2:]).all()


def test_chances_by_hand() -> None:
    """-120 and +100: 0.5455 of 1.0455; one price alone without the usual hold: 0.5238 / 1.0476, either side; else none."""
    one_sided = {"over": -110.0, "under": np.nan}
    found = chances(
        quotes({"over": -120.0, "under": 100.0}, one_sided, {"over": np.nan, "under": -110.0}, NO_PRICE), LIMITS
    )
    assert found[:3] == pytest.approx([0.5217, 0.5, 0.5], abs=1e-4)
    assert np.isnan(found[3])


@given(over=st.integers(-2000, -100), under=st.integers(100, 2000))
def test_chances_of_both_sides_add_up_to_one(over: int, under: int) -> None:
    """With the prices exchanged the over has the under's chance, with two prices and with one."""
    both = {"over": float(over), "under": float(under)}
    mirrored = {"over": float(under), "under": float(over)}
    alone, other = {**both, "under": np.nan}, {**mirrored, "over": np.nan}
    found = chances(quotes(both, mirrored, alone, other), LIMITS)
    assert found[0] + found[1] == pytest.approx(1.0)
    assert found[2] + found[3] == pytest.approx(1.0)
    assert found[0] >= 0.5 >= found[1]


PRICE = st.one_of(st.just(np.nan), st.integers(-20_000, -100).map(float), st.integers(100, 20_000).map(float))
QUOTE = st.fixed_dictionaries(
    {
        "book": st.sampled_from(["draftkings", "consensus_sbr", "prizepicks", "new"]),
        "over": PRICE,
        "under": PRICE,
        "age": st.one_of(st.just(np.nan), st.floats(0, 5000)),
        **{name: st.booleans() for name in ("is_main", "is_on_board", "has_started", "other_game")},
    }
)


@given(quote=QUOTE)
def test_what_is_bet_on_may_be_used_for_everything(quote: dict[str, Any]) -> None:
    """A bet is the strictest use, and has both prices, a time, and a price of at most 400 either way."""
    as_input, as_bet, as_closing = refused(**quote)
    if as_bet is None:
        assert (as_input, as_closing) == (None, None)
        assert max(abs(quote["over"]), abs(quote["under"])) <= 400
        assert quote["age"] <= LIMITS.max_age_minutes["bet"]


@given(quote=QUOTE)
def test_over_and_under_are_treated_alike(quote: dict[str, Any]) -> None:
    """Exchanging the sides' prices changes no decision."""
    assert refused(**quote) == refused(**{**quote, "over": quote["under"], "under": quote["over"]})


@given(listed=st.lists(QUOTE, min_size=1, max_size=8))
def test_each_quote_is_decided_alone(listed: list[dict[str, Any]]) -> None:
    """A quote's decision does not depend on the quotes beside it."""
    together = refusals(quotes(*listed), LIMITS)
    assert [tuple(together[use][i] for use in USES) for i in range(len(listed))] == [refused(**q) for q in listed]


@given(quote=QUOTE, older=st.floats(0, 5000))
def test_age_alone_never_makes_a_quote_usable(quote: dict[str, Any], older: float) -> None:
    """What is refused stays refused when it gets older."""
    before, after = refused(**quote), refused(**{**quote, "age": quote["age"] + older})
    assert all(then is not None for now, then in zip(before, after, strict=True) if now is not None)
