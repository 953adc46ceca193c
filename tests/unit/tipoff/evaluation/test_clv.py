"""Closing line value by hand, and what holds of it whatever the quotes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.predict.distribution import Floats
from tests.support.data.graded_games import rows
from tipoff.evaluation import clv
from tipoff.evaluation.graded_rows import Rows

NAN = np.nan


def array(*values: float) -> Floats:
    return np.array(values, np.float64)


def bets(sides: str, line: Floats, closing: Floats, before: Floats, after: Floats) -> Rows:
    """Bets on the over (O) or the under (U), with the no-vig chance of the over then and at the close."""
    over = np.array([side == "O" for side in sides])
    picks = np.where(over, "OVER", "UNDER").astype(object)
    changes = {"best_line": line, "closing": closing, "best_p_over": before, "closing_p_over": after}
    return rows(len(sides), picks=picks, is_over=over, **changes)


def test_by_hand() -> None:
    """An over gains as the line rises; at the same line the chance is the difference of the no-vig chances."""
    half = array(0.5, 0.5, 0.5, 0.5, 0.5)
    made = bets("OOUOO", np.full(5, 20.5), array(21.5, 19.5, 20.5, 20.5, NAN), half, array(0.5, 0.5, 0.47, 0.5, NAN))
    assert clv.points(made)[:4] == pytest.approx([1.0, -1.0, 0.0, 0.0])
    chance = clv.chance(made)
    assert chance[2:4] == pytest.approx([0.03, 0.0])
    assert chance[0] > 0.02 > -0.02 > chance[1]
    assert np.isnan([clv.points(made)[4], chance[4]]).all()
    found = clv.figures(made)
    assert (found["clv_bets"], found["clv_coverage"], found["clv_points"]) == (4, 0.8, 0.0)
    assert found["clv_chance"] == pytest.approx(chance[:4].mean())
    assert found["clv_beaten"] == pytest.approx(2 / 3)  # the one that did not move is left out


def test_without_bets_or_closing_lines_the_coverage_is_zero() -> None:
    """And no figure is made up."""
    unknown = bets("OU", array(20.5, 20.5), array(NAN, NAN), array(0.5, 0.5), array(NAN, NAN))
    assert clv.figures(unknown) == {"clv_bets": 0, "clv_coverage": 0.0}
    assert clv.figures(unknown.only(np.zeros(2, bool))) == {"clv_bets": 0, "clv_coverage": 0.0}


def test_a_bet_whose_own_chance_is_not_known_has_points_only() -> None:
    """A prediction of an older version has no quote beside it."""
    found = clv.figures(bets("O", array(20.5), array(21.5), array(NAN), array(0.5)))
    assert (found["clv_points"], "clv_chance" in found, "clv_beaten" in found) == (1.0, False, False)


LINE = st.integers(5, 35).map(lambda k: k + 0.5)
CHANCE = st.floats(0.2, 0.8)


@given(line=LINE, closing=LINE, before=CHANCE, after=CHANCE)
def test_what_an_over_gains_the_under_loses(line: float, closing: float, before: float, after: float) -> None:
    """In points and in chance; a line that moved in favour of a side at the same prices raises its chance."""
    one = [array(x, x) for x in (line, closing, before, after)]
    made = bets("OU", *one)
    assert clv.points(made).sum() == 0.0
    assert clv.chance(made).sum() == pytest.approx(0.0)
    same = bets("OU", one[0], one[1], one[2], one[2])
    assert np.sign(np.round(clv.chance(same), 12)).tolist() == np.sign(clv.points(same)).tolist()


@given(line=LINE, chance=CHANCE)
def test_what_did_not_move_is_zero(line: float, chance: float) -> None:
    """Exactly, so that it counts as a zero."""
    made = bets("OU", *(array(x, x) for x in (line, line, chance, chance)))
    assert clv.points(made).tolist() == clv.chance(made).tolist() == [0.0, 0.0]
