"""The manifest of one generation of a run: what it expects, written once, never recomputed from a clock.

Before it: a RunRequested event (runs.py opens the generation). After it: the unit requests in the manifest's outbox,
and every decision of the protocol about this generation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated

from pydantic import BeforeValidator, TypeAdapter

from shared.contracts.events import Message, RunRequested, UnitRequested, message
from shared.errors import ContractError
from shared.map.model import Phase, PipelineMap, RunKind
from shared.ports import Doc, State
from shared.rules import fanin
from shared.rules.dates import eastern_date

YEARS = range(
    1946, 2200
)  # from the league's first season on, and so far from the calendar's ends that no sum leaves it
Instant = Annotated[datetime, BeforeValidator(datetime.fromisoformat)]  # pydantic's own parser has another tzinfo


@dataclass(frozen=True)
class Manifest:
    """One generation of a run: its window, its `as_of`, and the plan of each phase.

    A cell is a `phase.unit`. A partial repair builds on generation `base` and does the cells of `redo` in any case;
    `stands` are the cells that the base had completed when the repair was opened. With `missing_only` its units fetch
    only what the base misses.
    """

    run_id: str
    generation: int
    kind: str
    from_date: date
    to_date: date
    as_of: Instant
    opened_at: Instant
    phases: dict[str, fanin.PhasePlan]
    base: int | None = None
    redo: frozenset[str] = frozenset()
    stands: frozenset[str] = frozenset()
    missing_only: bool = False

    @property
    def id(self) -> str:
        """`{run}.{generation}`."""
        return f"{self.run_id}.{self.generation}"

    @property
    def cells(self) -> list[str]:
        """Every cell that the generation expects, in the order of the phases."""
        return [f"{name}.{unit}" for name, plan in self.phases.items() for unit in plan.units]


def run_of(request: RunRequested, pipeline: PipelineMap, now: datetime) -> tuple[str, date, date]:
    """The run's id and window; ContractError for a kind the map lacks, a wrong window, or a time outside `YEARS`."""
    if request.kind not in pipeline.runs:
        raise ContractError(f"no run kind {request.kind}; the map has {', '.join(pipeline.runs)}")
    try:
        first = request.from_date or eastern_date(now) + timedelta(days=request.day_offset)
    except OverflowError as error:
        raise ContractError(f"day_offset {request.day_offset} leaves the calendar") from error
    last = request.to_date or first
    if last < first:
        raise ContractError(f"the window {first}..{last} ends before it starts")
    for year in (first.year, last.year, *([request.as_of.year] if request.as_of else [])):
        if year not in YEARS:
            raise ContractError(f"the year {year} is outside {YEARS.start} to {YEARS.stop - 1}")
    window = first.isoformat() if first == last else f"{first.isoformat()}_{last.isoformat()}"
    return f"{window}.{request.kind}", first, last


def unit_requests(
    pipeline: PipelineMap, run_id: str, generation: int, kind: str, phase: Phase, upstream: str
) -> list[Message]:
    """One request message for each unit of a phase."""
    topic = pipeline.unit_topic(kind, phase.name)
    return [
        message(
            topic,
            UnitRequested(
                run_id=run_id,
                generation=generation,
                phase=phase.name,
                unit=unit,
                to=phase.function,
                upstream="degraded" if upstream == "degraded" else "complete",
            ),
        )
        for unit in phase.units
    ]


def manifest_doc(
    request: RunRequested,
    pipeline: PipelineMap,
    run: tuple[str, date, date],
    generation: int,
    now: datetime,
    stands: Sequence[str] = (),
) -> Doc:
    """The document of a new generation, with the requests of its first phases in the outbox."""
    run_id, first, last = run
    kind = pipeline.runs[request.kind]
    outbox = [m for p in kind.first() for m in unit_requests(pipeline, run_id, generation, kind.name, p, "complete")]
    return {
        "request_id": request.request_id,
        "kind": request.kind,
        "from_date": first.isoformat(),
        "to_date": last.isoformat(),
        "as_of": (request.as_of or now).isoformat(),
        "opened_at": now.isoformat(),
        "map_hash": pipeline.hash,
        "base": request.base,
        "redo": list(request.redo),
        "stands": list(stands),
        "missing_only": request.missing_only,
        "phases": {p.name: _plan_doc(p, now, pipeline.share_min(kind.name, p.name)) for p in kind.phases.values()},
        "outbox": [m.model_dump() for m in outbox],
        "state": "unsent",
    }


def _plan_doc(phase: Phase, now: datetime, share_min: int) -> Doc:
    return {
        "units": list(phase.units),
        "critical": None if phase.critical is None else list(phase.critical),
        "deadline_at": (now + timedelta(minutes=phase.deadline_min)).isoformat(),
        "share_min": share_min,
    }


@cache
def _stored() -> TypeAdapter[Manifest]:
    return TypeAdapter(Manifest)


def manifest_of(run_id: str, generation: int, doc: Doc) -> Manifest:
    """A manifest from its document."""
    return _stored().validate_python({**doc, "run_id": run_id, "generation": generation})


def verdicts_of(state: State, manifest: Manifest) -> dict[str, Doc]:
    """The verdict of each phase that has one, by the phase's name, in the order of the phases."""
    ids = {phase: f"{manifest.id}.{phase}" for phase in manifest.phases}
    docs = state.get_many("verdicts", list(ids.values()))
    return {phase: docs[doc_id] for phase, doc_id in ids.items() if doc_id in docs}


def plans_of(manifest: Manifest, kind: RunKind | None, verdicts: Mapping[str, Doc]) -> dict[str, fanin.PhasePlan]:
    """The plan of each phase with the deadline that the verdicts so far leave it, in the order of the phases.

    Where the phase before has no verdict yet, its deadline stands for the time of the verdict.
    A phase that `kind`, of another map, does not have stands alone.
    """
    after = {p.name: p.after for p in kind.phases.values()} if kind else {}

    def plan_of(name: str) -> fanin.PhasePlan:
        before = after.get(name)
        if before is None or before not in manifest.phases:
            return manifest.phases[name]
        verdict = verdicts.get(before)
        at = datetime.fromisoformat(verdict["settled_at"]) if verdict else plan_of(before).deadline_at
        return manifest.phases[name].asked_for(at)

    return {name: plan_of(name) for name in manifest.phases}
