"""What a rerun will do and why: pure, from the generation that stands and the code that is there now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from shared.map.model import PipelineMap, RunKind, fetches
from shared.protocol.carry import inputs_of
from shared.protocol.manifest import Manifest
from shared.rules import fanin

FAILED, MISSING, STALE = "failed", "missing", "stale"
ONLY = (FAILED, MISSING, STALE)

Docs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Asked:
    """Which cells to do again: of which kind of run, which phase and which state; None: any.

    What reads what changes follows, whatever its kind and phase.
    """

    kind: str | None = None
    phase: str | None = None
    only: str | None = None

    @property
    def only_what_is_missing(self) -> bool:
        """Whether a feed that has a part is asked for the rest alone."""
        return self.only in (FAILED, MISSING)

    def chooses(self, kind: str, phase: str, state: str) -> bool:
        """Whether a cell of that kind, phase and state is asked for."""
        wanted = ((self.kind, kind), (self.phase, phase), (self.only, state))
        return all(given in (None, actual) for given, actual in wanted)


@dataclass(frozen=True)
class Cell:
    """One cell of the plan. `does` is `runs`, `follows` (runs if what it reads changes) or `stands`.

    `seconds` and `bytes` are those of its latest completion, None where there is none to go by.
    """

    phase: str
    unit: str
    does: str
    why: str
    seconds: float | None = None
    bytes: int | None = None

    @property
    def name(self) -> str:
        """`phase.unit`."""
        return f"{self.phase}.{self.unit}"


@dataclass(frozen=True)
class Plan:
    """The plan for one run; `base` is the generation that it builds on."""

    run_id: str
    base: int
    cells: tuple[Cell, ...]

    @property
    def redo(self) -> tuple[str, ...]:
        """The cells that run in any case."""
        return tuple(c.name for c in self.cells if c.does == "runs")

    @property
    def fetches(self) -> bool:
        """Whether anything is fetched anew: the new generation then sees the present, not what the old one saw."""
        return any(c.does == "runs" and fetches(c.phase) for c in self.cells)

    def estimate(self, *does: str) -> tuple[float, int]:
        """Seconds and bytes of the cells that do so, as far as they are known."""
        chosen = [c for c in self.cells if c.does in does]
        return sum(c.seconds or 0.0 for c in chosen), sum(c.bytes or 0 for c in chosen)


def make_plan(
    pipeline: PipelineMap,
    manifest: Manifest,
    done: Docs,
    earlier: Docs,
    code: Mapping[str, str],
    *,
    asked: Asked,
    written_since: Mapping[str, str] | None = None,
    models: Collection[str] = (),
) -> Plan:
    """The plan for a generation: `done` are its completions by `phase.unit`, `earlier` any cell's latest one.

    `code` is the hash of each cell's code as it is now. `written_since` names, by cell, another run that has written
    what the cell reads after the cell was done: such a cell runs whatever is asked for. `models` are those that can
    predict now.
    """
    kind, cells, moving = pipeline.runs[manifest.kind], [], set[tuple[str, str]]()
    broken = _broken(pipeline, kind, done, models)
    for name, plan in manifest.phases.items():
        if name not in kind.phases:
            continue
        for unit in plan.units:
            key, doc = f"{name}.{unit}", done.get(f"{name}.{unit}")
            newer = (written_since or {}).get(key)
            state, why = _state(doc, broken.get(key), newer, code.get(key))
            reads = [c for c in inputs_of(pipeline, kind.name, name, unit) if c in moving]
            if asked.chooses(kind.name, name, state) or newer or state == MISSING:
                does = "runs"
            elif reads:
                does, why = "follows", f"reads {', '.join(u for _, u in reads)}"
            else:
                does = "stands"
            if does != "stands":
                moving.add((name, unit))
            known = doc or earlier.get(key) or {}
            cells.append(Cell(name, unit, does, why, known.get("seconds"), known.get("bytes")))
    return Plan(manifest.run_id, manifest.generation, tuple(cells))


def _state(doc: Mapping[str, Any] | None, broken: str | None, newer: str | None, code: str | None) -> tuple[str, str]:
    """Failed, missing, stale or the empty string, with the reason."""
    if doc is None:
        return MISSING, "missing: it has not ended"
    if broken:
        return FAILED, broken
    if newer:
        return STALE, f"stale: {newer} has written what it reads since"
    if doc.get("code_hash") != code:
        return STALE, "stale: made by other code"
    return "", "asked for; nothing about it has changed"


def _broken(pipeline: PipelineMap, kind: RunKind, done: Docs, models: Collection[str]) -> dict[str, str]:
    """The cells that a repair does again, with the reason: failed, partial, or without a model that is there now.

    A feed of which a parser misses a part is fetched again too.
    """
    broken: dict[str, str] = {}
    for cell, doc in done.items():
        phase, _, unit = cell.partition(".")
        if doc["outcome"] == "partial":
            both = {cell, f"{kind.fetching(unit)}.{unit}"} & done.keys()
            broken |= dict.fromkeys(both, f"part is missing: {doc['reason']}")
        elif doc["outcome"] not in fanin.SUCCESS and doc["outcome"] != "no_games":
            broken[cell] = f"failed: {doc['reason'] or doc['outcome']}"
        elif doc["outcome"] == "no_source" and phase in kind.phases:
            model = pipeline.unit(kind.phases[phase].function, unit).model
            broken |= {cell: f"failed: {doc['reason']}; there is one now"} if model in models else {}
    return broken


@dataclass(frozen=True)
class Change:
    """How a cell came out: `carried`, `unchanged`, `changed`, `new`, or the outcome of one that did not succeed."""

    name: str
    result: str
    before: str
    after: str

    @property
    def fetches(self) -> bool:
        """Whether the cell brings bytes and writes no rows."""
        return fetches(self.name.partition(".")[0])


def compare(manifest: Manifest, before: Docs, after: Docs) -> tuple[Change, ...]:
    """Every cell of the new generation beside the one it repairs; completions by `phase.unit`."""
    changes = []
    for name, plan in manifest.phases.items():
        for unit in plan.units:
            key = f"{name}.{unit}"
            old, new = before.get(key, {}), after.get(key)
            changes.append(Change(key, _result(old, new), old.get("hash", ""), new["hash"] if new else ""))
    return tuple(changes)


def _result(old: Mapping[str, Any], new: Mapping[str, Any] | None) -> str:
    if new is None:
        return "did not end"
    if new["outcome"] not in fanin.SUCCESS:
        return str(new["outcome"])
    if "carried_from" in new:
        return "carried"
    if not old:
        return "new"
    return "unchanged" if (old["outcome"], old["hash"]) == (new["outcome"], new["hash"]) else "changed"
