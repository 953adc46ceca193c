"""The champion beside the line: it is believed as far as its trust goes, and prices say what they say."""

from dataclasses import replace

import numpy as np
import pytest

from functions.predict.distribution import chances, medians
from functions.predict.slate import Slate
from functions.predict.systems import champion
from functions.predict.systems.champion import Parts
from tests.support.data.slates import WITHOUT_LINE, features
from tests.support.data.training_games import TablesOfGames
from tipoff.training import fit_champion
from tipoff.training.examples import Examples, of_table


@pytest.fixture(scope="module")
def games() -> Examples:
    """Made-up games whose lines are wide of the mark by as much as scores are."""
    tables = TablesOfGames(2400)
    off = np.random.default_rng(7).normal(0, 6, 2400)
    line = np.floor(np.clip(np.asarray(tables.table["points_avg_last_10"]) + off, 1, 40)) + 0.5
    tables.put("line", line)
    return of_table(tables.table)


@pytest.fixture(scope="module")
def parts(games: Examples) -> Parts:
    """Fitted with few trees."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_champion, "ROUNDS", {"score": 60, "market": 30, "variance": 20})
        return fit_champion.fit_champion(games)


def test_without_trust_the_line_is_the_middle(parts: Parts, games: Examples) -> None:
    """The market is right then: over and under are even, and the median is the line."""
    pmf = champion.distributions(replace(parts, trust=0.0), games.slate(), games.lines)
    over, _, under = chances(pmf, games.lines)
    assert over == pytest.approx(under, abs=1e-3)
    assert medians(pmf) == pytest.approx(games.lines, abs=0.02)


def test_trust_sets_how_far_from_the_line(parts: Parts, games: Examples) -> None:
    """The same sides with half the trust, each nearer to even."""
    chance = [
        chances(champion.distributions(replace(parts, trust=t), games.slate(), games.lines), games.lines)[0] - 0.5
        for t in (0.2, 0.4)
    ]
    away = np.abs(chance[1]) > 0.01
    assert (np.sign(chance[0]) == np.sign(chance[1]))[away].all()
    assert (np.abs(chance[0]) < np.abs(chance[1]))[away].all()


def test_trust_is_learnt_from_what_came_true(parts: Parts, games: Examples) -> None:
    """Lines wide of the mark earn the rest trust; lines that know all there is to know earn it next to none."""
    assert parts.trust > 0.8
    line = np.floor(games.slate().values("points_avg_last_10")) + 0.5
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit_champion, "ROUNDS", {"score": 60, "market": 30, "variance": 20})
        assert fit_champion.fit_champion(replace(games, lines=line)).trust < 0.5 * parts.trust


def test_lines_alternate_lines_and_intervals_follow_from_one_array(parts: Parts, games: Examples) -> None:
    """P(over) falls from line to line, over, push and under add up to one for every one of them."""
    pmf = champion.distributions(parts, games.slate(), games.lines)
    assert pmf.sum(axis=1) == pytest.approx(1.0)
    before = np.ones(len(games))
    for line in np.arange(0.0, 40.0, 0.5):
        over, push, under = chances(pmf, np.full(len(games), line))
        assert over + push + under == pytest.approx(1.0)
        assert (over <= before + 1e-12).all()
        before = over


@pytest.mark.parametrize(
    ("over", "under", "leaning"),
    [(-110, -110, 0.0), (-130, 100, 0.5307 - 0.5), (110, -130, 0.4573 - 0.5), (-110, None, 0.0), (100, None, -0.024)],
)
def test_prices_lean_to_a_side(over: int, under: int | None, leaning: float) -> None:
    """Both prices with the margin taken out; the over's alone against the usual -110."""
    slate = Slate(features({"over_price": over, "under_price": under}))
    assert champion.price(slate)[0] == pytest.approx(leaning, abs=1e-3)


def test_without_prices_nothing_is_said() -> None:
    """No line, no price: missing, and not even."""
    assert np.isnan(champion.price(Slate(features(WITHOUT_LINE)))[0])
