"""Reruns: gather what a plan needs, ask for the new generation, and see it through.

What reads a change of another run runs too, over the runs of the dates that a command is about. A cell is outdated if a
table that it reads was written since, with other content: by the date's other run, or by a run of an earlier date.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.bootstrap import LocalApp
from shared.clock import SystemClock
from shared.contracts.events import RunRequested, message
from shared.contracts.rows import table
from shared.errors import HomeInUse, UserError
from shared.protocol.manifest import Manifest, manifest_of
from shared.provenance import unit_hash
from tipoff.home import NoFeeds
from tipoff.local.runtime import LocalRuntime
from tipoff.operate.rerun_plan import Asked, Change, Plan, compare, make_plan
from tipoff.operate.stores import Stores

SWEEP_EVERY_S = 60.0
_EARLIER_RUNS = 5

Docs = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Standing:
    """A run's current generation and its completions by `phase.unit`."""

    manifest: Manifest
    done: Docs


@dataclass(frozen=True)
class Done:
    """A run that was done again: its new generation, how each cell came out, and what failed in it, if anything."""

    run_id: str
    changes: tuple[Change, ...]
    failed: str

    @property
    def changed(self) -> tuple[Change, ...]:
        """The cells whose rows, or whose outcome, are not what they were; a source's other bytes alone change none."""
        same = ("carried", "unchanged")
        return tuple(c for c in self.changes if c.result not in (same if not c.fetches else (*same, "changed")))


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


def plan_of(stores: Stores, run_id: str, asked: Asked, runs: Sequence[str]) -> Plan:
    """The plan for an opened run; `runs` are all that the command is about, each after those that it reads."""
    current = standing(stores, run_id)
    assert current is not None
    kind = stores.map.runs[current.manifest.kind]
    code = {f"{p.name}.{u}": unit_hash(stores.map, p.function, u) for p in kind.phases.values() for u in p.units}
    return make_plan(
        stores.map,
        current.manifest,
        current.done,
        _earlier(stores, kind.name, run_id),
        code,
        asked=asked,
        written_since=_written_since(stores, current, runs[: runs.index(run_id)]),
        models=_usable_models(stores, current.manifest.from_date),
    )


def _earlier(stores: Stores, kind: str, run_id: str) -> Docs:
    """Each cell's latest completion in other runs of the kind: what an estimate can go by."""
    others = [i for i in stores.run_ids() if i.endswith(f".{kind}") and "_" not in i and i != run_id]
    docs: dict[str, Mapping[str, Any]] = {}
    for other in others[-_EARLIER_RUNS:]:
        if (current := standing(stores, other)) is not None:
            docs.update(current.done)
    return docs


def _usable_models(stores: Stores, day: date) -> list[str]:
    """The models of a home that may predict the date: they have not seen its results."""
    if stores.home is None:
        return []
    names = {u.model for f in stores.map.functions.values() for u in f.units.values() if u.model}
    known = [m for name in names if (m := stores.home.models.current(name))]
    return [m.system_id for m in known if str(m.card["trained_through"]) < day.isoformat()]


@dataclass(frozen=True)
class _Write:
    """A cell of another run that wrote to a table: the run's generation and date, and where its rows' dates start."""

    by: Standing
    cell: str
    at: str
    is_of_next_slate: bool

    @property
    def day(self) -> date:
        """The date of its run."""
        return self.by.manifest.from_date


def _written_since(stores: Stores, current: Standing, others: Sequence[str]) -> dict[str, str]:
    """Cells that read a table to which one of the other runs, all before this one, wrote something else since."""
    kind, day = current.manifest.kind, current.manifest.from_date
    found = [s for run_id in others if (s := standing(stores, run_id)) is not None]
    writes: dict[str, list[_Write]] = {}
    for other in found:
        for cell, doc in other.done.items():
            unit = _unit(stores, other.manifest.kind, cell)
            if unit and unit.writes and "completed_at" in doc:
                write = _Write(other, cell, doc["completed_at"], unit.window != "slate")
                writes.setdefault(unit.writes, []).append(write)
    last = max((s.manifest.from_date for s in found if s.manifest.from_date < day), default=day)
    since: dict[str, str] = {}
    for cell, doc in current.done.items():
        unit, read_at = _unit(stores, kind, cell), doc.get("completed_at", "")
        if unit is None or unit.function == "process_raw":
            continue  # raw rows are made of raw bytes
        for name, days_back in unit.reads.items():
            for write in writes.get(name, ()):
                if unit.feeds_prediction and write.day == day:
                    continue  # what passes the as_of door sees its own moment, not what came after it
                reaches = write.day == last if write.is_of_next_slate else (day - write.day).days <= days_back
                if reaches and write.at > read_at and (_names_generation(unit, name) or _is_other(stores, write)):
                    since[cell] = write.by.manifest.id
    return since


def _names_generation(unit: Any, name: str) -> bool:
    """Whether the unit's rows say of which generation of the rows of a table they were made, as grades do."""
    if not (unit.writes and table(name).keep_generations):
        return False
    return table(unit.writes).column("prediction_generation") is not None


def _unit(stores: Stores, kind: str, cell: str) -> Any:
    """The map's unit of a cell; None if the map has it no longer."""
    name, unit = cell.split(".")
    phase = stores.map.runs[kind].phases.get(name)
    return stores.map.functions[phase.function].units.get(unit) if phase else None


def _is_other(stores: Stores, write: _Write) -> bool:
    """Whether a cell has ever written something else; which of it a reader has seen, replayed clocks do not tell."""
    manifest, now = write.by.manifest, write.by.done[write.cell]
    older = [f"{manifest.run_id}.{number}.{write.cell}" for number in range(1, manifest.generation)]
    hashes = {(d["outcome"], d["hash"]) for d in stores.state.get_many("completions", older).values()}
    return hashes != {(now["outcome"], now["hash"])}


def runs_of(stores: Stores, days: Sequence[date], kind: str | None) -> list[str]:
    """The ids of the opened runs of these dates, each after the runs that it reads; UserError if there is none.

    With a daily kind these are all daily runs: what reads its changes follows. Another kind's runs stand alone.
    """
    daily = stores.map.daily_kinds()
    if kind is not None and kind not in stores.map.runs:
        raise UserError(f"no kind of run {kind}; use one of {', '.join(stores.map.runs)} or all")
    kinds = daily if kind is None or kind in daily else [kind]
    ids = [f"{day}.{k}" for day in days for k in kinds]
    opened = stores.state.get_many("runs", ids)
    if not any(i.endswith(f".{kind}") or kind is None for i in opened):
        until = "" if len(days) == 1 else f" to {days[-1]}"
        command = f"tipoff request {kind or kinds[0]} {days[0]}"
        raise UserError(f"{days[0]}{until} has no {kind or 'daily'} run to repeat; open one with: {command}")
    return [i for i in ids if i in opened]


def repair(base: Manifest, redo: Sequence[str], *, by: str, sees_now: bool, missing_only: bool = False) -> RunRequested:
    """The request to do cells of a generation again, as of now or of the very moment that its base saw."""
    return RunRequested(
        request_id=f"{base.run_id}@{by}-{uuid4().hex[:12]}",
        kind=base.kind,
        from_date=base.from_date,
        to_date=base.to_date,
        as_of=None if sees_now else base.as_of,
        base=base.generation,
        redo=tuple(redo),
        missing_only=missing_only,
    )


@dataclass(frozen=True)
class Workshop:
    """Does reruns, one after another. `deliver` delivers what is due of the messages like these patterns.

    `is_live`: what is fetched is of this moment; a history folder answers as of any.
    """

    stores: Stores
    is_live: bool
    deliver: Callable[[Sequence[str]], None]

    def do(self, plan: Plan, asked: Asked) -> Done:
        """Ask for a new generation of a plan's run, and wait until it has settled."""
        base = generation(self.stores, plan.run_id, plan.base)
        sees_now = plan.fetches and self.is_live
        request = repair(
            base.manifest, plan.redo, by="rerun", sees_now=sees_now, missing_only=asked.only_what_is_missing
        )
        self.stores.queue.publish([message(self.stores.map.request_topics.run, request)])
        new = generation(self.stores, plan.run_id, self._see_through(plan.run_id, plan.base + 1, request))
        grid = self.stores.grid(plan.run_id, SystemClock().now())
        failed = f"{plan.run_id} is failed: {grid.why}" if grid and grid.state == "failed" else ""
        return Done(new.manifest.id, compare(new.manifest, base.done, new.done), failed)

    def _see_through(self, run_id: str, wanted: int, request: RunRequested) -> int:
        """Until the generation, or one after it, has settled; which one. UserError if the request was refused."""
        state, reached = self.stores.state, wanted
        while True:
            self.deliver((request.event_id, f"{run_id}.{max(wanted, reached)}.*"))
            run = state.get("runs", run_id)
            reached = run.doc["generation"] if run else 0
            if run and reached >= wanted and run.doc["state"] == "settled":
                return int(reached)
            refused = [s for s in state.find("quarantine", "held") if s.id.startswith(f"{request.event_id}.")]
            if refused:
                raise UserError(f"{run_id}: {refused[-1].doc['reason']}; tipoff rerun plans anew")
            time.sleep(self.stores.look_every_s)


@contextmanager
def workshop(stores: Stores, source: str | None, data: Path | None, *, fetches: bool) -> Iterator[Workshop]:
    """Where reruns are done: by this process, else by the one that has the home open, or by the deployed functions.

    UserError if something is to be fetched and the home's source cannot be asked any more.
    """
    if stores.home is None:
        yield Workshop(stores, is_live=True, deliver=lambda _: None)
        return
    settings, feeds = stores.home.source(source, data)
    if fetches and isinstance(feeds, NoFeeds):
        raise UserError(f"{feeds.reason}, or name a --phase that fetches nothing")
    with ExitStack() as stack:
        deliver: Callable[[Sequence[str]], None] = lambda _: None  # noqa: E731 - what another process does
        with suppress(HomeInUse):
            deliver = _Deliverer(stack.enter_context(stores.home.opened(settings, SystemClock(), feeds)))
        yield Workshop(stores, settings.source != "history", deliver)


class _Deliverer:
    """Delivers what is due of named messages and leaves what else is queued; sweeps, at first and once a minute."""

    def __init__(self, app: LocalApp) -> None:
        self._runtime, self._swept_at = LocalRuntime(app, app.events), float("-inf")

    def __call__(self, like: Sequence[str]) -> None:
        self._runtime.like = like
        self._runtime.run_due()
        if time.monotonic() - self._swept_at > SWEEP_EVERY_S:
            self._runtime.sweep()
            self._swept_at = time.monotonic()
