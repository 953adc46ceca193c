"""What the stores say about a date: its grid, and what a person must look at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.errors import UserError
from shared.map.model import PipelineMap
from shared.rules import alarms
from shared.rules.asking import GRACE, sentence
from shared.rules.tally import Tally
from tipoff.evaluation.outcomes import of_documents
from tipoff.local.scheduler import first_due
from tipoff.operate.grid import DayVerdict, RunGrid, day_verdict, unopened_grid
from tipoff.operate.stores import Stores

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
    """All that `tipoff status` shows: `attention` is about the shown runs, `elsewhere` about all others.

    `issued` has the outcomes of the predictions of the runs' dates.
    """

    about: str
    now: datetime
    verdict: DayVerdict
    grids: list[RunGrid]
    attention: list[Attention]
    elsewhere: list[Attention]
    issued: Tally


def look(stores: Stores, about: str, now: datetime, grids: list[RunGrid]) -> Overview:
    """What there is to say about a date, or a run, with these grids."""
    days = sorted({g.from_date for g in grids if g.kind in stores.map.daily_kinds()})
    issued = of_documents(stores.state, stores.map, days, now)
    return Overview(about, now, day_verdict(about, grids), grids, *attention(stores, grids, now), issued)


def latest_date(stores: Stores) -> date:
    """The latest date that has a daily run, else the last date of the latest run; UserError if there is none."""
    ids = stores.run_ids()
    if not ids:
        raise UserError(f"{stores.where} has no runs yet")
    kinds = stores.map.daily_kinds()
    daily = [i.split(".")[0] for i in ids if i.split(".")[1] in kinds and "_" not in i]
    return date.fromisoformat(max(daily) if daily else max(i.split(".")[0].split("_")[-1] for i in ids))


def day_grids(stores: Stores, day: date, now: datetime) -> list[RunGrid]:
    """The date's daily runs, opened or not; for a date that only a backfill covers, that backfill."""
    grids: list[RunGrid] = []
    for kind in stores.map.daily_kinds():
        grid = stores.grid(f"{day.isoformat()}.{kind}", now)
        if grid is None:
            due_at = first_due(stores.map, kind, day)
            assert due_at is not None
            grid = unopened_grid(stores.map, kind, day, due_at, now)
        grids.append(grid)
    if all(g.generation == 0 for g in grids):
        covering = [
            g for i in stores.run_ids() if _covers(stores.map, i, day) and (g := stores.grid(i, now)) is not None
        ]
        return covering or grids
    return grids


def _covers(m: PipelineMap, run_id: str, day: date) -> bool:
    window, _, kind = run_id.partition(".")
    first, _, last = window.partition("_")
    return kind not in m.daily_kinds() and first <= day.isoformat() <= (last or first)


def attention(stores: Stores, grids: Sequence[RunGrid], now: datetime) -> tuple[list[Attention], list[Attention]]:
    """What the shown runs left to look at, and what others did."""
    everything = [*_messages(stores), *_alerts(stores), *_unsent(stores)]
    shown = tuple(f"{g.run_id}." for g in grids)
    own = [a for a in everything if a.about.removeprefix("request.").replace("@", ".").startswith(shown)]
    other = [a for a in everything if a not in own]
    return [*_repairs(stores, grids), *missing(stores, grids, now), *own, *_refused(stores, grids)], other


def missing(stores: Stores, grids: Sequence[RunGrid], now: datetime) -> list[Attention]:
    """Each game, event or report that a feed lacks; what will be asked for again needs no command."""
    listed = []
    for grid in grids:
        repair = alarms.mending(grid.run_id, grid.kind, grid.from_date.isoformat(), "--only failed") + stores.option
        for m in grid.missing:
            command = repair if m.ask_at is None else _sweeping(stores) if m.ask_at + GRACE < now else ""
            listed.append(Attention("missing", grid.run_id, sentence(m, now), command))
    return listed


def _repairs(stores: Stores, grids: Sequence[RunGrid]) -> list[Attention]:
    """What to do about runs that are not whole and will not become so by waiting."""
    repairs = []
    for grid in grids:
        if grid.state == "failed" or (grid.state == "degraded" and not grid.lacks_only_parts):
            command = alarms.mending(grid.run_id, grid.kind, grid.from_date.isoformat(), "--only failed")
            repairs.append(Attention("not whole", grid.run_id, grid.why, f"{command}{stores.option}"))
        elif grid.state == "late" and grid.generation == 0:
            until = "" if grid.from_date == grid.to_date else f" --to {grid.to_date}"
            command = f"tipoff request {grid.kind} {grid.from_date}{until}{stores.option}"
            repairs.append(Attention("not whole", grid.run_id, grid.why, command))
        elif grid.state == "late":
            repairs.append(Attention("not whole", grid.run_id, f"no sweep runs: {grid.why}", _sweeping(stores)))
    return repairs


def _sweeping(stores: Stores) -> str:
    """The command that gets the sweep going: it sends what is unsent and rules on what is late."""
    return f"tipoff up{stores.option}" if stores.home else "gcloud scheduler jobs list"


def _messages(stores: Stores) -> list[Attention]:
    dead = [Attention("dead letter", i, error, _ask_again(stores, i)) for _, i, error in stores.queue.dead_letters()]
    held = [
        Attention("quarantined", s.id, str(s.doc["reason"]), _ask_again(stores, s.id))
        for s in stores.state.find("quarantine", "held", _LIMIT)
    ]
    return dead + held


def _ask_again(stores: Stores, message_id: str) -> str:
    """The command that repeats a run as a new generation; empty for a message that belongs to none."""
    run = _OF_A_RUN.match(message_id)
    if run is None:
        return ""
    first, _, last = run[1].partition("_")
    until = f" --to {last}" if last else ""
    return f"tipoff request {run[2]} {first}{until}{stores.option}"


def _alerts(stores: Stores) -> list[Attention]:
    return [
        Attention("alert", s.id, str(s.doc["sentence"]), f"{s.doc['command']}{stores.option}")
        for s in stores.state.find("alerts", "open", _LIMIT)
    ]


def _unsent(stores: Stores) -> list[Attention]:
    return [
        Attention("unsent", s.id, f"{len(s.doc['outbox'])} events of this {c.removesuffix('s')}", _sweeping(stores))
        for c in ("manifests", "verdicts")
        for s in stores.state.find(c, "unsent", _LIMIT)
    ]


def _refused(stores: Stores, grids: Sequence[RunGrid]) -> list[Attention]:
    refused = []
    for grid in grids:
        window = f"--from {grid.from_date} --to {grid.to_date}"
        command = f"tipoff export quarantined_rows{stores.option} {window} --out quarantined.csv"
        for phase in grid.phases:
            for cell in phase.cells:
                if cell.refused:
                    rules = ", ".join(f"{n} by {rule}" for rule, n in sorted(cell.refused.items()))
                    about = f"{grid.run_id}.{grid.generation}.{phase.phase}.{cell.unit}"
                    refused.append(Attention("refused rows", about, rules, command))
    return refused
