"""Charts: every mark is there, inside the frame, and said in words."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tipoff.web import charts

PMFS = st.lists(st.floats(0.001, 1.0), min_size=81, max_size=81).map(lambda w: [x / sum(w) for x in w])
LINES = st.none() | st.integers(1, 120).map(lambda k: k / 2)


@settings(max_examples=30)
@given(PMFS, st.none() | PMFS, LINES)
def test_a_distribution_stays_inside_its_frame(
    ours: list[float], market: list[float] | None, line: float | None
) -> None:
    """Steps go from left to right, between the top and the axis; the market and the line only where there is one."""
    svg = str(charts.distribution(ours, market, line, "<a> & b"))
    assert svg.count('class="ours"') == 1
    assert svg.count('class="market"') == (market is not None)
    assert svg.count('class="line"') == (line is not None)
    assert 'aria-label="&lt;a&gt; &amp; b"' in svg
    for path in re.findall(r'class="(?:ours|market)" d="([^"]+)"', svg):
        across = [float(x) for x in re.findall(r"H([\d.]+)", path)]
        assert all(0.0 < a < b <= charts.WIDE + 0.1 for a, b in pairwise(across))
        assert all(0.0 <= float(y) <= charts.HIGH - charts.FOOT for y in re.findall(r"V([\d.]+)", path))


def test_the_peak_is_where_the_points_are() -> None:
    """All of 17 points: one step, left of the line of 17.5 that is inside the frame."""
    svg = str(charts.distribution([float(k == 17) for k in range(81)], None, 17.5, ""))
    tops = re.findall(r"V2H([\d.]+)", svg)
    at = float(re.findall(r'class="line" d="M([\d.]+),', svg)[0])
    assert [float(t) for t in tops] == [at]


def test_chances_fill_the_bar() -> None:
    """Over, push and under beside each other."""
    svg = str(charts.chances(0.5, 0.1, 0.4))
    assert re.findall(r'x="([\d.]+)" width="([\d.]+)"', svg) == [("0.0", "50.0"), ("50.0", "10.0"), ("60.0", "40.0")]
    assert 'aria-label="over 50%, push 10%, under 40%"' in svg


def test_games_are_bars_with_the_line_then_offered() -> None:
    """A bar a game, above, at or below its line; a game without a line has none."""
    svg = str(charts.games([("2024-01-01", 20, 17.5), ("2024-01-02", 10, 17.5), ("2024-01-03", 5, None)], "x"))
    assert re.findall(r'class="game (\w+)"', svg) == ["over", "under", "none"]
    assert svg.count('class="line"') == 2
