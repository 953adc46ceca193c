"""How much of a disagreement with the market came true: known by how the hits were drawn."""

import numpy as np
import pytest

from shared.rules.stakes import shrunk
from tipoff.evaluation.shrinkage import slope

COUNT = 30_000
DAYS = np.datetime64("2024-01-01") + np.arange(COUNT) // 1000


@pytest.mark.parametrize("true", [0.0, 0.3, 1.0])
def test_the_slope_by_which_hits_were_drawn_is_found(true: float) -> None:
    """Of chances that are the market's plus so much of the disagreement, within the interval."""
    rng = np.random.default_rng(5)
    market, chance = rng.uniform(0.35, 0.65, COUNT), rng.uniform(0.2, 0.8, COUNT)
    hit = rng.random(COUNT) < shrunk(chance, market, true)
    found, interval = slope(chance, market, hit, DAYS)
    assert not isinstance(interval, str)
    assert interval[0] <= true <= interval[1]
    assert found == pytest.approx(true, abs=0.1)


def test_by_hand_from_one_kind_of_row() -> None:
    """Of 4 to 1 by the system at an even market 2 of 3 came true: 2 to 1 is half of the log-odds. Three dates are too few."""
    found, interval = slope(np.full(3, 0.8), np.full(3, 0.5), np.array([True, True, False]), DAYS[::1000][:3])
    assert found == pytest.approx(0.5)
    assert interval == "too few dates (3 < 20)"


def test_without_a_disagreement_there_is_no_slope() -> None:
    """The market's own chances say nothing."""
    found, why = slope(np.full(3, 0.6), np.full(3, 0.6), np.array([True, False, True]), DAYS[:3])
    assert np.isnan(found)
    assert why == "the chances are the market's"
