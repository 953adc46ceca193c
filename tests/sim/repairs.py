"""The ghost's rule for what a partial repair may carry over."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.sim.ghost import Ghost

SUCCESS = ("ok", "empty", "no_source")
INVARIANT = "only what stands is carried over"


def carried_over(ghost: "Ghost", event: str, doc: dict[str, Any]) -> None:
    """Only cells that the request does not redo, and whose inputs ended as in the generation that it builds on."""
    sim = ghost.sim
    run, generation, phase, unit = event.rsplit(".", 3)
    manifest = sim.state.docs["manifests"][f"{run}.{generation}"].doc
    base = f"{run}.{manifest['base']}"
    stored = sim.state.docs["completions"].get(f"{base}.{phase}.{unit}")
    same = stored is not None and all(stored.doc[k] == doc[k] for k in ("outcome", "hash"))
    ghost.check(same, INVARIANT, f"{event} is not what {base} completed")
    ghost.check(f"{phase}.{unit}" not in manifest["redo"], INVARIANT, f"{event} was to be done again")
    phases = sim.world.map.runs[manifest["kind"]].phases
    before = phases[phase].after
    reads = sim.world.map.unit(phases[phase].function, unit).reads
    for name in manifest["phases"][before]["units"] if before else ():
        if sim.world.map.unit(phases[before].function, name).writes in reads:
            now = _counted(ghost, f"{run}.{generation}.{before}", name)
            then = _counted(ghost, f"{base}.{before}", name) if f"{before}.{name}" in manifest["stands"] else None
            ghost.check(now == then, INVARIANT, f"{event} reads {name}: {then} is now {now}")
    if doc["outcome"] in SUCCESS:
        ghost.done[event] = doc["hash"]
    elif doc["outcome"] == "failed":
        ghost.failed.add(event)
    else:
        ghost.stopped[event] = doc["outcome"]


def _counted(ghost: "Ghost", phase_id: str, unit: str) -> tuple[str, str] | None:
    """How a unit ended for its phase's verdict; None if it was missing there."""
    verdict = ghost.verdicts.get(phase_id)
    completion = ghost.sim.state.docs["completions"].get(f"{phase_id}.{unit}")
    if completion is None or (verdict is not None and unit in verdict["missing"]):
        return None
    return completion.doc["outcome"], completion.doc["hash"]
