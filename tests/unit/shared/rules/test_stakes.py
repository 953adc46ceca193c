"""Stakes by hand, by brute force, and what holds of a whole date whatever its bets."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.map.loader import pipeline_map
from shared.rules import odds, stakes
from shared.rules.odds import Floats

LIMITS = pipeline_map().stakes
FREE = replace(LIMITS, kelly_fraction=1.0, per_bet=1.0, per_game=1.0, per_date=1.0)


def array(*values: float) -> Floats:
    return np.array(values, np.float64)


def games(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(numbers, np.int64)


def test_kelly_by_hand() -> None:
    """0.6 at even money stakes 0.2; a break-even bet, a losing one and one without a price stake nothing."""
    found = stakes.kelly(array(0.6, 0.5, 0.4, 0.6), array(2.0, 2.0, 2.0, np.nan))
    assert found == pytest.approx([0.2, 0.0, 0.0, 0.0])


def test_kelly_grows_the_bankroll_fastest() -> None:
    """The stake is where the mean log of the bankroll is largest, found by trying them all; a push changes nothing."""
    win, push, price = 0.55, 0.06, 1.95
    tried = np.linspace(0, 0.6, 6001)
    growth = win * np.log1p(tried * (price - 1)) + (1 - win - push) * np.log1p(-tried)
    found = stakes.kelly(array(win / (1 - push)), array(price))
    assert found[0] == pytest.approx(tried[growth.argmax()], abs=2e-4)


def test_chances_are_drawn_to_the_markets() -> None:
    """In log-odds: 0.8 has 4 to 1, half the way to 0.5 is 2 to 1; a slope of 1 keeps ours, 0 and below the market's."""
    ours, market = array(0.8), array(0.5)
    found = [stakes.shrunk(ours, market, slope)[0] for slope in (1.0, 0.5, 0.0, -0.4, 1.7)]
    assert found == pytest.approx([0.8, 2 / 3, 0.5, 0.5, 0.8])
    assert stakes.shrunk(ours, array(0.3), 0.0)[0] == pytest.approx(0.3)


def test_each_cap_lowers_in_proportion() -> None:
    """A bet's by itself; then a game's bets together, then all of the date's."""
    chance, price = array(0.6, 0.6, 0.6), array(2.0, 2.0, 2.0)  # 0.2 each
    by_bet = stakes.of_date(chance, price, games(0, 1, 2), replace(FREE, per_bet=0.05))
    assert by_bet == pytest.approx([0.05, 0.05, 0.05])
    by_game = stakes.of_date(chance, price, games(0, 0, 1), replace(FREE, per_game=0.3))
    assert by_game == pytest.approx([0.15, 0.15, 0.2])
    by_date = stakes.of_date(chance, price, games(0, 0, 1), replace(FREE, per_game=0.3, per_date=0.25))
    assert by_date == pytest.approx([0.075, 0.075, 0.1])
    quarter = stakes.of_date(chance, price, games(0, 1, 2), replace(FREE, kelly_fraction=0.25))
    assert quarter == pytest.approx([0.05, 0.05, 0.05])


def test_a_date_without_bets_stakes_nothing() -> None:
    """No bet, no stake."""
    assert len(stakes.of_date(array(), array(), games(), LIMITS)) == 0


BET = st.tuples(
    st.one_of(st.just(float("nan")), st.floats(0.0, 1.0)),
    st.sampled_from([-400.0, -150.0, -110.0, 100.0, 130.0, 400.0, float("nan")]),
    st.integers(0, 3),
)


@given(bets=st.lists(BET, min_size=1, max_size=40))
def test_whatever_the_bets_of_a_date_the_caps_hold(bets: list[tuple[float, float, int]]) -> None:
    """Stakes are never negative, never above the cap of the bet, game or date, and zero without a positive EV."""
    chance, american, game = (np.array(values) for values in zip(*bets, strict=True))
    price = odds.decimal(american)
    found = stakes.of_date(chance, price, game, LIMITS)
    assert (found >= 0.0).all()
    assert (found <= LIMITS.per_bet + 1e-12).all()
    assert (np.bincount(game, found) <= LIMITS.per_game + 1e-12).all()
    assert found.sum() <= LIMITS.per_date + 1e-12
    has_value = chance * price - 1.0 > 0.0
    assert (found[~has_value] == 0.0).all()
    assert (found[has_value & (chance * price > 1.0 + 1e-9)] > 0.0).all()


@given(chance=st.floats(0.01, 0.99), market=st.floats(0.01, 0.99), slope=st.floats(-1.0, 2.0))
def test_a_shrunk_chance_lies_between_ours_and_the_markets(chance: float, market: float, slope: float) -> None:
    """So that a long price never gains from the shrinkage what the market does not give it."""
    (found,) = stakes.shrunk(array(chance), array(market), slope)
    assert min(chance, market) - 1e-9 <= found <= max(chance, market) + 1e-9


def test_a_bankroll_by_hand() -> None:
    """Bets of one date are from the bankroll before it: +10 % on two bets, -50 % of it, then nothing staked."""
    date, stake, profit = games(0, 0, 1, 2), array(0.1, 0.1, 0.5, 0.0), array(2.0, -1.0, -1.0, 1.0)
    path = stakes.bankroll(date, stake, profit)
    assert path == pytest.approx([1.0, 1.1, 0.55, 0.55])
    assert stakes.drawdown(path) == pytest.approx(0.5)
    assert stakes.drawdown(array(1.0, 0.8, 1.2, 1.08)) == pytest.approx(0.2)
    assert stakes.drawdown(array(1.0, 1.1, 1.3)) == 0.0
