"""Plots as SVG text: a frame with two axes and marks in it, and horizontal bars. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDE, HIGH = 460, 320
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 34, 42
# Of the style sheet of the page that a plot is in, or else these.
OURS, LIGHT, FAINT = "var(--ours, #2f5d8a)", "var(--light, #b7cde2)", "var(--faint, #c9c9c9)"
OTHER, GRID, AXIS = "var(--other, #d9a441)", "var(--grid, #eee)", "var(--faint, #999)"
MOST_TICKS = 6
STEP, NAMES, FIGURES = 26, 150, 58  # of horizontal bars: height, width of their names and of their figures

Range = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """The ranges of the two axes, and marks drawn by them."""

    across: Range
    up: Range

    def x(self, value: float) -> float:
        """Pixels from the left."""
        share = (value - self.across[0]) / (self.across[1] - self.across[0])
        return LEFT + share * (WIDE - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top; values beyond the axis are drawn at its end."""
        share = float(np.clip((value - self.up[0]) / (self.up[1] - self.up[0]), 0.0, 1.0))
        return HIGH - BOTTOM - share * (HIGH - TOP - BOTTOM)

    def line(self, points: Sequence[Range], colour: str, width: float = 1.5) -> str:
        """A line through points."""
        path = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in points)
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>'

    def area(self, across: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str) -> str:
        """A filled band."""
        forth = [f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(across, high, strict=True)]
        back = [f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in zip(across, low, strict=True)]
        return f'<polygon points="{" ".join(forth + back[::-1])}" fill="{colour}" opacity="0.45"/>'

    def dot(self, a: float, b: float, colour: str, tooltip: str) -> str:
        """A round mark."""
        at = f'cx="{self.x(a):.1f}" cy="{self.y(b):.1f}"'
        return f'<circle {at} r="4" fill="{colour}"><title>{escape(tooltip)}</title></circle>'

    def bar(self, start: float, width: float, height: float, colour: str, tooltip: str) -> str:
        """A bar from the axis up."""
        left, top = self.x(start), self.y(height)
        size = f'width="{self.x(start + width) - left:.1f}" height="{HIGH - BOTTOM - top:.1f}"'
        return f'<rect x="{left:.1f}" y="{top:.1f}" {size} fill="{colour}"><title>{escape(tooltip)}</title></rect>'

    def label(self, a: float, text: str) -> str:
        """A label below the axis, centred."""
        return _text(self.x(a), HIGH - BOTTOM + 16, text, "middle")

    def plot(self, title: str, marks: str, *, across_name: str, is_share: bool = False, has_ticks: bool = True) -> str:
        """The whole plot: title, axes with ticks, marks, and the name of the axis across."""
        grid = _ticks(self.up)
        lines = "".join(self.line([(self.across[0], v), (self.across[1], v)], GRID, 1) for v in grid)
        labels = "".join(_text(LEFT - 6, self.y(v) + 4, _tick(v, is_share=is_share), "end") for v in grid)
        if has_ticks:
            labels += "".join(self.label(v, _tick(v, is_share=self.across[1] <= 1.0)) for v in _ticks(self.across))
        labels += _text((LEFT + WIDE - RIGHT) / 2, HIGH - 8, across_name, "middle")
        return _svg(title, HIGH, LEFT, lines + marks + labels)


@dataclass(frozen=True)
class Bar:
    """A horizontal bar: its name, its length with the interval around it, and its tooltip."""

    name: str
    value: float
    interval: Range
    tooltip: str


def horizontal_bars(title: str, bars: Sequence[Bar], *, across_name: str) -> str:
    """The whole plot of bars below each other, each between its name and its figure."""
    ends = [v for b in bars for v in b.interval]
    low, high = min(0.0, *ends), max(0.0, *ends)
    scale = (WIDE - NAMES - FIGURES) / ((high - low) or 1.0)

    def x(value: float) -> float:
        return NAMES + (value - low) * scale

    bottom, parts = TOP + STEP * len(bars), []
    for i, bar in enumerate(bars):
        middle = TOP + STEP * (i + 0.5)
        left, right = sorted((x(0.0), x(bar.value)))
        size = f'width="{right - left:.1f}" height="{STEP * 0.6:.1f}"'
        at = f'x="{left:.1f}" y="{middle - STEP * 0.3:.1f}"'
        shape = f'<rect {at} {size} fill="{LIGHT}"><title>{escape(bar.tooltip)}</title></rect>'
        start, end = (x(v) for v in bar.interval)
        whisker = f'<path d="M{start:.1f},{middle:.1f}H{end:.1f}" stroke="{OURS}" stroke-width="2"/>'
        parts += [shape, whisker, _text(NAMES - 8, middle + 4, bar.name, "end")]
        parts.append(_text(WIDE - 4, middle + 4, f"{bar.value:+.3f}", "end"))
    axis = f'<path d="M{x(0.0):.1f},{TOP}V{bottom}" stroke="{AXIS}"/>'
    return _svg(title, bottom + 30, 4, "".join(parts) + axis + _text(WIDE / 2, bottom + 20, across_name, "middle"))


def span(values: Sequence[float], step: float) -> Range:
    """The range of the values, widened to whole steps, at least one."""
    finite = [v for v in values if np.isfinite(v)]
    low, high = np.floor(min(finite) / step), np.ceil(max(finite) / step)
    return float(low * step), float(max(high, low + 1.0) * step)


def _ticks(across: Range) -> list[float]:
    """Round numbers within the range: steps of 1, 2 or 5 times a power of ten, six of them or fewer."""
    wide = across[1] - across[0]
    size = 10.0 ** np.floor(np.log10(wide / MOST_TICKS))
    step = next(size * s for s in (1.0, 2.0, 5.0, 10.0) if wide / (size * s) <= MOST_TICKS)
    first, last = np.ceil(across[0] / step - 1e-9), np.floor(across[1] / step + 1e-9)
    ticks: list[float] = (np.arange(first, last + 1.0) * step + 0.0).tolist()  # + 0.0: no minus zero
    return ticks


def _tick(value: float, *, is_share: bool) -> str:
    if is_share:
        return f"{value:.0%}" if abs(value * 100 - round(value * 100)) < 0.05 else f"{value:.1%}"  # noqa: PLR2004
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"


def _svg(title: str, height: float, left: int, content: str) -> str:
    head = f'<svg viewBox="0 0 {WIDE} {height:.0f}" role="img" aria-label="{escape(title)}">'
    return f'{head}<text x="{left}" y="18" class="t">{escape(title)}</text>{content}</svg>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'
