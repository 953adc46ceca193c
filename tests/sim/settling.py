"""What must be true at the end of a schedule: everything settled and sent, nothing lost, rows as completed."""

from typing import TYPE_CHECKING, Any

from tests.sim import repairs

if TYPE_CHECKING:
    from tests.sim.ghost import Ghost

GOES_ON = ("complete", "degraded")


def settled(ghost: "Ghost") -> None:
    """Every current generation has its verdicts, sent, and its run is closed; rows are those that were completed."""
    docs = ghost.sim.state.docs
    for manifest_id, stored in docs["manifests"].items():
        run, _, generation = manifest_id.rpartition(".")
        ghost.check(
            ghost.current(run) >= int(generation), "everything settles", f"{manifest_id} was never made current"
        )
        ghost.check(stored.doc["state"] == "sent", "everything settles", f"{manifest_id} stays unsent")
    for verdict_id, stored in docs["verdicts"].items():
        ghost.check(stored.doc["state"] == "sent", "everything settles", f"verdict {verdict_id} stays unsent")
    for run, stored in docs["runs"].items():
        _settled_run(ghost, run, stored.doc)
    for note_id, stored in docs["waiting"].items():
        asked = stored.doc["state"] == "missing"
        ghost.check(not asked, "everything settles", f"{note_id} is still to be asked for")
    for at, message in ghost.sim.world.poison:
        kept = ghost.quarantined(message.id) or message.id in ghost.dead or message.id == _masked(ghost, message.id)
        ghost.check(kept, "no silent drop", f"poison {message.id} of {at:.0f} s is not in quarantine")


def _masked(ghost: "Ghost", message_id: str) -> str | None:
    """Poison whose unit was superseded before it was handled is dropped with its generation."""
    return message_id if message_id.count(".") >= 3 and ghost.superseded(message_id) else None


def _settled_run(ghost: "Ghost", run: str, doc: dict[str, Any]) -> None:
    docs, manifest_id = ghost.sim.state.docs, f"{run}.{doc['generation']}"
    ghost.check(doc["state"] == "settled", "everything settles", f"run {run} stays open")
    manifest = docs["manifests"][manifest_id].doc
    phases = ghost.sim.world.map.runs[manifest["kind"]].phases
    for name, plan in manifest["phases"].items():
        ghost.check(f"{manifest_id}.{name}" in docs["verdicts"], "nothing lost", f"{manifest_id}.{name} has no verdict")
        before = phases[name].after
        if before is None or docs["verdicts"][f"{manifest_id}.{before}"].doc["outcome"] in GOES_ON:
            for unit in plan["units"]:
                event = f"{manifest_id}.{name}.{unit}"
                ghost.check(event in ghost.published, "nothing lost", f"{event} was never requested")
                _rows(ghost, run, name, unit, event)


def _rows(ghost: "Ghost", run: str, phase: str, unit: str, event: str) -> None:
    completion = ghost.sim.state.docs["completions"].get(event)
    rows = ghost.sim.tables.rows.get((run, f"{phase}.{unit}"))
    if completion is None or completion.doc["outcome"] not in ("ok", "partial"):
        return
    origin = f"{run}.{completion.doc['carried_from']}.{phase}.{unit}" if "carried_from" in completion.doc else event
    verdict = ghost.verdicts[event.rpartition(".")[0]]
    counted = verdict["outcome"] in GOES_ON and unit not in verdict["missing"]  # a failed phase is for a person
    if completion.doc["outcome"] == "partial" and counted:
        as_of = ghost.sim.state.docs["manifests"][event.rsplit(".", 2)[0]].doc["as_of"]
        repairs.given_up(ghost, event, ghost.seconds(as_of), ghost.partial_at[origin])
    if len(ghost.hashes[origin]) > 1:
        return
    same = rows is not None and rows[2] == completion.doc["hash"]
    ghost.check(same, "rows are those completed", f"{event}: {rows} is not what was completed")
