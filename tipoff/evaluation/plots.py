"""The plots of an evaluation: reliability, ROI, error by line, importance of feature groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tipoff.evaluation.graded_rows import Rows
from tipoff.evaluation.intervals import of_share, running
from tipoff.evaluation.metrics import gains, staked
from tipoff.evaluation.report import MIN_ROWS, parts
from tipoff.evaluation.svg import FAINT, LIGHT, OTHER, OURS, Bar, Frame, horizontal_bars, span

BINS, BIN_ROWS = 10, 40  # of equal size; fewer where a bin would hold less
MAX_ROI = 0.5  # drawn, either way


def reliability(rows: Rows, about: str = "all lines") -> str:
    """How often the over won against the predicted P(over): bins of equal size, with intervals from 20 dates on."""
    decided = rows.only(rows.points != rows.line)
    chance, hit = decided.over(), decided.points > decided.line
    count = min(BINS, len(decided) // BIN_ROWS)
    if count == 0:
        return ""
    bins = []
    for inside in np.array_split(np.argsort(chance, kind="stable"), count):
        observed = of_share("share", hit[inside], decided.days[inside])
        share, interval = observed["share"], observed["share_95"]
        ends = (share, share) if isinstance(interval, str) else interval
        bins.append((float(chance[inside].mean()), share, *ends, len(inside)))
    across, up = span([b[0] for b in bins] + [0.45, 0.55], 0.05), span([v for b in bins for v in b[1:4]], 0.05)
    frame = Frame(across, up)
    ends = max(across[0], up[0]), min(across[1], up[1])
    marks = frame.line([(v, v) for v in ends], FAINT) if ends[0] < ends[1] else ""
    for at, share, low, high, size in bins:
        tooltip = f"predicted {at:.1%}, observed {share:.1%} of {size}"
        marks += frame.line([(at, low), (at, high)], OURS) + frame.dot(at, share, OURS, tooltip)
    title = f"Reliability, {about}: {len(decided):,} rows"
    return frame.plot(title, marks, across_name="predicted P(over); up: how often the over won", is_share=True)


def reliability_by_line(rows: Rows) -> str:
    """One reliability diagram per bucket of lines with at least 30 rows."""
    bucket = parts(rows, rows, "line")
    buckets = [(name, rows.only(bucket == name)) for name in sorted(set(bucket.tolist()))]
    return "".join(reliability(some, f"lines {name}") for name, some in buckets if len(some) >= MIN_ROWS)


def roi(rows: Rows) -> str:
    """The running ROI of the picks with its 95 % interval, from the 20th date on."""
    count, mean, low, high = running(gains(rows), rows.days[staked(rows)])
    if len(count) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    ends = np.concatenate([low, high, np.zeros(1)]).clip(-MAX_ROI, MAX_ROI).tolist()
    frame = Frame((0.0, count[-1]), span(ends, 0.1))
    marks = frame.area(count.tolist(), low.tolist(), high.tolist(), LIGHT)
    marks += frame.line([(0.0, 0.0), (count[-1], 0.0)], FAINT)
    marks += frame.line(list(zip(count.tolist(), mean.tolist(), strict=True)), OURS)
    return frame.plot(
        "ROI with its 95 % interval", marks, across_name="bets in the order of their dates", is_share=True
    )


def errors_by_line(rows: Sequence[Mapping[str, Any]], shown: str) -> str:
    """Mean absolute error by bucket of lines: the shown system's, the line's, the moving average's."""
    mine = [r for r in rows if r["system"] == shown]
    if not mine:
        return ""
    kinds = (("mae", OURS, shown), ("line_mae", LIGHT, "the line"), ("moving_average_mae", OTHER, "moving average"))
    values = [r[key] for r in mine for key, _, _ in kinds if key in r]
    frame = Frame((0.0, float(len(mine))), (0.0, span(values, 2.0)[1]))
    marks = ""
    for i, row in enumerate(mine):
        for j, (key, colour, name) in enumerate(kinds):
            if key in row:
                marks += frame.bar(i + 0.14 + 0.24 * j, 0.22, row[key], colour, f"{name}: {row[key]:.3f}")
        marks += frame.label(i + 0.5, row["line"])
    title = "Mean absolute error by line"
    legend = "buckets of lines; from left: ours, the line, the moving average"
    return frame.plot(title, marks, across_name=legend, has_ticks=False)


def ablation(groups: Sequence[Mapping[str, Any]], system: str) -> str:
    """How much the mean absolute error rises if each group of features is withheld, with 95 % intervals."""
    bars = [
        Bar(g["group"], g["mae"], g["mae_95"], f"{g['how']}: MAE {g['mae']:+.4f}, CRPS {g['crps']:+.4f}")
        for g in groups
    ]
    title = f"{system}: importance of each group"
    return horizontal_bars(title, bars, across_name="rise of MAE, in points, if the group is withheld")
