"""`tipoff rerun`: Repair dates: show the plan, then redo only what is needed."""

import shlex
from datetime import date as calendar_date
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.rules.dates import eastern_days
from tipoff.cli import render
from tipoff.cli.options import (
    DEFAULT_HOME,
    HASH_CHARS,
    INTERRUPTED,
    NOT_WHOLE,
    AsJson,
    AtHome,
    Data,
    FromDay,
    MaybeDay,
    Source,
    ToDay,
)
from tipoff.cli.render import print_json
from tipoff.operate import rerun as operate
from tipoff.operate.rerun import Done, Workshop
from tipoff.operate.rerun_plan import ONLY, Asked, Plan
from tipoff.operate.stores import Stores, open_stores

MIB = 1024 * 1024


def rerun(
    date: MaybeDay = None,
    home: AtHome = DEFAULT_HOME,
    first: FromDay = None,
    last: ToDay = None,
    phase: Annotated[str | None, typer.Option(help="Only this phase; what reads it follows if it changes.")] = None,
    only: Annotated[str | None, typer.Option(help="Only units that are failed, missing or stale.")] = None,
    kind: Annotated[str, typer.Option(help="pregame, postgame or all; what reads changes follows in any.")] = "all",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")] = False,
    source: Source = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Do a date, or several, again. What failed, is missing or was made by other code, and whatever reads what changes.

    Shows what will run, why, and about how long; then opens new generations. Nothing is overwritten: predictions and
    grades of the old ones stay, superseded. A unit whose inputs are as they were is carried over. Several dates go one
    after another, each pregame before its postgame, and stop where a run fails: exit code 5.

    Example: tipoff rerun 2024-02-26 --only failed --home build/r1
    """
    if only is not None and only not in ONLY:
        raise UserError(f"--only {only}: use one of {', '.join(ONLY)}")
    phases = dict.fromkeys(p for k in pipeline_map().runs.values() for p in k.phases)
    if phase is not None and phase not in phases:
        raise UserError(f"no phase {phase}; there are {', '.join(phases)}")
    days = _days(date, first, last)
    stores, asked = open_stores(home), Asked(None if kind == "all" else kind, phase, only)
    runs = operate.runs_of(stores, days, asked.kind)
    plans = [operate.plan_of(stores, run, asked, runs) for run in runs]
    if not as_json:
        _show(plans, in_full=len(days) == 1)
    job = _Job(stores, asked, runs, as_json=as_json)
    if any(p.redo for p in plans) and not dry_run and (yes or (not as_json and typer.confirm("Run this plan?"))):
        with operate.workshop(stores, source, data, fetches=any(p.fetches for p in plans)) as workshop:
            job.do(workshop)
    if as_json:
        print_json({"plans": plans, "done": job.done, "is_unchanged": not job.changed, "stopped": job.stopped})
    if job.stopped:
        raise typer.Exit(INTERRUPTED if job.is_interrupted else NOT_WHOLE)


def _days(date: calendar_date | None, first: calendar_date | None, last: calendar_date | None) -> list[calendar_date]:
    if (date is None) == (first is None and last is None):
        raise UserError("name one DATE, or several with --from and --to")
    if date is not None:
        return [date]
    if first is None or last is None or last < first:
        raise UserError("several dates need --from and --to, the earlier date first")
    return eastern_days(first, last)


class _Job:
    """Plans and does one run after another; says what came of each, and what is done where it stops."""

    def __init__(self, stores: Stores, asked: Asked, runs: list[str], *, as_json: bool) -> None:
        self.done: list[Done] = []
        self.stopped = ""
        self.is_interrupted = False
        self._stores, self._asked, self._runs, self._is_quiet = stores, asked, runs, as_json

    @property
    def changed(self) -> list[str]:
        """The cells whose rows changed."""
        return [f"{d.run_id}.{c.name}" for d in self.done for c in d.changed]

    def do(self, workshop: Workshop) -> None:
        """Every run; the plan of each knows what the runs before it changed."""
        for number, run in enumerate(self._runs):
            try:
                plan = operate.plan_of(self._stores, run, self._asked, self._runs)
                if not plan.redo:
                    continue
                self.done.append(workshop.do(plan, self._asked))
            except KeyboardInterrupt:
                self.is_interrupted = True
                return self._stop(number, f"interrupted in {run}")
            if not self._is_quiet:
                _show_done(self.done[-1], number + 1, len(self._runs))
            if self.done[-1].failed:
                return self._stop(number, self.done[-1].failed)
        units = sum(c.result != "carried" for d in self.done for c in d.changes)
        if not self._is_quiet and not self.changed:
            render.console().print(f"nothing changed: {units} units done again, all with the same hash")
        return None

    def _stop(self, number: int, why: str) -> None:
        done = ", ".join(self._runs[:number]) or "nothing"
        again = shlex.join(["tipoff", "rerun", *self._options(self._runs[number])])
        self.stopped = f"{why}. Done: {done}. Carry on with: {again}{self._stores.option}"
        if not self._is_quiet:
            render.console().print(escape(self.stopped), soft_wrap=True)

    def _options(self, run: str) -> list[str]:
        days = [r.partition(".")[0] for r in (run, self._runs[-1])]
        dates = days[:1] if days[0] == days[1] else ["--from", days[0], "--to", days[1]]
        given = {"--kind": self._asked.kind, "--phase": self._asked.phase, "--only": self._asked.only}
        return [*dates, *(word for name, value in given.items() if value for word in (name, value))]


def _show(plans: list[Plan], *, in_full: bool) -> None:
    out = render.console()
    for plan in plans:
        stand = sum(c.does == "stands" for c in plan.cells)
        if not plan.redo:
            out.print(f"{plan.run_id}: nothing to do, {stand} units stand")
            continue
        if in_full:
            render.show(_table(plan))
        (least, small), (most, large) = plan.estimate("runs"), plan.estimate("runs", "follows")
        out.print(
            f"{plan.run_id}: {len(plan.redo)} units run, {stand} stand; about {least:.1f} to {most:.1f} s,"
            f" {small / MIB:.1f} to {large / MIB:.1f} MiB, by what they took before"
        )


def _table(plan: Plan) -> Table:
    made = render.table("Unit", "Does", "Why", ">Seconds", ">MiB", title=f"{plan.run_id}, on generation {plan.base}")
    for cell in plan.cells:
        if cell.does != "stands":
            seconds = "?" if cell.seconds is None else f"{cell.seconds:.2f}"
            size = "?" if cell.bytes is None else f"{cell.bytes / MIB:.2f}"
            made.add_row(cell.name, cell.does, escape(cell.why), seconds, size)
    return made


def _show_done(done: Done, number: int, of: int) -> None:
    results = [c.result for c in done.changes]
    counts = ", ".join(f"{n} {name}" for name in dict.fromkeys(results) if (n := results.count(name)))
    rows = ((c.name, c.result, c.before[:HASH_CHARS] or "-", c.after[:HASH_CHARS] or "-") for c in done.changed)
    out = render.console()
    out.print(f"({number} of {of}) {done.run_id}: {counts}")
    if done.changed:
        render.show(render.table("Unit", "Result", "Hash before", "Hash now", rows=rows))
