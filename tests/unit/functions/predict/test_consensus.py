"""The market's distribution: by hand, and properties of the regression behind it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from functions.predict.consensus import SPREAD, distributions
from functions.predict.distribution import SHIFT, Floats, chances, means, stds


def of_one(*quotes: tuple[int, float, float]) -> Floats:
    """The distribution (1, 81) of one player from quotes of (book, line, chance)."""
    book, line, chance = zip(*quotes, strict=True)
    return distributions(np.zeros(len(quotes), np.int64), np.array(book), np.array(line), np.array(chance))


def over(pmf: Floats, line: float) -> float:
    """P(over | no push) of one distribution."""
    above, _, below = chances(pmf, np.array([line]))
    return float((above / (above + below))[0])


def said(line: float, middle: float, spread: float) -> float:
    """P(over) of a half-point line where roots are normal with this mean and standard deviation."""
    return float(1.0 - ndtr((np.sqrt(line + SHIFT) - middle) / spread))


LINE = st.integers(3, 40).map(lambda k: k + 0.5)
CHANCE = st.floats(0.3, 0.7)


@given(line=LINE, chance=CHANCE)
def test_one_quote_is_repeated_exactly(line: float, chance: float) -> None:
    """P(over) at the only line is the quote's, and the spread is the usual one."""
    pmf = of_one((0, line, chance))
    assert over(pmf, line) == pytest.approx(chance, abs=1e-9)
    middle = np.sqrt(line + SHIFT) - SPREAD * ndtri(1.0 - chance)
    assert over(pmf, line + 5.0) == pytest.approx(said(line + 5.0, middle, SPREAD), abs=1e-9)


def test_a_line_of_21_5_at_even_prices_by_hand() -> None:
    """Root of 27.5 is 5.244; with a spread of 0.72 P(over 30.5) = 1 - Phi((6.042 - 5.244) / 0.72) = 0.1340."""
    pmf = of_one((0, 21.5, 0.5))
    assert (over(pmf, 21.5), over(pmf, 30.5)) == (pytest.approx(0.5), pytest.approx(0.1340, abs=1e-4))


def test_a_whole_line_is_halved_by_its_push() -> None:
    """At a whole line, given no push, the chance is the quote's within three thousandths."""
    assert over(of_one((0, 20.0, 0.45)), 20.0) == pytest.approx(0.45, abs=0.003)


@given(line=LINE, chance=CHANCE, books=st.integers(2, 5))
def test_agreeing_books_say_what_each_says(line: float, chance: float, books: int) -> None:
    """Further books with the same quote change nothing."""
    np.testing.assert_allclose(
        of_one(*((b, line, chance) for b in range(books))), of_one((0, line, chance)), atol=1e-12
    )


@given(line=LINE, first=CHANCE, second=CHANCE)
def test_books_are_equal_and_their_order_is_none(line: float, first: float, second: float) -> None:
    """Two books at one line: the consensus lies between them, the same in either order."""
    pmf = of_one((0, line, first), (1, line, second))
    np.testing.assert_allclose(pmf, of_one((1, line, second), (0, line, first)), atol=1e-12)
    assert min(first, second) - 1e-9 <= over(pmf, line) <= max(first, second) + 1e-9


@given(line=LINE, chance=st.floats(0.3, 0.69))
def test_a_is_over_means_more_points(line: float, chance: float) -> None:
    """The mean rises with P(over), and with the line."""
    (usual,), (likelier,) = means(of_one((0, line, chance))), means(of_one((0, line, chance + 0.01)))
    (higher,) = means(of_one((0, line + 1.0, chance)))
    assert usual < min(likelier, higher)


@given(line=LINE, chance=CHANCE)
def test_over_and_under_mirror_each_other(line: float, chance: float) -> None:
    """On the scale of roots, exchanging over and under mirrors the distribution at the line."""
    lower, upper = of_one((0, line, chance)), of_one((0, line, 1.0 - chance))
    assert over(lower, line) == pytest.approx(1.0 - over(upper, line), abs=1e-9)


@pytest.mark.parametrize("spread", [0.6, 0.9])
def test_alternate_lines_show_the_spread(spread: float) -> None:
    """Alternates of a wider or narrower opinion draw the spread its way; one without alternates has the usual spread."""
    quotes = [(b, line, said(line, 5.0, spread)) for b in range(8) for line in (11.5, 15.5, 19.5, 24.5, 29.5)]
    (drawn,), (usual,) = stds(of_one(*quotes)), stds(of_one((0, 19.5, said(19.5, 5.0, spread))))
    assert (drawn > usual) == (spread > SPREAD)
    assert over(of_one(*quotes), 29.5) == pytest.approx(said(29.5, 5.0, spread), abs=0.03)


def test_a_book_with_many_lines_weighs_as_one() -> None:
    """Nine lines of one opinion against one line of another: the middle of both, not nine tenths of the way."""
    many = [(0, 15.5 + k, said(15.5 + k, 5.0, SPREAD)) for k in range(9)]
    both, alone = means(of_one(*many, (1, 12.5, 0.5)))[0], (means(of_one(*many))[0], means(of_one((1, 12.5, 0.5)))[0])
    assert both == pytest.approx(np.mean(alone), abs=0.3)


def test_players_are_apart() -> None:
    """Each player's distribution comes from the player's quotes alone."""
    both = distributions(
        np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([10.5, 30.5, 11.5]), np.array([0.5, 0.5, 0.4])
    )
    np.testing.assert_allclose(both[:1], of_one((0, 10.5, 0.5), (1, 11.5, 0.4)), atol=1e-12)
    np.testing.assert_allclose(both[1:], of_one((0, 30.5, 0.5)), atol=1e-12)
    assert both.sum(axis=1) == pytest.approx([1.0, 1.0])
