"""The expected grid: phase x unit of a run, judged by what the manifest expects and what the stores hold.

Pure: values in, values out. There are seven states:

    no_games   the schedule has no games: nothing is expected
    not_due    its time has not come: the run is not opened, or the phase waits for another
    running    asked for and inside its deadline
    late       past its deadline without a verdict, or not opened although its schedule has passed
    degraded   went on without units that are not critical
    failed     failed, blocked, or expired: the deadline passed without units that are critical
    complete   every unit succeeded
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from shared.contracts.work import Missing
from shared.map.model import PipelineMap
from shared.protocol.manifest import Manifest, plans_of
from shared.rules import fanin
from shared.rules.asking import sentence

GRACE = timedelta(minutes=5)  # after a schedule's tick, until its run must be open
SEVERITY = ("no_games", "complete", "not_due", "running", "degraded", "late", "failed")
EXIT_CODES = {"no_games": 0, "complete": 0, "not_due": 0, "running": 3, "degraded": 4, "late": 4, "failed": 5}
_STATE_OF_OUTCOME = {"expired": "failed"}

Docs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Cell:
    """One unit of a phase. `outcome` is the completion's, or `awaited`; rows as counted by the completion."""

    unit: str
    outcome: str
    reason: str = ""
    is_critical: bool = True
    rows_expected: int = 0
    rows_found: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_succeeded(self) -> bool:
        """Whether the unit did its work; stating that there are no rows is success too."""
        return self.outcome in fanin.SUCCESS


@dataclass(frozen=True)
class PhaseRow:
    """One phase: its state, its cells, until when it is awaited (UTC; None once it has a verdict), and the reason."""

    phase: str
    function: str
    state: str
    cells: tuple[Cell, ...]
    awaited_until: datetime | None
    why: str
    upstream: str = "complete"

    @property
    def completed(self) -> int:
        """Units that succeeded."""
        return sum(c.has_succeeded for c in self.cells)

    @property
    def expected(self) -> int:
        """Units of the manifest."""
        return len(self.cells)

    @property
    def missing(self) -> tuple[str, ...]:
        """Units that have not ended."""
        return tuple(c.unit for c in self.cells if c.outcome == "awaited")

    @property
    def rows(self) -> int:
        """Rows as read back from the warehouse, over all units."""
        return sum(c.rows_found for c in self.cells)

    @property
    def notes(self) -> tuple[str, ...]:
        """What units without rows said about it."""
        return tuple(f"{c.unit}: {c.reason or c.outcome}" for c in self.cells if c.outcome in ("empty", "no_source"))

    @property
    def failed(self) -> tuple[str, ...]:
        """Units that ended and did not succeed."""
        return tuple(c.unit for c in self.cells if c.outcome in ("failed", "blocked"))


@dataclass(frozen=True)
class RunGrid:
    """One run. Generation 0: never opened; `due_at` is then when its schedule asks for it (UTC).

    `missing` are the games, reports and events that its feeds lack, each once. `credits` is what the units' evidence
    states last (shared/work/credits.py); None: no request was paid for.
    """

    run_id: str
    kind: str
    from_date: date
    to_date: date
    generation: int
    as_of: datetime | None
    opened_at: datetime | None
    due_at: datetime | None
    state: str
    phases: tuple[PhaseRow, ...]
    credits: Mapping[str, Any] | None = None
    missing: tuple[Missing, ...] = ()

    @property
    def lacks_only_parts(self) -> bool:
        """Whether all that it lacks are parts of feeds: no unit failed or did not end."""
        return bool(self.missing) and all(c.has_succeeded for p in self.phases for c in p.cells)

    @property
    def why(self) -> str:
        """The sentence of the first phase that is in the run's state."""
        if self.generation == 0:
            return self.phases[0].why
        return next((f"{p.phase}: {p.why}" for p in self.phases if p.state == self.state), "")

    @property
    def completed(self) -> int:
        """Units that succeeded, over all phases."""
        return sum(p.completed for p in self.phases)

    @property
    def expected(self) -> int:
        """Units of the manifest, over all phases."""
        return sum(p.expected for p in self.phases)


@dataclass(frozen=True)
class DayVerdict:
    """Is the date whole? The worst state of its runs, one sentence, and the exit code that says the same."""

    state: str
    sentence: str
    exit_code: int


def worst(states: Sequence[str]) -> str:
    """The most severe of the states; `no_games` if one says so and none is worse."""
    state = max(states, key=SEVERITY.index)
    return "no_games" if state == "complete" and "no_games" in states else state


def open_grid(pipeline: PipelineMap, manifest: Manifest, completions: Docs, verdicts: Docs, now: datetime) -> RunGrid:
    """The grid of an opened generation; completions and verdicts by their full ids."""
    rows: dict[str, PhaseRow] = {}
    ruled = {i.removeprefix(f"{manifest.id}."): dict(verdict) for i, verdict in verdicts.items()}
    for name, plan in plans_of(manifest, pipeline.runs.get(manifest.kind), ruled).items():
        cells = tuple(
            _cell(unit, completions.get(f"{manifest.id}.{name}.{unit}"), plan.critical is None or unit in plan.critical)
            for unit in plan.units
        )
        function, before = _place(pipeline, manifest.kind, name)
        state = _phase_state(verdicts.get(f"{manifest.id}.{name}"), plan, now, _goes_on(verdicts, manifest, before))
        verdict = verdicts.get(f"{manifest.id}.{name}", {})
        rows[name] = PhaseRow(
            phase=name,
            function=function,
            state=state,
            cells=cells,
            awaited_until=None if verdict else plan.deadline_at,
            why=_why(verdict, now) if verdict else _why_open(state, cells, before),
            upstream=str(verdict.get("upstream", "complete")),
        )
    state = worst([r.state for r in rows.values()])
    counted = [c for doc in completions.values() if (c := doc.get("evidence", {}).get("credits"))]
    return RunGrid(
        manifest.run_id,
        manifest.kind,
        manifest.from_date,
        manifest.to_date,
        manifest.generation,
        manifest.as_of,
        manifest.opened_at,
        None,
        state,
        tuple(rows.values()),
        max(counted, key=itemgetter("spent"), default=None),
        _missing(completions, verdicts),
    )


def _missing(completions: Docs, verdicts: Docs) -> tuple[Missing, ...]:
    """Each entity that a feed lacks, as the last unit that missed it states it."""
    ended = [m for doc in completions.values() for m in doc.get("evidence", {}).get("missing", ())]
    listed = map(Missing.of, [*ended, *(m for doc in verdicts.values() for m in _gaps(doc))])
    return tuple({(m.what, m.entity): m for m in listed}.values())


def _gaps(verdict: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """What a verdict lists of the entities that its units miss."""
    return [m for gaps in verdict.get("gaps", {}).values() for m in gaps]


def _why(verdict: Mapping[str, Any], now: datetime) -> str:
    """A verdict's reason; where parts alone are missing, the sentence of each."""
    gaps = _gaps(verdict)
    if verdict["outcome"] != "degraded" or not gaps or verdict["failed"] or verdict["missing"]:
        return str(verdict["reason"])
    return "; ".join(sentence(Missing.of(m), now) for m in gaps)


def unopened_grid(pipeline: PipelineMap, kind: str, day: date, due_at: datetime, now: datetime) -> RunGrid:
    """The grid of a scheduled run that was never opened: all of its units are awaited."""
    state = "late" if now > due_at + GRACE else "not_due"
    why = "never opened although its schedule has passed" if state == "late" else "its schedule has not come"
    rows = tuple(
        PhaseRow(
            phase=p.name,
            function=p.function,
            state=state,
            cells=tuple(Cell(u, "awaited", is_critical=p.critical is None or u in p.critical) for u in p.units),
            awaited_until=due_at + timedelta(minutes=p.deadline_min),
            why=why,
        )
        for p in pipeline.runs[kind].phases.values()
    )
    return RunGrid(f"{day.isoformat()}.{kind}", kind, day, day, 0, None, None, due_at, state, rows)


def day_verdict(day: str, runs: Sequence[RunGrid]) -> DayVerdict:
    """The one line: whole, not whole because of what, or not yet."""
    kinds = [r.state for r in runs]
    state = "no_games" if "no_games" in kinds and set(kinds) <= {"no_games", "not_due"} else worst(kinds)
    blamed = next(r for r in runs if r.state == state)
    phases = sum(len(r.phases) for r in runs)
    units = f"{sum(r.completed for r in runs)} of {sum(r.expected for r in runs)} units"
    if state == "complete":
        sentence = f"{day} is whole: {phases} phases complete, {units}"
    elif state == "no_games":
        sentence = f"{day} is whole: no games"
    elif state == "not_due":
        ready = ", ".join(r.kind for r in runs if r.state == "complete")
        sentence = f"{day} is whole so far: {ready or 'nothing'} complete, {blamed.kind} is not due yet"
    else:
        sentence = f"{day} is not whole because {blamed.kind} is {state}: {blamed.why}"
    return DayVerdict(state, sentence, EXIT_CODES[state])


def _place(pipeline: PipelineMap, kind: str, phase: str) -> tuple[str, str | None]:
    """The phase's function and predecessor; a manifest may be older than the map."""
    known = pipeline.runs[kind].phases.get(phase) if kind in pipeline.runs else None
    return (known.function, known.after) if known else ("not in the map", None)


def _goes_on(verdicts: Docs, manifest: Manifest, before: str | None) -> bool:
    """Whether the phase after `before` has been asked for."""
    return before is None or verdicts.get(f"{manifest.id}.{before}", {}).get("outcome") in fanin.GOES_ON


def _phase_state(verdict: Mapping[str, Any] | None, plan: fanin.PhasePlan, now: datetime, is_asked: bool) -> str:  # noqa: FBT001 - a fact, not a switch
    if verdict is not None:
        outcome = str(verdict["outcome"])
        return _STATE_OF_OUTCOME.get(outcome, outcome)
    if now >= plan.deadline_at:
        return "late"
    return "running" if is_asked else "not_due"


def _why_open(state: str, cells: Sequence[Cell], before: str | None) -> str:
    awaited = ", ".join(c.unit for c in cells if c.outcome == "awaited")
    if state == "not_due":
        return f"starts after {before}"
    if state == "late":
        return f"past its deadline without {awaited or 'a verdict'}"
    return f"waiting for {awaited or 'its verdict'}"


def _cell(unit: str, doc: Mapping[str, Any] | None, is_critical: bool) -> Cell:  # noqa: FBT001 - a fact, not a switch
    if doc is None:
        return Cell(unit, "awaited", is_critical=is_critical)
    return Cell(
        unit,
        outcome=str(doc["outcome"]),
        reason=str(doc["reason"]),
        is_critical=is_critical,
        rows_expected=int(doc["expected"]),
        rows_found=int(doc["found"]),
        refused=dict(doc["refused"]),
    )
