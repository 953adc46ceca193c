"""What the SQLite stores of a home say about a date: nothing else is opened, so it works while `tipoff up` runs."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from shared.adapters.local.queue import SqliteQueue
from shared.adapters.local.state import SqliteState
from shared.clock import SystemClock
from shared.core import alarms
from shared.errors import UserError
from shared.map import PipelineMap
from shared.protocol.manifest import manifest_of
from tipoff.grid import DayVerdict, RunGrid, open_grid, unopened_grid
from tipoff.scheduler import first_due

_WINDOW = r"\d{4}-\d\d-\d\d(?:_\d{4}-\d\d-\d\d)?"
_OF_A_RUN = re.compile(rf"^(?:request\.)?({_WINDOW})\.([a-z]+)[.@]")
_LIMIT = 1000


@dataclass(frozen=True)
class Attention:
    """One thing that a person must look at, and the command that mends it (empty: none is needed)."""

    kind: str
    about: str
    reason: str
    command: str


@dataclass(frozen=True)
class Overview:
    """All that `tipoff status` shows: `attention` is about the shown runs, `elsewhere` about all others."""

    about: str
    now: datetime
    verdict: DayVerdict
    grids: list[RunGrid]
    attention: list[Attention]
    elsewhere: list[Attention]


@dataclass(frozen=True)
class Stores:
    """The readable side of a home."""

    home: Path
    state: SqliteState
    queue: SqliteQueue
    map: PipelineMap

    def run_ids(self) -> list[str]:
        """Every run that was ever opened, in the order of their windows."""
        return self.state.ids("runs", "")

    def grid(self, run_id: str, now: datetime) -> RunGrid | None:
        """The grid of a run's current generation, None if it was never opened."""
        run = self.state.get("runs", run_id)
        if run is None:
            return None
        generation = run.doc["generation"]
        stored = self.state.get("manifests", f"{run_id}.{generation}")
        if stored is None:
            raise UserError(f"{self.home}: run {run_id} has no manifest; the state file is damaged, restore it")
        manifest = manifest_of(run_id, generation, stored.doc)
        cells = [f"{manifest.id}.{name}.{unit}" for name, plan in manifest.phases.items() for unit in plan.units]
        verdicts = self.state.get_many("verdicts", [f"{manifest.id}.{name}" for name in manifest.phases])
        return open_grid(self.map, manifest, self.state.get_many("completions", cells), verdicts, now)


def open_stores(home: Path, found: PipelineMap) -> Stores:
    """The stores of a home that exists; UserError otherwise, and nothing is created."""
    if not (home / "state.db").exists():
        raise UserError(f"{home} holds no Tipoff state; run tipoff demo, replay or up with this --home first")
    state = SqliteState(home / "state.db")
    return Stores(home, state, SqliteQueue(home / "queue.db", SystemClock(), found.engine), found)


def scheduled_kinds(found: PipelineMap) -> list[str]:
    """Kinds of runs that every date should have, in the order of the map."""
    scheduled = {s.run for s in found.schedules.values()}
    return [k for k in found.runs if k in scheduled]


def latest_date(stores: Stores) -> date:
    """The latest date that has a daily run, else the last date of the latest run; UserError if there is none."""
    ids = stores.run_ids()
    if not ids:
        raise UserError(f"{stores.home} has no runs yet")
    kinds = scheduled_kinds(stores.map)
    daily = [i.split(".")[0] for i in ids if i.split(".")[1] in kinds and "_" not in i]
    return date.fromisoformat(max(daily) if daily else max(i.split(".")[0].split("_")[-1] for i in ids))


def day_grids(stores: Stores, day: date, now: datetime) -> list[RunGrid]:
    """The date's daily runs, opened or not; for a date that only a backfill covers, that backfill."""
    grids: list[RunGrid] = []
    for kind in scheduled_kinds(stores.map):
        grid = stores.grid(f"{day.isoformat()}.{kind}", now)
        if grid is None:
            due_at = first_due(stores.map, kind, day)
            assert due_at is not None
            grid = unopened_grid(stores.map, kind, day, due_at, now)
        grids.append(grid)
    if all(g.generation == 0 for g in grids):
        covering = [g for i in stores.run_ids() if _covers(i, day) and (g := stores.grid(i, now)) is not None]
        return covering or grids
    return grids


def _covers(run_id: str, day: date) -> bool:
    window, _, kind = run_id.partition(".")
    first, _, last = window.partition("_")
    return kind == "backfill" and first <= day.isoformat() <= (last or first)


def attention(stores: Stores, grids: Sequence[RunGrid]) -> tuple[list[Attention], list[Attention]]:
    """What the shown runs left to look at, and what others did."""
    home = shlex.quote(str(stores.home))
    everything = [*_messages(stores, home), *_alerts(stores, home), *_unsent(stores, home)]
    shown = tuple(f"{g.run_id}." for g in grids)
    own = [a for a in everything if a.about.removeprefix("request.").replace("@", ".").startswith(shown)]
    other = [a for a in everything if a not in own]
    return [*_repairs(grids, home), *own, *_refused(grids, home)], other


def _repairs(grids: Sequence[RunGrid], home: str) -> list[Attention]:
    """What to do about runs that are not whole and will not become so by waiting."""
    found = []
    for grid in grids:
        if grid.state in ("failed", "degraded"):
            command = alarms.mending(grid.run_id, grid.kind, grid.from_date.isoformat(), "--only failed")
            found.append(Attention("not whole", grid.run_id, grid.why, f"{command} --home {home}"))
        elif grid.state == "late" and grid.generation == 0:
            until = "" if grid.from_date == grid.to_date else f" --to {grid.to_date}"
            command = f"tipoff request {grid.kind} {grid.from_date}{until} --home {home}"
            found.append(Attention("not whole", grid.run_id, grid.why, command))
        elif grid.state == "late":
            found.append(Attention("not whole", grid.run_id, f"nobody sweeps: {grid.why}", f"tipoff up --home {home}"))
    return found


def _messages(stores: Stores, home: str) -> list[Attention]:
    dead = [Attention("dead letter", i, error, _ask_again(i, home)) for _, i, error in stores.queue.dead_letters()]
    held = [
        Attention("quarantined", s.id, str(s.doc["reason"]), _ask_again(s.id, home))
        for s in stores.state.find("quarantine", "held", _LIMIT)
    ]
    return dead + held


def _ask_again(message_id: str, home: str) -> str:
    """The command that repeats a run as a new generation; empty for a message that belongs to none."""
    found = _OF_A_RUN.match(message_id)
    if found is None:
        return ""
    first, _, last = found[1].partition("_")
    until = f" --to {last}" if last else ""
    return f"tipoff request {found[2]} {first}{until} --home {home}"


def _alerts(stores: Stores, home: str) -> list[Attention]:
    return [
        Attention("alert", s.id, str(s.doc["sentence"]), f"{s.doc['command']} --home {home}")
        for s in stores.state.find("alerts", "open", _LIMIT)
    ]


def _unsent(stores: Stores, home: str) -> list[Attention]:
    return [
        Attention(
            "unsent", s.id, f"{len(s.doc['outbox'])} events of this {c.removesuffix('s')}", f"tipoff up --home {home}"
        )
        for c in ("manifests", "verdicts")
        for s in stores.state.find(c, "unsent", _LIMIT)
    ]


def _refused(grids: Sequence[RunGrid], home: str) -> list[Attention]:
    found = []
    for grid in grids:
        window = f"--from {grid.from_date} --to {grid.to_date}"
        command = f"tipoff export quarantined_rows --home {home} {window} --out quarantined.csv"
        for phase in grid.phases:
            for cell in phase.cells:
                if cell.refused:
                    rules = ", ".join(f"{n} by {rule}" for rule, n in sorted(cell.refused.items()))
                    about = f"{grid.run_id}.{grid.generation}.{phase.phase}.{cell.unit}"
                    found.append(Attention("refused rows", about, rules, command))
    return found
