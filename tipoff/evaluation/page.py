"""The evaluation as one self-contained HTML page: tables, and plots drawn as SVG."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from functions.predict.distribution import Floats
from tipoff.evaluation.metrics import gains
from tipoff.evaluation.rows import Rows
from tipoff.evaluation.scores import wilson

WIDE, HIGH, EDGE = 420, 300, 40
BINS = np.linspace(0.3, 0.7, 9)
_STYLE = (
    "body{font:15px system-ui;margin:2rem auto;max-width:1100px}table{border-collapse:collapse;font-size:13px}"
    "td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child"
    "{text-align:left}svg{margin:1rem 1rem 0 0}.scroll{overflow-x:auto}"
)


def page(title: str, tables: dict[str, list[dict[str, Any]]], rows: Rows, shown: str) -> str:
    """The document: one table per heading, and the plots of the system `shown`."""
    body = "".join(f"<h2>{escape(name)}</h2>{_table(found)}" for name, found in tables.items())
    plots = reliability(rows) + roi(gains(rows)) + errors_by_line(tables.get("line", []), shown)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    return f"{head}<style>{_STYLE}</style><h1>{escape(title)}</h1><h2>{escape(shown)}</h2>{plots}{body}</html>\n"


def reliability(rows: Rows) -> str:
    """How often the over came in against the chance given to it, with Wilson intervals."""
    decided = rows.only(rows.points != rows.line)
    chance, hit = decided.over(), decided.points > decided.line
    marks = [_line([(0.3, 0.3), (0.7, 0.7)], "#bbb")]
    member = np.digitize(chance, BINS)
    for part in np.unique(member):
        inside = member == part
        low, high = wilson(int(hit[inside].sum()), int(inside.sum()))
        at = float(np.clip(chance[inside].mean(), 0.3, 0.7))
        share = float(np.clip(hit[inside].mean(), 0.3, 0.7))
        bounds = [(at, float(np.clip(b, 0.3, 0.7))) for b in (low, high)]
        marks.append(_line(bounds, "#468") + _dot(at, share, (0.3, 0.7), (0.3, 0.7)))
    return _plot("Reliability: P(over) given and seen", "".join(marks), (0.3, 0.7), (0.3, 0.7))


def roi(gain: Floats) -> str:
    """The running return per unit staked of the picks, with its 95 % interval."""
    if len(gain) < 2:  # noqa: PLR2004 - an interval needs two
        return ""
    count = np.arange(1, len(gain) + 1)
    mean = np.cumsum(gain) / count
    half = 1.96 * np.sqrt(np.maximum(np.cumsum(gain**2) / count - mean**2, 0.0) / count)
    at = np.unique(np.linspace(min(20, len(gain) - 1), len(gain) - 1, 120).astype(np.int64))
    across, up = (0.0, float(len(gain))), (-0.3, 0.3)
    curves = [
        _line([(float(count[i]), float(np.clip(v[i], *up))) for i in at], colour, across, up)
        for v, colour in ((mean, "#468"), (mean - half, "#bcd"), (mean + half, "#bcd"))
    ]
    zero = _line([(0.0, 0.0), (across[1], 0.0)], "#bbb", across, up)
    return _plot("Return per unit staked, by bets, with its 95 % interval", zero + "".join(curves), across, up)


def errors_by_line(found: Sequence[dict[str, Any]], shown: str) -> str:
    """Mean absolute error by line bucket: ours dark, the line's light."""
    mine = [r for r in found if r["system"] == shown]
    if not mine:
        return ""
    up, across = (0.0, 9.0), (0.0, float(len(mine)))
    bars = "".join(
        _bar(i + 0.12, r["mae"], "#468", across, up) + _bar(i + 0.5, r["line_mae"], "#bcd", across, up)
        for i, r in enumerate(mine)
    )
    names = "".join(
        f'<text x="{_x(i + 0.2, across):.0f}" y="{HIGH - EDGE + 14}" font-size="10">{escape(str(r["line"]))}</text>'
        for i, r in enumerate(mine)
    )
    return _plot("Mean absolute error by line: ours (dark), the line (light)", bars + names, None, up)


def _table(found: Sequence[dict[str, Any]]) -> str:
    if not found:
        return "<p>no rows</p>"
    names = list(found[0])
    head = "".join(f"<th>{escape(n)}</th>" for n in names)
    lines = "".join("<tr>" + "".join(f"<td>{_cell(r.get(n))}</td>" for n in names) + "</tr>" for r in found)
    return f'<div class="scroll"><table><tr>{head}</tr>{lines}</table></div>'


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return " to ".join(f"{v:.4f}" for v in value)
    return f"{value:.4f}" if isinstance(value, float) else escape(str(value if value is not None else ""))


Range = tuple[float, float]
_UNIT: Range = (0.3, 0.7)


def _x(value: float, across: Range) -> float:
    return EDGE + (value - across[0]) / (across[1] - across[0]) * (WIDE - 2 * EDGE)


def _y(value: float, up: Range) -> float:
    return HIGH - EDGE - (value - up[0]) / (up[1] - up[0]) * (HIGH - 2 * EDGE)


def _line(points: Sequence[Range], colour: str, across: Range = _UNIT, up: Range = _UNIT) -> str:
    path = " ".join(f"{_x(a, across):.1f},{_y(b, up):.1f}" for a, b in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _dot(a: float, b: float, across: Range, up: Range) -> str:
    return f'<circle cx="{_x(a, across):.1f}" cy="{_y(b, up):.1f}" r="4" fill="#468"/>'


def _bar(a: float, height: float, colour: str, across: Range, up: Range) -> str:
    top, left = _y(height, up), _x(a, across)
    wide = _x(across[0] + 0.35, across) - EDGE
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{HIGH - EDGE - top:.1f}" fill="{colour}"/>'


def _plot(title: str, marks: str, across: Range | None, up: Range) -> str:
    ends = [(EDGE - 34.0, _y(v, up), f"{v:g}") for v in up]
    ends += [(_x(v, across) - 8, HIGH - EDGE + 16, f"{v:g}") for v in across] if across else []
    labels = "".join(f'<text x="{a:.0f}" y="{b:.0f}" font-size="11">{t}</text>' for a, b, t in ends)
    inner = f'width="{WIDE - 2 * EDGE}" height="{HIGH - 2 * EDGE}"'
    frame = f'<rect x="{EDGE}" y="{EDGE}" {inner} fill="none" stroke="#ccc"/>'
    named = f'<text x="{EDGE}" y="{EDGE - 14}" font-size="13">{escape(title)}</text>'
    head = f'<svg width="{WIDE}" height="{HIGH}" role="img" aria-label="{escape(title)}">'
    return f"{head}{frame}{named}{marks}{labels}</svg>"
