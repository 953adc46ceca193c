"""The plots of an evaluation: reliability, ROI, error by line, importance of feature groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tipoff.evaluation.graded_rows import Rows
from tipoff.evaluation.metrics import gains
from tipoff.evaluation.report import MIN_ROWS, parts
from tipoff.evaluation.scores import Z_95, wilson
from tipoff.evaluation.svg import FAINT, LIGHT, OTHER, OURS, Bar, Frame, horizontal_bars, span

BINS, BIN_ROWS = 10, 40  # of equal size; fewer where a bin would hold less
FIRST_BET = 30  # where the running ROI begins: it says nothing of fewer bets
MAX_ROI = 0.5  # drawn, either way


def reliability(rows: Rows, about: str = "all lines") -> str:
    """How often the over won against the predicted P(over): bins of equal size, with Wilson intervals."""
    decided = rows.only(rows.points != rows.line)
    chance, hit = decided.over(), decided.points > decided.line
    count = min(BINS, len(decided) // BIN_ROWS)
    if count == 0:
        return ""
    bins = []
    for inside in np.array_split(np.argsort(chance, kind="stable"), count):
        low, high = wilson(int(hit[inside].sum()), len(inside))
        bins.append((float(chance[inside].mean()), float(hit[inside].mean()), low, high, len(inside)))
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
    """The running ROI of the picks, with its 95 % interval."""
    gain = gains(rows)
    if len(gain) <= FIRST_BET:
        return ""
    count = np.arange(1, len(gain) + 1)
    mean = np.cumsum(gain) / count
    half = Z_95 * np.sqrt(np.maximum(np.cumsum(gain**2) / count - mean**2, 0.0) / count)
    at = np.unique(np.linspace(FIRST_BET - 1, len(gain) - 1, 150).astype(np.int64))
    ends = np.concatenate([(mean - half)[at], (mean + half)[at], np.zeros(1)]).clip(-MAX_ROI, MAX_ROI).tolist()
    frame = Frame((0.0, float(len(gain))), span(ends, 0.1))
    bets, low, high = (v[at].tolist() for v in (count.astype(np.float64), mean - half, mean + half))
    marks = frame.area(bets, low, high, LIGHT) + frame.line([(0.0, 0.0), (float(len(gain)), 0.0)], FAINT)
    marks += frame.line(list(zip(bets, mean[at].tolist(), strict=True)), OURS)
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
    legend = "buckets of lines; dark: ours, light: the line, ochre: the moving average"
    return frame.plot(title, marks, across_name=legend, has_ticks=False)


def ablation(groups: Sequence[Mapping[str, Any]], system: str) -> str:
    """How much the mean absolute error rises if each group of features is withheld, with 95 % intervals."""
    bars = [
        Bar(g["group"], g["mae"], g["mae_95"], f"{g['how']}: MAE {g['mae']:+.4f}, CRPS {g['crps']:+.4f}")
        for g in groups
    ]
    title = f"{system}: importance of each group"
    return horizontal_bars(title, bars, across_name="rise of MAE, in points, if the group is withheld")
