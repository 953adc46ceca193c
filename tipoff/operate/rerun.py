"""Reruns on a home: gather what a plan needs, ask for the new generation, and see it through."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.bootstrap import LocalApp
from shared.clock import SystemClock
from shared.contracts.events import RunRequested
from shared.errors import HomeInUse, UserError
from shared.protocol.manifest import Manifest, manifest_of
from shared.provenance import unit_hash
from tipoff.local.runtime import LocalRuntime
from tipoff.operate.rerun_plan import Plan, make_plan
from tipoff.operate.stores import Stores

SWEEP_EVERY_S = 60.0
_EARLIER_RUNS = 5

Docs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Standing:
    """A run's current generation and its completions by `phase.unit`."""

    manifest: Manifest
    done: Docs


def standing(stores: Stores, run_id: str) -> Standing | None:
    """What stands of a run; None if it was never opened."""
    run = stores.state.get("runs", run_id)
    return generation(stores, run_id, run.doc["generation"]) if run else None


def generation(stores: Stores, run_id: str, number: int) -> Standing:
    """One generation of a run; UserError if there is none."""
    stored = stores.state.get("manifests", f"{run_id}.{number}")
    if stored is None:
        raise UserError(f"{stores.where}: {run_id} has no generation {number}")
    manifest = manifest_of(run_id, number, stored.doc)
    ids = {f"{manifest.id}.{cell}": cell for cell in manifest.cells}
    return Standing(manifest, {ids[i]: d for i, d in stores.state.get_many("completions", list(ids)).items()})


def plan_of(stores: Stores, run_id: str, phase: str | None, only: str | None) -> Plan | None:
    """The plan for a run, None if it was never opened."""
    current = standing(stores, run_id)
    if current is None:
        return None
    kind = stores.map.runs[current.manifest.kind]
    if phase is not None and phase not in kind.phases:
        return None
    code = {f"{p.name}.{u}": unit_hash(stores.map, p.function, u) for p in kind.phases.values() for u in p.units}
    return make_plan(
        stores.map,
        current.manifest,
        current.done,
        _earlier(stores, kind.name, run_id),
        code,
        phase=phase,
        only=only,
        written_since=_written_since(stores, current),
    )


def _earlier(stores: Stores, kind: str, run_id: str) -> Docs:
    """Each cell's latest completion in other runs of the kind: what an estimate can go by."""
    others = [i for i in stores.run_ids() if i.endswith(f".{kind}") and "_" not in i and i != run_id]
    docs: dict[str, Mapping[str, Any]] = {}
    for other in others[-_EARLIER_RUNS:]:
        if (current := standing(stores, other)) is not None:
            docs.update(current.done)
    return docs


def _written_since(stores: Stores, current: Standing) -> dict[str, str]:
    """Cells that read a table which another run of the same day has written after they were done."""
    kind, day = current.manifest.kind, current.manifest.from_date
    newest: dict[str, tuple[str, str]] = {}
    for other in stores.map.daily_kinds():
        sibling = standing(stores, f"{day}.{other}") if other != kind else None
        for cell, doc in (sibling.done if sibling else {}).items():
            name, unit = cell.split(".")
            phase = stores.map.runs[other].phases.get(name)
            wrote = stores.map.functions[phase.function].units[unit].writes if phase else None
            if wrote and sibling and "carried_from" not in doc and "completed_at" in doc:
                newest[wrote] = max(newest.get(wrote, ("", "")), (doc["completed_at"], sibling.manifest.id))
    since: dict[str, str] = {}
    for cell, doc in current.done.items():
        name, unit = cell.split(".")
        phase = stores.map.runs[kind].phases.get(name)
        if phase is None or phase.function == "process_raw" or stores.map.unit(phase.function, unit).feeds_prediction:
            continue  # raw rows are made of raw bytes; what passes the door sees its own moment, not what came since
        for table in stores.map.unit(phase.function, unit).reads:
            at, by = newest.get(table, ("", ""))
            if at > doc.get("completed_at", ""):
                since[cell] = by
    return since


def runs_of(stores: Stores, day: date, kind: str) -> list[str]:
    """The ids of the day's runs of a kind, or of every scheduled kind, that were opened; UserError if none was."""
    kinds = stores.map.daily_kinds() if kind == "all" else [kind]
    if unknown := [k for k in kinds if k not in stores.map.runs]:
        raise UserError(f"no kind of run {unknown[0]}; use one of {', '.join(stores.map.runs)} or all")
    opened = [f"{day}.{k}" for k in kinds if stores.state.get("runs", f"{day}.{k}") is not None]
    if not opened:
        raise UserError(f"{day} has no {kind} run to repeat; open one with: tipoff request {kinds[0]} {day}")
    return opened


def repair(base: Manifest, redo: Sequence[str], *, by: str, fetches: bool) -> RunRequested:
    """The request to do cells of a generation again. What fetches nothing sees the very moment that its base saw."""
    return RunRequested(
        request_id=f"{base.run_id}@{by}-{uuid4().hex[:12]}",
        kind=base.kind,
        from_date=base.from_date,
        to_date=base.to_date,
        as_of=None if fetches else base.as_of,
        base=base.generation,
        redo=tuple(redo),
    )


def see_through(stores: Stores, run_id: str, wanted: int, source: str | None, data: Path | None) -> None:
    """Wait until the generation has settled. The process that has the home open does the work; else this one does."""
    if stores.home is None:
        _watch(stores, run_id, wanted, lambda: None)
        return
    settings, feeds = stores.home.source(source, data)
    try:
        with stores.home.opened(settings, SystemClock(), feeds) as app:
            _watch(stores, run_id, wanted, _worker(app))
    except HomeInUse:
        _watch(stores, run_id, wanted, lambda: None)


def _worker(app: LocalApp) -> Callable[[], None]:
    """Delivers what is due, and sweeps, at first and once a minute."""
    runtime = LocalRuntime(app, app.events)
    swept_at = float("-inf")

    def work() -> None:
        nonlocal swept_at
        runtime.run_due()
        if time.monotonic() - swept_at > SWEEP_EVERY_S:
            app.engine.sweep()
            swept_at = time.monotonic()

    return work


def _watch(stores: Stores, run_id: str, wanted: int, work: Callable[[], None]) -> None:
    """Until the generation, or one after it, has settled."""
    while True:
        work()
        run = stores.state.get("runs", run_id)
        reached = run.doc["generation"] if run else 0
        if run and reached >= wanted and run.doc["state"] == "settled":
            return
        refused = [s for s in stores.state.find("quarantine", "held") if f"{run_id}@rerun-" in s.id]
        if refused and reached < wanted:
            raise UserError(f"{run_id}: {refused[-1].doc['reason']}; tipoff rerun plans anew")
        time.sleep(stores.look_every_s)
