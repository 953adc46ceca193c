"""The pipeline: a grid of dates and phases, and of one date its runs, their timelines, what is missing, and sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from shared.rules import alarms
from shared.rules.dates import eastern_date
from tipoff.operate import overview
from tipoff.operate.grid import PhaseRow, RunGrid
from tipoff.operate.overview import Overview
from tipoff.operate.spans import ENGINE, Span, spans_of_day
from tipoff.operate.stores import Stores
from tipoff.web import charts
from tipoff.words import eastern

DATES = 21  # rows of the grid
# What a cell shows: a mark beside the colour, so that nothing depends on colour alone.
MARKS = {
    "complete": "✓",
    "no_games": "-",
    "not_due": "·",
    "running": "…",
    "degraded": "◐",
    "late": "!",
    "failed": "✗",
    "missing": "✗",
}
_MENDED = ("failed", "late", "degraded", "missing")


@dataclass(frozen=True)
class Cell:
    """A phase of a date: `missing` is what was never opened although its schedule has passed."""

    kind: str
    phase: str
    state: str
    mark: str
    why: str


@dataclass(frozen=True)
class Row:
    """A date of the grid."""

    day: date
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Phase:
    """A phase of the date that is shown, with the command that mends it, empty where none is needed."""

    row: PhaseRow
    state: str
    mark: str
    why: str
    command: str


@dataclass(frozen=True)
class Run:
    """A run of the date that is shown, and the timeline of its newest generation."""

    grid: RunGrid
    phases: tuple[Phase, ...]
    timeline: Markup | None
    units: int


@dataclass(frozen=True)
class Source:
    """A feed of the date: how fetching it last ended, when, and how much came."""

    run_id: str
    feed: str
    outcome: str
    at: datetime | None
    answers: int
    bytes: int
    reason: str


def grid(stores: Stores, last: date, now: datetime) -> list[Row]:
    """The latest dates up to `last`, the newest first.

    Every date from the first run on up to today is there; after the last run of a home that is not running any more,
    dates are as red as they were missed. Of a replayed home, which has no today, only its dates.
    """
    return [Row(day, _cells(stores, day, now)) for day in _dates(stores, last, now)]


def _dates(stores: Stores, last: date, now: datetime) -> list[date]:
    kinds = stores.map.daily_kinds()
    ids = [i.partition(".") for i in stores.run_ids()]
    known = sorted({date.fromisoformat(window) for window, _, kind in ids if kind in kinds and "_" not in window})
    if not known:
        return []
    origin = stores.home.origin() if stores.home else None
    if origin is not None and origin.source != "nba":
        return [d for d in reversed(known) if d <= last][:DATES]
    newest = min(last, max(eastern_date(now), known[-1]))
    return [d for i in range(DATES) if (d := newest - timedelta(days=i)) >= known[0]]


def _cells(stores: Stores, day: date, now: datetime) -> tuple[Cell, ...]:
    cells = []
    for run in overview.day_grids(stores, day, now):
        for phase in run.phases:
            state = _state(run, phase)
            cells.append(Cell(run.kind, phase.phase, state, MARKS[state], phase.why))
    return tuple(cells)


def _state(run: RunGrid, phase: PhaseRow) -> str:
    return "missing" if run.generation == 0 and phase.state == "late" else phase.state


def runs(stores: Stores, shown: Overview) -> list[Run]:
    """The runs of a date."""
    spans = spans_of_day(stores.state, stores.map, shown.grids[0].from_date)
    return [_run(stores, grid, spans) for grid in shown.grids]


def _run(stores: Stores, run: RunGrid, spans: Sequence[Span]) -> Run:
    phases = []
    for phase in run.phases:
        state = _state(run, phase)
        command = _command(stores, run, phase, state) if state in _MENDED else ""
        why = "; ".join(phase.notes) if phase.state == "complete" else phase.why
        phases.append(Phase(phase, state, MARKS[state], why, command))
    root = next((s for s in spans if s.name == f"{run.kind} {run.run_id}.{run.generation}"), None)
    own = [] if root is None else _tree(root, spans, [p.phase for p in run.phases])
    return Run(run, tuple(phases), _timeline(run, own) if own else None, sum(s.service != ENGINE for s in own))


def _command(stores: Stores, run: RunGrid, phase: PhaseRow, state: str) -> str:
    """The command that mends a cell."""
    if state == "missing":
        return f"tipoff request {run.kind} {run.from_date}{stores.option}"
    if state == "late":
        return f"tipoff up{stores.option}" if stores.home else "gcloud scheduler jobs list"
    how = "--only failed" if phase.failed or phase.missing else f"--phase {phase.phase}"
    return alarms.mending(run.run_id, run.kind, run.from_date.isoformat(), how) + stores.option


def _tree(root: Span, spans: Sequence[Span], order: Sequence[str]) -> list[Span]:
    """The phases of a run in their order, each before its units by their starts."""
    found = []
    for phase in sorted((s for s in spans if s.parent == root.id), key=lambda s: order.index(s.name)):
        found += [phase, *(s for s in spans if s.parent == phase.id)]
    return found


def _timeline(run: RunGrid, spans: Sequence[Span]) -> Markup:
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    whole = (end - start).total_seconds() or 1.0
    bars = []
    for span in spans:
        kind = "bad" if span.failed else "phase" if span.service == ENGINE else "unit"
        took = (span.end - span.start).total_seconds()
        name = span.name if span.service == ENGINE else f"{span.name} ({span.service})"
        said = f"{span.name}: {eastern(span.start)}, {took:.1f} s, {span.about.get('outcome', '')}"
        from_start = (span.start - start).total_seconds() / whole
        bars.append((name, from_start, (span.end - start).total_seconds() / whole, kind, said))
    return charts.timeline(bars, f"{run.run_id}: {len(spans)} phases and units over {whole:.1f} seconds")


def sources(stores: Stores, grids: Sequence[RunGrid]) -> list[Source]:
    """Each feed that the runs of a date fetch."""
    found = []
    for run in grids:
        fetching = [p for p in run.phases if p.function == "scrape"] if run.generation else []
        ids = {f"{run.run_id}.{run.generation}.{p.phase}.{c.unit}": c for p in fetching for c in p.cells}
        docs = stores.state.get_many("completions", list(ids))
        found += [_source(run.run_id, cell.unit, docs.get(doc_id, {})) for doc_id, cell in ids.items()]
    return found


def _source(run_id: str, feed: str, doc: Mapping[str, Any]) -> Source:
    at = doc.get("completed_at")
    return Source(
        run_id,
        feed,
        doc.get("outcome", "awaited"),
        datetime.fromisoformat(at) if at else None,
        len(doc.get("evidence", {}).get("artifacts", ())),
        doc.get("bytes", 0),
        doc.get("reason", ""),
    )
