"""What a partial repair need not do again: cells whose inputs are as they were in the generation it repairs.

Decided from documents that never change, so that every copy of a message comes to the same answer. What the base
completes after the repair was opened is not among them: the cell may be under way in the repair by then.
"""

from dataclasses import dataclass

from shared.contracts.events import UnitRequested
from shared.map.model import Phase, PipelineMap
from shared.ports import Doc, State
from shared.protocol.manifest import Manifest


def phases_before(found: PipelineMap, kind: str, phase: str) -> tuple[Phase, ...]:
    """The phases that a phase comes after, the nearest first."""
    phases = found.runs[kind].phases
    before = phases[phase].after
    return (phases[before], *phases_before(found, kind, before)) if before else ()


def inputs_of(found: PipelineMap, kind: str, phase: str, unit: str) -> tuple[tuple[str, str], ...]:
    """The cells (phase, unit) of the same run whose bytes or rows a unit reads."""
    reader = found.unit(found.runs[kind].phases[phase].function, unit)
    cells = []
    for before in phases_before(found, kind, phase):
        for name in before.units:
            maker = found.unit(before.function, name)
            parses_it = maker.writes is None and reader.feed is not None and maker.feed == reader.feed
            if parses_it or maker.writes in reader.reads:
                cells.append((before.name, name))
    return tuple(cells)


@dataclass(frozen=True)
class Carry:
    """Finds what stands. `base` is the generation that a partial repair builds on."""

    map: PipelineMap
    state: State

    def completion(self, manifest: Manifest, base: Manifest, event: UnitRequested) -> Doc | None:
        """The base's completion if it holds for this cell too; None if the cell is to be done.

        It holds when the base had it, nobody asked to redo the cell, it was told the same about what came before, it
        reads through the door as of the same moment, and each of its inputs ended with the same hash.
        """
        cell = f"{event.phase}.{event.unit}"
        if cell not in manifest.stands or cell in manifest.redo:
            return None
        stored = self.state.get("completions", f"{base.id}.{cell}")
        if stored is None or stored.doc.get("upstream", "complete") != event.upstream:
            return None
        unit = self.map.unit(event.to, event.unit)
        sees_time = unit.feeds_prediction or unit.window != "slate"
        if sees_time and manifest.as_of != base.as_of:
            return None
        cells = inputs_of(self.map, manifest.kind, event.phase, event.unit)
        stood = tuple((p, u) for p, u in cells if f"{p}.{u}" in manifest.stands)
        if self._results(manifest, cells) != self._results(base, stood):
            return None
        return {**stored.doc, "carried_from": stored.doc.get("carried_from", base.generation)}

    def _results(self, manifest: Manifest, cells: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, str]]:
        """Outcome and hash of those cells that counted: one that came after its phase's verdict did not."""
        verdicts = self.state.get_many("verdicts", [f"{manifest.id}.{p}" for p in {p for p, _ in cells}])
        late = {(i.rpartition(".")[2], u) for i, d in verdicts.items() for u in d["missing"]}
        ids = {f"{manifest.id}.{p}.{u}": f"{p}.{u}" for p, u in cells if (p, u) not in late}
        return {ids[i]: (d["outcome"], d["hash"]) for i, d in self.state.get_many("completions", list(ids)).items()}
