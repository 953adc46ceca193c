"""What a settled generation misses, noted for the sweep, and the request for the generation that asks for it again.

Before it: runs.py, which closes a run, and sweeper.py. After it: a RunRequested event, which only fetches what is
missing; what has arrived then changes the hashes of the cells that depend on it, and carry.py takes over all others.
"""

from collections.abc import Mapping
from datetime import datetime

from shared.contracts.events import RunRequested
from shared.contracts.work import Missing
from shared.map.model import PipelineMap
from shared.ports import Doc
from shared.protocol.manifest import Manifest

MISSING, GIVEN_UP = "missing", "given_up"  # states of the note: asked again at `ask_at`, or not at all


def note_id(manifest: Manifest) -> str:
    """The note's id in `waiting`: one for each generation."""
    return f"{manifest.id}.missing"


def note(manifest: Manifest, verdicts: Mapping[str, Doc]) -> Doc | None:
    """What the generation's units miss, each entity once as the last phase has it; None if nothing is missing."""
    gaps: dict[str, dict[str, Doc]] = {}
    for verdict in verdicts.values():
        for unit, listed in verdict.get("gaps", {}).items():
            gaps.setdefault(unit, {}).update({m["entity"]: m for m in listed})
    if not gaps:
        return None
    times = [m["ask_at"] for listed in gaps.values() for m in listed.values() if "ask_at" in m]
    return {
        "state": MISSING if times else GIVEN_UP,
        "run_id": manifest.run_id,
        "generation": manifest.generation,
        "ask_at": min(times, default=None),
        "gaps": {unit: list(listed.values()) for unit, listed in gaps.items()},
    }


def gaps_of(noted: Doc) -> list[tuple[str, Missing]]:
    """Each missing entity of a note, with its unit."""
    return [(unit, Missing.of(m)) for unit, listed in noted["gaps"].items() for m in listed]


def request(pipeline: PipelineMap, manifest: Manifest, noted: Doc, now: datetime) -> RunRequested | None:
    """The request for the generation that asks again for what is due; None before that, and for what the map lacks now.

    Its `as_of` is its base's: it completes what was to be known by then.
    """
    due = {unit for unit, missing in gaps_of(noted) if missing.ask_at and missing.ask_at <= now}
    kind = pipeline.runs.get(manifest.kind)
    known = {p: pipeline.functions[phase.function].units for p, phase in kind.phases.items()} if kind else {}
    cells = [(p, u) for p, plan in manifest.phases.items() for u in plan.units if u in known.get(p, {})]
    redo = tuple(f"{p}.{u}" for p, u in cells if u in due and known[p][u].feed)
    if not redo:
        return None
    return RunRequested(
        request_id=f"{manifest.run_id}@missing-{manifest.generation}",
        kind=manifest.kind,
        from_date=manifest.from_date,
        to_date=manifest.to_date,
        as_of=manifest.as_of,
        base=manifest.generation,
        redo=redo,
        missing_only=True,
    )
