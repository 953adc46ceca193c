"""The evaluation: right on simulated games, fair to systems that predict fewer, and a self-contained page."""

from typing import get_args
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from tests.support.data.graded_games import rows
from tipoff.evaluation import columns, filters, metrics, page, report, scores, svg

COUNT = 6000


def test_a_system_that_knows_the_truth_is_calibrated_and_leads_on_every_baseline():
    """Slope 1 and coverage 80 % within their noise; better than the best baseline in each score, and than blind bets."""
    (figures,) = report.evaluate({"champion": rows(COUNT)}, rates={2023: 0.48})
    assert figures["calibration_slope_95"][0] < 1.0 < figures["calibration_slope_95"][1]
    assert figures["coverage_80"] == pytest.approx(0.8, abs=0.02)
    for score in ("mae", "crps", "log_score", "brier", "roi"):
        assert figures[f"{score}_lead_95"][0] > 0.0
        assert figures[f"{score}_word"] == "better"
    assert figures["roi_95"][0] > 0.0
    assert abs(figures["bias"]) < 0.3


def test_beside_each_baseline_a_system_leads_by_the_difference_of_their_scores():
    """On common rows: the market's mean score less ours; zero against itself; a system is no baseline of itself."""
    true, off = rows(COUNT), rows(COUNT, off=3.0)
    few = off.only(np.arange(COUNT) % 3 == 0)
    compared = report.beside_baselines({"few": few, "true": true, "market": off}, {})
    found = {(r["system"], r["baseline"]): r for r in compared}
    assert ("market", "market") not in found
    best, same = found["true", "market"], found["few", "market"]
    assert (best["crps_rows"], same["crps_rows"]) == (COUNT, 2000)
    expected = {
        "mae": np.abs(off.median() - off.points).mean() - np.abs(true.median() - true.points).mean(),
        "crps": scores.crps(off.pmf, off.points).mean() - scores.crps(true.pmf, true.points).mean(),
        "log_score": scores.log_score(off.pmf, off.points).mean() - scores.log_score(true.pmf, true.points).mean(),
        "brier": ((off.over() - (off.points > off.line)) ** 2 - (true.over() - (true.points > true.line)) ** 2).mean(),
    }
    for name, lead in expected.items():
        assert best[f"{name}_lead"] == pytest.approx(lead)
        assert best[f"{name}_lead_95"][0] > 0.0
        assert same[f"{name}_lead"] == pytest.approx(0.0)


def test_a_biased_system_is_worse_than_the_line():
    """A system four points too high has that bias and a larger MAE than the best baseline: its word is worse."""
    (figures,) = report.evaluate({"champion": rows(COUNT, off=4.0)})
    assert figures["mae_lead_95"][1] < 0.0
    assert figures["mae_word"] == "worse"
    assert figures["bias"] == pytest.approx(4.0, abs=0.3)


def test_a_system_that_predicts_fewer_changes_no_other_systems_rows():
    """Each system is scored on all its own rows; the base on the same rows, with their number."""
    base, champion = rows(COUNT, off=3.0), rows(COUNT)
    few = rows(COUNT, off=1.0).only(np.arange(COUNT) % 3 == 0)
    alone = report.evaluate({"moving_average": base, "champion": champion})
    evaluated = report.evaluate({"moving_average": base, "champion": champion, "few": few})
    assert evaluated[:2] == alone
    beside = evaluated[2]
    assert (beside["rows"], beside["moving_average_rows"]) == (2000, 2000)
    part = base.only(np.arange(COUNT) % 3 == 0)
    assert beside["moving_average_mae"] == pytest.approx(np.abs(part.median() - part.points).mean())
    assert beside["line_mae"] == pytest.approx(np.abs(few.line - few.points).mean())


def test_side_by_side_is_on_the_same_rows_and_names_systems_left_out():
    """All have the same number of rows, the best is first, and the system with few rows is named and left out."""
    most = rows(COUNT, off=1.0).only(np.arange(COUNT) >= 30)
    few = rows(COUNT).only(np.arange(COUNT) % 3 == 0)
    compared, left_out = report.side_by_side({"champion": rows(COUNT), "most": most, "few": few}, "champion")
    assert left_out == ["few"]
    assert {r["rows"] for r in compared} == {COUNT - 30}
    assert [r["system"] for r in compared] == ["champion", "most"]
    assert compared[0]["lead_on_shown"] == 0.0
    assert compared[1]["lead_on_shown"] == pytest.approx(compared[0]["mae"] - compared[1]["mae"])
    assert compared[1]["lead_on_shown"] < 0.0


@pytest.mark.parametrize("by", get_args(report.By))
def test_the_parts_of_a_split_add_up_to_the_whole(by):
    """Every row is in one part of each split, and no part is left out for being small."""
    age = np.append(np.full(COUNT - 2, 10.0), [500.0, np.nan])
    line = np.append(rows(COUNT).line[:-1], 40.5)
    systems = {"moving_average": rows(COUNT), "champion": rows(COUNT, off=1.0, age=age, line=line)}
    evaluated = report.evaluate(systems, by)
    for name in ("moving_average", "champion"):
        mine = [r for r in evaluated if r["system"] == name]
        assert sum(r["rows"] for r in mine) == COUNT
        assert len(mine) == (1 if by == "system" else len({r[by] for r in mine}))
    if by == "age":
        assert sorted(r["rows"] for r in evaluated if r["system"] == "champion") == [1, 1, COUNT - 2]


def test_tiers_are_the_base_systems_so_that_every_system_has_the_same():
    """A system with higher predictions has the same rows in each tier."""
    evaluated = report.evaluate({"moving_average": rows(COUNT), "champion": rows(COUNT, off=5.0)}, "tier")
    mine = {
        name: [(r["tier"], r["rows"]) for r in evaluated if r["system"] == name]
        for name in ("moving_average", "champion")
    }
    assert mine["champion"] == mine["moving_average"]


def test_lines_move_our_way_by_the_side_of_the_bet():
    """An over gains as the line rises from its opening, an under as it falls; what is no bet does not count."""
    picks, line = np.array(["OVER", "UNDER", "PASS"], dtype=object), np.full(3, 20.5)
    opened = np.array([19.5, 17.5, 30.5])
    figures = metrics.figures(rows(3, picks=picks, is_over=picks == "OVER", line=line, opening=opened))
    assert figures["line_moved_our_way"] == pytest.approx((1 - 3) / 2)
    assert (figures["bets"], figures["clv_bets"], figures["clv_coverage"]) == (2, 0, 0.0)


def test_more_bets_to_significance_falls_as_bets_come_in():
    """A significant ROI needs no more bets; one that is not needs more."""
    sure = metrics.figures(rows(COUNT))
    unsure = metrics.figures(rows(60, seed=5, days=np.datetime64("2024-01-01") + np.arange(60) // 2))
    assert sure["more_bets_to_significance"] == 0.0
    assert unsure["roi_95"][0] < 0.0 < unsure["roi_95"][1]
    assert unsure["bets_to_significance"] > 60


def bets(over, edge, gain, **changes):
    """Bets at even money with these gains, NaN for a void; `edge` points between the prediction and the line."""
    sign = np.where(over, 1.0, -1.0)
    line = changes["mean"] - sign * edge
    even = np.full(len(gain), 2.0)
    given = {"is_over": over, "line": line, "points": line + sign * gain, "over_price": even, "under_price": even}
    return rows(len(gain), **given, **changes)


SIX = bets(
    over=np.array([True, False, True, True, True, False]),
    edge=np.array([4.0, 2.0, 1.0, 1.0, 5.0, 6.0]),
    gain=np.array([1.0, -1.0, -1.0, -1.0, np.nan, 1.0]),
    days=np.datetime64("2024-01-01") + np.arange(6),
    reasons=np.array(["", "", "no_edge", "no_edge", "player_out", ""], dtype=object),
    mean=np.array([20.0, 12.0, 20.0, 20.0, 20.0, 27.0]),
    quality=np.array([95.0, 95.0, 95.0, 95.0, 95.0, 70.0]),
    above_season=np.array([0.0, 4.0, 0.0, 0.0, 0.0, 0.0]),
)


def test_units_saved_are_what_the_removed_bets_would_have_lost():
    """Picks, filters in use and other rules equal figures worked out by hand; a void is counted apart."""
    by_filter = {row["filter"]: row for row in filters.roi_by_filter(SIX)}
    assert (by_filter["(picks)"]["bets"], by_filter["(picks)"]["roi"]) == (3, pytest.approx(1 / 3))
    assert (by_filter["no_edge"]["bets"], by_filter["no_edge"]["units_saved"]) == (2, 2.0)
    assert by_filter["player_out"] == {"filter": "player_out", "state": filters.IN_USE, "bets": 1, "void": 1}
    assert (by_filter["edge_below_3_points"]["bets"], by_filter["edge_below_3_points"]["units_saved"]) == (1, 1.0)
    assert (by_filter["star_under"]["bets"], by_filter["star_under"]["units_saved"]) == (1, -1.0)
    assert (
        by_filter["role_under"]["bets"],
        by_filter["under_in_form"]["bets"],
        by_filter["quality_below_80"]["bets"],
    ) == (1, 1, 1)
    assert {row["state"] for name, row in by_filter.items() if name in filters.RULES} == {filters.NOT_USED}


def test_the_roi_of_a_filter_that_removes_coin_flips_is_not_significant():
    """The interval of fair bets contains zero; that of losing bets lies below."""
    rng = np.random.default_rng(1)
    size = 400
    same = {
        "days": np.datetime64("2024-01-01") + np.arange(size) // 4,
        "reasons": np.array(["fair", "bad"] * (size // 2), dtype=object),
        "over": np.ones(size, dtype=bool),
        **{name: np.ones(size) for name in ("edge", "mean", "quality", "above_season")},
    }
    gain = np.where(same["reasons"] == "fair", rng.choice([1.0, -1.0], size), rng.choice([1.0, -1.0, -1.0], size))
    by_filter = {row["filter"]: row for row in filters.roi_by_filter(bets(gain=gain, **same))}
    assert by_filter["fair"]["roi_95"][0] < 0.0 < by_filter["fair"]["roi_95"][1]
    assert by_filter["bad"]["roi_95"][1] < 0.0 < by_filter["bad"]["units_saved"]


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document():
    """A page with HTML in its title and texts."""
    drawn = rows(COUNT)
    by_line = report.evaluate({"champion": drawn, "moving_average": rows(COUNT, off=2.0)}, "line")
    section = page.Section("<b>Points</b>", "a & b", columns.labelled("line", columns.POINTS), by_line)
    return page.page("Tipoff <script>", [section], drawn, "champion", by_line)


def test_the_page_refers_to_nothing_outside_itself(document):
    """There is no address, script, import or source, and data is escaped."""
    for outside in ("http:", "https:", "//", "<script", "@import", "url(", "src=", '<link rel="style'):
        assert outside not in document.replace("data:,", ""), outside
    assert "&lt;b&gt;Points" in document
    assert "a &amp; b" in document


def test_every_plot_is_there_and_well_formed(document):
    """Reliability of all rows and of five buckets, ROI and errors: each parses, each mark lies inside its frame."""
    pictures = [ET.fromstring("<svg" + p.split("</svg>")[0] + "</svg>") for p in document.split("<svg")[1:]]  # noqa: S314
    named = [p.attrib["aria-label"] for p in pictures]
    assert [n.split(",")[0].split(":")[0] for n in named] == [
        *("Reliability", "ROI with its 95 % interval", "Mean absolute error by line"),
        *["Reliability"] * 5,
    ]
    for picture in pictures:
        for mark in picture.iter("circle"):
            assert 0 <= float(mark.attrib["cx"]) <= svg.WIDE
            assert 0 <= float(mark.attrib["cy"]) <= svg.HIGH
        for mark in picture.iter("rect"):
            assert float(mark.attrib["height"]) >= 0.0


def test_a_home_without_bets_has_a_page():
    """Without picks and with few rows there are no plots and no error."""
    drawn = rows(20, picks=np.full(20, "PASS", dtype=object))
    text = page.page("t", [page.Section("Bets", "", columns.BETS, [])], drawn, "champion", [])
    assert "no rows" in text
    assert "<svg" not in text


@pytest.mark.parametrize(("low", "high"), [(0.0, 944.0), (0.45, 0.55), (-0.4, 0.4), (0.0, 8.0)])
def test_ticks_are_round_and_inside(low, high):
    """There are two to seven, evenly spaced, none beyond the axis and none of minus zero."""
    ticks = svg._ticks((low, high))
    assert 2 <= len(ticks) <= 7
    assert low - 1e-9 <= ticks[0] <= ticks[-1] <= high + 1e-9
    assert np.ptp(np.diff(ticks)) == pytest.approx(0.0, abs=1e-9)
    assert all(str(v) != "-0.0" for v in ticks)


def test_equal_values_have_a_range_to_draw_them_in() -> None:
    """Bins that all lie on one step of the axis are drawn, not divided by zero."""
    assert svg.span([0.4, 0.4], 0.1) == pytest.approx((0.4, 0.5))
    frame = svg.Frame((0.0, 1.0), svg.span([0.4], 0.1))
    assert "NaN" not in frame.plot("t", frame.dot(0.5, 0.4, svg.OURS, "x"), across_name="a").replace("nan", "NaN")
