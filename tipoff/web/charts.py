"""Charts as SVG text whose colours are the style sheet's. Pure."""

from collections.abc import Sequence
from html import escape
from itertools import accumulate

from markupsafe import Markup

WIDE, HIGH = 240, 64
TAIL = 0.004  # of each distribution's ends that is not drawn
FOOT = 12  # below the axis, for its labels
ROOM = 8  # half a label's width


def distribution(
    ours: Sequence[float], market: Sequence[float] | None, line: float | None, label: str, high: int = HIGH
) -> Markup:
    """P(points = k) as steps: ours filled, the market's as an outline, and the line. `label` says it in words."""
    drawn = [ours] if market is None else [ours, market]
    ends = [_ends(pmf) for pmf in drawn]
    low, top = min(e[0] for e in ends), max(e[1] for e in ends)
    if line is not None:
        low, top = min(low, int(line)), max(top, int(line) + 1)
    step, peak = WIDE / (top - low + 1), max(max(pmf) for pmf in drawn)
    base = high - FOOT

    def path(pmf: Sequence[float]) -> str:
        heights = (round(base - (base - 2) * pmf[k] / peak, 1) for k in range(low, top + 1))
        steps = "".join(f"V{y:g}H{round((i + 1) * step, 1):g}" for i, y in enumerate(heights))
        return f"M0,{base}{steps}V{base}"

    marks = [f'<path class="ours" d="{path(ours)}Z"/>']
    if market is not None:
        marks.append(f'<path class="market" d="{path(market)}"/>')
    if line is not None:
        at = round((line - low + 0.5) * step, 1)
        marks.append(f'<path class="line" d="M{at},0V{base}"/>')
        marks.append(f'<text x="{at}" y="{high - 1}" text-anchor="middle">{line:g}</text>')
    for k in range(-(-low // 10) * 10, top, 10):
        x = (k - low + 0.5) * step
        if ROOM < x < WIDE - ROOM and (line is None or abs(k - line) * step > 2 * ROOM):
            marks.append(f'<text x="{x:.0f}" y="{high - 1}" text-anchor="middle">{k}</text>')
    return _svg("distribution", WIDE, high, label, marks)


def _ends(pmf: Sequence[float]) -> tuple[int, int]:
    """The first and the last score between which all but the tails lie."""
    below = list(accumulate(pmf))
    first = next((k for k, c in enumerate(below) if c > TAIL), 0)
    last = next((k for k, c in enumerate(below) if c > 1.0 - TAIL), len(pmf) - 1)
    return first, last


def chances(over: float, push: float, under: float) -> Markup:
    """P(over), P(push) and P(under) as one bar."""
    rects, at = [], 0.0
    for name, chance in (("over", over), ("push", push), ("under", under)):
        rects.append(f'<rect class="{name}" x="{at:.1f}" width="{100 * chance:.1f}" height="8"/>')
        at += 100 * chance
    return _svg("chances", 100, 8, f"over {over:.0%}, push {push:.0%}, under {under:.0%}", rects, stretch=True)


def games(scores: Sequence[tuple[str, float, float | None]], label: str) -> Markup:
    """One bar a game, the newest at the right: its label, the points, and the line then offered as a mark on it."""
    wide, high = 640, 190
    step = wide / max(len(scores), 1)
    top = max([10.0, *(p for _, p, _ in scores), *(li for _, _, li in scores if li is not None)]) * 1.1
    base, marks = high - 30, []
    for i, (name, points, line) in enumerate(scores):
        x, y = i * step + step * 0.15, base - base * points / top
        kind = "none" if line is None else "over" if points > line else "under" if points < line else "push"
        beside = "no line" if line is None else f"line {line:g}"
        tooltip = f"<title>{escape(name)}: {points:g} points, {beside}</title>"
        size = f'width="{step * 0.7:.1f}" height="{base - y:.1f}"'
        marks.append(f'<rect class="game {kind}" x="{x:.1f}" y="{y:.1f}" {size}>{tooltip}</rect>')
        if line is not None:
            level = base - base * line / top
            marks.append(f'<path class="line" d="M{i * step + 1:.1f},{level:.1f}H{(i + 1) * step - 1:.1f}"/>')
        marks.append(f'<text x="{(i + 0.5) * step:.1f}" y="{base + 13}" text-anchor="middle">{points:g}</text>')
        marks.append(f'<text x="{(i + 0.5) * step:.1f}" y="{base + 27}" text-anchor="middle">{escape(name[5:])}</text>')
    return _svg("games", wide, high, label, marks)


def timeline(spans: Sequence[tuple[str, float, float, str, str]], label: str) -> Markup:
    """Bars below each other: name, start and end as shares of the whole, kind (`phase` or `unit`), and a tooltip."""
    wide, names, step = 760, 290, 18
    marks = []
    for i, (name, start, end, kind, tooltip) in enumerate(spans):
        y, x = i * step, names + (wide - names - 4) * start
        length = max((wide - names - 4) * (end - start), 2.0)
        marks.append(f'<text x="{names - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>')
        rect = f'<rect class="span {kind}" x="{x:.1f}" y="{y + 3}" width="{length:.1f}" height="{step - 6}">'
        marks.append(f"{rect}<title>{escape(tooltip)}</title></rect>")
    return _svg("timeline", wide, max(len(spans), 1) * step, label, marks)


def _svg(kind: str, wide: int, high: int, label: str, marks: Sequence[str], *, stretch: bool = False) -> Markup:
    """The whole chart; `stretch` lets it fill any width."""
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    head = f'<svg class="{kind}" viewBox="0 0 {wide} {high}"{ratio} role="img" aria-label="{escape(label)}">'
    return Markup(f"{head}{''.join(marks)}</svg>")  # noqa: S704 - names and tooltips are escaped above
