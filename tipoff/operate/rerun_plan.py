"""What a rerun will do and why: pure, from the generation that stands and the code that is there now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.map.model import PipelineMap
from shared.protocol.carry import inputs_of
from shared.protocol.manifest import Manifest
from shared.rules import fanin

FAILED, MISSING, STALE = "failed", "missing", "stale"
ONLY = (FAILED, MISSING, STALE)
SCRAPE = "scrape"

Docs = Mapping[str, Mapping[str, Any]]


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
        return any(c.does == "runs" and c.phase == SCRAPE for c in self.cells)

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
    phase: str | None = None,
    only: str | None = None,
    written_since: Mapping[str, str] | None = None,
) -> Plan:
    """The plan for a generation: `done` are its completions by `phase.unit`, `earlier` any cell's latest one.

    `code` is the hash of each cell's code as it is now.
    `written_since` names, by cell, another run that has written what the cell reads after the cell was done.
    """
    kind, cells, moving = pipeline.runs[manifest.kind], [], set[tuple[str, str]]()
    for name, plan in manifest.phases.items():
        if name not in kind.phases:
            continue
        for unit in plan.units:
            key, doc = f"{name}.{unit}", done.get(f"{name}.{unit}")
            state, why = _state(doc, code.get(key, ""), (written_since or {}).get(key, ""))
            chosen = (phase is None or name == phase) and (only is None or state == only)
            reads = [c for c in inputs_of(pipeline, kind.name, name, unit) if c in moving]
            if chosen or state == MISSING:
                does, why = "runs", why or "asked for; nothing about it has changed"
            elif reads:
                does, why = "follows", f"reads {', '.join(u for _, u in reads)}"
            else:
                does = "stands"
            if does != "stands":
                moving.add((name, unit))
            known = doc or earlier.get(key) or {}
            cells.append(Cell(name, unit, does, why, known.get("seconds"), known.get("bytes")))
    return Plan(manifest.run_id, manifest.generation, tuple(cells))


def _state(doc: Mapping[str, Any] | None, code: str, newer: str) -> tuple[str, str]:
    """Failed, missing, stale or the empty string, with the reason."""
    if doc is None:
        return MISSING, "missing: it has not ended"
    if doc["outcome"] not in fanin.SUCCESS and doc["outcome"] != "no_games":
        return FAILED, f"failed: {doc['reason'] or doc['outcome']}"
    if newer:
        return STALE, f"stale: {newer} has written what it reads since"
    return ("", "") if doc.get("code_hash") == code else (STALE, "stale: made by other code")


@dataclass(frozen=True)
class Change:
    """How a cell came out: `carried`, `unchanged`, `changed`, `new`, or the outcome of one that did not succeed."""

    name: str
    result: str
    before: str
    after: str


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
