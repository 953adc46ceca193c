"""Intervals by game date: worked examples, agreement with published values, and coverage in simulations."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.evaluation import intervals

T_19 = 2.093024  # Student's t, 97.5 %, 19 degrees of freedom
FIRST = np.datetime64("2024-01-01")
TWENTY = FIRST + np.arange(20)


def test_a_mean_of_one_row_a_date_has_the_textbook_interval() -> None:
    """Ten zeros and ten twos: mean 1, deviation sqrt(20 / 19), so 1 +- t sqrt(20 / 19) / sqrt(20)."""
    found = intervals.of_mean("x", np.repeat([0.0, 2.0], 10), TWENTY)
    assert found["x"] == 1.0
    assert found["x_95"] == pytest.approx((1.0 - T_19 / sqrt(19), 1.0 + T_19 / sqrt(19)), rel=1e-6)


def test_rows_of_one_date_count_as_one() -> None:
    """Each row five times over, on the same date, leaves the interval as it was; on other dates it narrows it."""
    values = np.repeat([0.0, 2.0], 10)
    once = intervals.of_mean("x", values, TWENTY)
    assert intervals.of_mean("x", np.tile(values, 5), np.tile(TWENTY, 5))["x_95"] == pytest.approx(once["x_95"])
    low, high = intervals.of_mean("x", np.tile(values, 5), FIRST + np.arange(100))["x_95"]
    assert high - low < 0.5 * (once["x_95"][1] - once["x_95"][0])


def test_below_twenty_dates_there_is_no_interval_but_a_reason() -> None:
    """However many rows: the figure stands, and words in the place of its interval."""
    values, few = np.arange(60.0), FIRST + np.arange(60) % 19
    chance, hit = np.linspace(0.2, 0.8, 60), (np.arange(60) % 2).astype(float)
    for found in (
        intervals.of_mean("x", values, few),
        intervals.of_lead("x", values, values[::-1], few),
        intervals.of_share("x", hit > 0.5, few),
        intervals.of_slope("x", chance, hit, few),
    ):
        assert np.isfinite(found["x"])
        assert found["x_95"] == "too few dates (19 < 20)"
    assert len(intervals.running(values, few)[0]) == 0
    assert isinstance(intervals.of_mean("x", values, FIRST + np.arange(60) % 20)["x_95"], tuple)


def test_a_lead_of_paired_rows_is_the_mean_of_their_differences() -> None:
    """What both have in common cancels; exchanged, the lead and its interval are mirrored."""
    rng = np.random.default_rng(1)
    ours, common, days = rng.normal(0.3, 1, 200), rng.normal(0, 50, 200), FIRST + np.arange(200) // 4
    lead = intervals.of_lead("x", ours + common, common, days)
    alone = intervals.of_mean("x", ours, days)
    assert lead["x"] == pytest.approx(alone["x"])
    assert lead["x_95"] == pytest.approx(alone["x_95"])
    mirrored = intervals.of_lead("x", common, ours + common, days)
    assert mirrored["x"] == pytest.approx(-lead["x"])
    assert mirrored["x_95"] == pytest.approx((-lead["x_95"][1], -lead["x_95"][0]))


def test_a_lead_of_rows_that_only_one_side_counts() -> None:
    """Our 20 rows with mean 1 and their 40 rows with mean 0.5 and the same value on each date: the interval is ours."""
    days = np.tile(TWENTY, 2)
    ours = np.concatenate([np.repeat([0.0, 2.0], 10), np.full(20, np.nan)])
    found = intervals.of_lead("x", ours, np.full(40, 0.5), days)
    assert found["x"] == 0.5
    assert found["x_95"] == pytest.approx((0.5 - T_19 / sqrt(19), 0.5 + T_19 / sqrt(19)), rel=1e-6)


def test_wilson_equals_the_published_interval() -> None:
    """8 of 10 is 49.0 to 94.3 % (Newcombe 1998's formula); nothing is known without a trial."""
    assert intervals.wilson(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=5e-4)
    assert intervals.wilson(0.0, 0) == (0.0, 1.0)


def test_a_share_of_independent_dates_has_wilsons_interval_with_t() -> None:
    """16 of 20 dates hit: 20 - 1 trials, as the variance is estimated, at Student's t."""
    hits = np.arange(20) < 16
    found = intervals.of_share("x", hits, TWENTY)
    assert found["x"] == 0.8
    assert found["x_95"] == pytest.approx(intervals.wilson(0.8, 19.0, T_19), rel=1e-5)


def test_a_share_counts_dates_that_hit_together_once() -> None:
    """Ten copies of each row on its date are no more trials; on dates that cancel, rows are no more than themselves."""
    hits = np.arange(20) < 16
    copied = intervals.of_share("x", np.tile(hits, 10), np.tile(TWENTY, 10))
    assert copied["x_95"] == pytest.approx(intervals.wilson(0.8, 19.0, T_19), rel=1e-5)
    balanced = intervals.of_share("x", np.arange(40) % 2 == 0, FIRST + np.arange(40) // 2)
    assert balanced["x_95"] == pytest.approx(intervals.wilson(0.5, 40.0, T_19), rel=1e-5)
    sure = intervals.of_share("x", np.ones(40, bool), FIRST + np.arange(40) // 2)
    assert sure["x_95"] == pytest.approx(intervals.wilson(1.0, 40.0, T_19), rel=1e-5)


def test_calibration_slope_shows_overconfidence() -> None:
    """True probabilities have a slope of one, those with doubled log-odds one half, exchanged ones minus one."""
    rng = np.random.default_rng(1)
    logit, days = rng.normal(0, 1, 40_000), FIRST + np.arange(40_000) // 400
    hit = (rng.random(40_000) < 1 / (1 + np.exp(-logit))).astype(float)
    for factor, slope in ((1.0, 1.0), (2.0, 0.5), (-1.0, -1.0)):
        found = intervals.of_slope("x", 1 / (1 + np.exp(-factor * logit)), hit, days)
        assert found["x"] == pytest.approx(slope, abs=0.05)
        assert found["x_95"][0] < slope < found["x_95"][1]


def test_the_slope_of_two_probabilities_is_the_ratio_of_log_odds() -> None:
    """At 25 % a third of the hits, at 75 % two thirds: log 2 over log 3, worked by hand."""
    chance = np.repeat([0.25, 0.75], 30)
    hit = np.tile([0.0, 0.0, 1.0], 10).tolist() + np.tile([1.0, 1.0, 0.0], 10).tolist()
    found = intervals.of_slope("x", chance, np.array(hit), FIRST + np.arange(60))
    assert found["x"] == pytest.approx(np.log(2) / np.log(3))
    # Each half's log-odds has the variance 1 / (30 * 1/3 * 2/3); the slope divides their difference by 2 log 3.
    error = sqrt(2 / (30 * 2 / 9)) / (2 * np.log(3))
    half = 2.000995 * sqrt(60 / 59) * error  # t with 59 degrees of freedom
    assert found["x_95"] == pytest.approx((found["x"] - half, found["x"] + half), rel=1e-5)


def test_no_slope_where_none_fits_best() -> None:
    """Only hits, only misses, one probability, or one that separates hits from misses: NaN, and no interval."""
    days, chance, mixed = TWENTY, np.linspace(0.3, 0.7, 20), (np.arange(20) % 2).astype(float)
    split, met = (np.arange(20) >= 10).astype(float), np.where(np.arange(20) < 10, 0.4, np.linspace(0.4, 0.7, 20))
    cases = (
        *((chance, np.ones(20)), (chance, np.zeros(20)), (np.full(20, 0.5), mixed)),
        *((chance, split), (chance, 1.0 - split), (met, split), (met, 1.0 - split)),
    )
    for given_chance, hit in cases:
        found = intervals.of_slope("x", given_chance, hit, days)
        assert np.isnan(found.pop("x"))
        assert found == {}


@pytest.mark.parametrize("hits", [[0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 0, 1]])
def test_no_slope_where_a_probability_separates_hits_from_misses(hits: list[int]) -> None:
    """Few predictions of a new system: any larger slope would fit better, so there is none, and no error."""
    chance, hit = np.array([0.3, 0.4, 0.6, 0.7] * 5), np.array(hits * 5, np.float64)
    found = intervals.of_slope("x", chance, hit, TWENTY)
    assert np.isnan(found.pop("x"))
    assert found == {}


def test_a_slope_is_found_where_large_log_odds_are_wrong() -> None:
    """Hits at the lowest probability and at the highest: the search neither overshoots nor fails."""
    chance = np.array([0.03] * 2 + [0.08] * 8 + [0.98] * 6)
    hit = np.array([1.0] * 2 + [0.0] * 8 + [1.0] + [0.0] * 5)
    found = intervals.of_slope("x", chance, hit, TWENTY[:16])
    assert -1.0 < found["x"] < 1.0


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Of 400 simulated seasons of 25 dates whose rows move together, 95 % of the intervals hold the true mean of 0."""
    rng, days = np.random.default_rng(3), FIRST + np.repeat(np.arange(25), 8)
    held = 0
    for _ in range(400):
        values = np.repeat(rng.normal(0, 1, 25), 8) + rng.normal(0, 1, 200)
        low, high = intervals.of_mean("x", values, days)["x_95"]
        held += low < 0.0 < high
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_the_running_interval_is_that_of_the_rows_so_far() -> None:
    """At every date from the 20th on: count, mean and interval of the rows up to it."""
    rng = np.random.default_rng(2)
    days = FIRST + np.sort(rng.integers(0, 30, 200))
    values = rng.normal(0.001, 0.01, 200)
    dates = np.unique(days)
    count, mean, low, high = intervals.running(values, days)
    assert len(count) == len(dates) - 19
    for i in (0, len(count) - 1):
        so_far = days <= dates[19 + i]
        found = intervals.of_mean("x", values[so_far], days[so_far])
        assert (count[i], mean[i]) == (so_far.sum(), pytest.approx(found["x"]))
        assert (low[i], high[i]) == pytest.approx(found["x_95"])


def test_rows_to_significance_square_the_ratio_of_half_width_to_figure() -> None:
    """A figure of 2 within +-4 needs four times the rows; one within +-1 a quarter; without interval it is not known."""
    assert intervals.rows_to_significance(2.0, (-2.0, 6.0), 100) == pytest.approx(400.0)
    assert intervals.rows_to_significance(-2.0, (-3.0, -1.0), 100) == pytest.approx(25.0)
    assert np.isnan(intervals.rows_to_significance(2.0, "too few dates (1 < 20)", 100))
    assert np.isnan(intervals.rows_to_significance(0.0, (-1.0, 1.0), 100))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=20, max_size=60), st.floats(-50, 50), st.floats(0.1, 10))
def test_a_mean_moves_with_its_values(values: list[float], shift: float, scale: float) -> None:
    """Shifted values shift figure and interval; scaled ones scale both; turned round, they are mirrored; order is free."""
    given_values, days = np.array(values), FIRST + np.arange(len(values)) % 20

    def ends(some: np.ndarray, some_days: np.ndarray = days) -> list[float]:
        found = intervals.of_mean("x", some, some_days)
        return [found["x"], *found["x_95"]]

    usual = np.array(ends(given_values))
    assert ends(given_values * scale + shift) == pytest.approx(usual * scale + shift, abs=1e-6)
    assert ends(-given_values) == pytest.approx(-usual[[0, 2, 1]], abs=1e-6)
    assert ends(given_values[::-1], days[::-1]) == pytest.approx(usual, abs=1e-6)
    assert usual[1] <= usual[0] <= usual[2]
