"""The ghost's rules for repairs: what may be carried over, and what a question for something missing may do again."""

from typing import TYPE_CHECKING, Any

from tests.sim.world import MAX_SKEW_S

if TYPE_CHECKING:
    from tests.sim.ghost import Ghost

SUCCESS = ("ok", "partial", "empty", "no_source")
INVARIANT = "only what stands is carried over"
ONLY_MISSING = "only what is missing is asked for again"


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
    for name, then, now in _inputs(ghost, event):
        ghost.check(now == then, INVARIANT, f"{event} reads {name}: {then} is now {now}")
    if doc["outcome"] in SUCCESS:
        ghost.done[event] = doc["hash"]
    elif doc["outcome"] == "failed":
        ghost.failed.add(event)
    else:
        ghost.stopped[event] = doc["outcome"]


def _inputs(ghost: "Ghost", event: str) -> list[tuple[str, Any, Any]]:
    """The units of phases before that a unit reads, with how they ended in the base and in its own generation."""
    sim = ghost.sim
    run, generation, phase, unit = event.rsplit(".", 3)
    manifest = sim.state.docs["manifests"][f"{run}.{generation}"].doc
    phases = sim.world.map.runs[manifest["kind"]].phases
    reads = sim.world.map.unit(phases[phase].function, unit).reads
    inputs: list[tuple[str, Any, Any]] = []
    before = phases[phase].after
    while before is not None:
        for name in manifest["phases"][before]["units"]:
            if sim.world.map.unit(phases[before].function, name).writes in reads:
                stood = f"{before}.{name}" in manifest["stands"]
                then = _counted(ghost, f"{run}.{manifest['base']}.{before}", name) if stood else None
                inputs.append((name, then, _counted(ghost, f"{run}.{generation}.{before}", name)))
        before = phases[before].after
    return inputs


def asks_by_itself(ghost: "Ghost", event: Any) -> bool:
    """Whether the sweep has opened the unit's generation, to ask for what is missing."""
    manifest = ghost.sim.state.docs["manifests"][f"{event.run_id}.{event.generation}"].doc
    return "@missing-" in manifest["request_id"]


def done_again(ghost: "Ghost", event: Any) -> None:
    """A question does again what misses something, what its base has not done, and what reads something that changed.

    A feed is fetched and parsed by units of one name: both are done again.
    """
    docs, cell = ghost.sim.state.docs, f"{event.phase}.{event.unit}"
    manifest = docs["manifests"][f"{event.run_id}.{event.generation}"].doc
    base = docs["completions"].get(f"{event.run_id}.{manifest['base']}.{cell}")
    if base is None or cell not in manifest["stands"] or base.doc["upstream"] != event.upstream:
        return
    feed = [f"{event.run_id}.{manifest['base']}.{phase}.{event.unit}" for phase in manifest["phases"]]
    is_part = any(docs["completions"][i].doc["outcome"] == "partial" for i in feed if i in docs["completions"])
    needed = is_part or any(then != now for _, then, now in _inputs(ghost, event.event_id))
    ghost.check(needed, ONLY_MISSING, f"{event.event_id} was done again, and nothing that it reads has changed")


def fetched(ghost: "Ghost", event: Any, entity: str) -> None:
    """A question fetches only what its base misses."""
    if asks_by_itself(ghost, event):
        base = ghost.sim.state.docs["manifests"][f"{event.run_id}.{event.generation}"].doc["base"]
        done = ghost.sim.state.docs["completions"].get(f"{event.run_id}.{base}.{event.phase}.{event.unit}")
        has = done is not None and entity in done.doc["hash"].partition("=")[2].split("+")
        ghost.check(not has, ONLY_MISSING, f"{event.event_id} fetched {entity}, which generation {base} has")


def given_up(ghost: "Ghost", event: str, as_of: float, done_at: float) -> None:
    """A unit that misses something in the end has asked for it when its last useful moment had come."""
    last = as_of + 60 * ghost.sim.world.map.ask_again.until_min
    why = f"{event} misses something since {done_at:.0f} s, and nothing has asked for it up to {last:.0f} s"
    ghost.check(done_at >= last - 60 - MAX_SKEW_S, "nothing that is missing is forgotten", why)


def _counted(ghost: "Ghost", phase_id: str, unit: str) -> tuple[str, str] | None:
    """How a unit ended for its phase's verdict; None if it was missing there."""
    verdict = ghost.verdicts.get(phase_id)
    completion = ghost.sim.state.docs["completions"].get(f"{phase_id}.{unit}")
    if completion is None or (verdict is not None and unit in verdict["missing"]):
        return None
    return completion.doc["outcome"], completion.doc["hash"]
