"""What a partial repair carries over: cells whose inputs are the same as in the generation that it repairs.

Decided from documents that never change, so that every copy of a message gives the same answer. A completion that the
base gets after the repair was opened does not count: the repair may be doing the cell by then.
"""

from dataclasses import dataclass

from shared.contracts.events import UnitRequested
from shared.map.model import Phase, PipelineMap
from shared.ports import Doc, State
from shared.protocol.manifest import Manifest


def _phases_before(pipeline: PipelineMap, kind: str, phase: str) -> tuple[Phase, ...]:
    """The phases that come before a phase, the nearest first."""
    phases = pipeline.runs[kind].phases
    before = phases[phase].after
    return (phases[before], *_phases_before(pipeline, kind, before)) if before else ()


def inputs_of(pipeline: PipelineMap, kind: str, phase: str, unit: str) -> tuple[tuple[str, str], ...]:
    """The cells (phase, unit) of the same run whose bytes or rows a unit reads."""
    reader = pipeline.unit(pipeline.runs[kind].phases[phase].function, unit)
    cells = []
    for before in _phases_before(pipeline, kind, phase):
        for name in before.units:
            maker = pipeline.unit(before.function, name)
            parses_it = maker.writes is None and reader.feed is not None and maker.feed == reader.feed
            if parses_it or maker.writes in reader.reads:
                cells.append((before.name, name))
    return tuple(cells)


@dataclass(frozen=True)
class Carry:
    """Finds completions to carry over. `base` is the generation that a partial repair builds on."""

    map: PipelineMap
    state: State

    def completion(self, manifest: Manifest, base: Manifest, event: UnitRequested) -> Doc | None:
        """The base's completion if it holds for this cell too; None if the cell is to be done.

        It holds when the base had completed the cell, the request does not redo it, `upstream` is the same, a unit
        that reads through the as_of door has the same `as_of`, and each input ended with the same outcome and hash.
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
        """Outcome and hash of those cells that counted: a completion after its phase's verdict did not."""
        verdicts = self.state.get_many("verdicts", [f"{manifest.id}.{p}" for p in {p for p, _ in cells}])
        late = {(i.rpartition(".")[2], u) for i, d in verdicts.items() for u in d["missing"]}
        ids = {f"{manifest.id}.{p}.{u}": f"{p}.{u}" for p, u in cells if (p, u) not in late}
        return {ids[i]: (d["outcome"], d["hash"]) for i, d in self.state.get_many("completions", list(ids)).items()}
