"""`tipoff rerun`: Repair a date: show the plan, then redo only what is needed."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.contracts.events import message
from shared.errors import UserError
from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, HASH_CHARS, AsJson, AtHome, Data, Day, Source
from tipoff.cli.render import print_json
from tipoff.operate import rerun as operate
from tipoff.operate.rerun_plan import ONLY, Change, Plan, compare
from tipoff.operate.stores import Stores, open_stores

MIB = 1024 * 1024


def rerun(
    date: Day,
    home: AtHome = DEFAULT_HOME,
    phase: Annotated[str | None, typer.Option(help="Only this phase; what reads it follows if it changes.")] = None,
    only: Annotated[str | None, typer.Option(help="Only units that are failed, missing or stale.")] = None,
    kind: Annotated[str, typer.Option(help="pregame, postgame or all.")] = "all",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")] = False,
    source: Source = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Do a date again. What failed, is missing or was made by other code, and whatever reads what changes.

    Shows what will run, why, and about how long; then opens a new generation. Nothing is overwritten: predictions
    and grades of the old generation stay, superseded. A unit whose inputs are as they were is carried over.

    Example: tipoff rerun 2024-02-26 --only failed --home build/r1
    """
    if only is not None and only not in ONLY:
        raise UserError(f"--only {only}: use one of {', '.join(ONLY)}")
    pipeline = pipeline_map()
    phases = dict.fromkeys(p for k in pipeline.runs.values() for p in k.phases)
    if phase is not None and phase not in phases:
        raise UserError(f"no phase {phase}; there are {', '.join(phases)}")
    stores = open_stores(home)
    runs = operate.runs_of(stores, date, kind)
    plans = [p for run in runs if (p := operate.plan_of(stores, run, phase, only)) is not None]
    if not as_json:
        _show(plans)
    report: list[dict[str, Any]] = []
    if any(p.redo for p in plans) and not dry_run and (yes or (not as_json and typer.confirm("Run this plan?"))):
        for planned in plans:
            plan = operate.plan_of(stores, planned.run_id, phase, only)  # an earlier run of the day may have changed it
            if plan is not None and plan.redo:
                report.append(_do(stores, plan, source, data))
                if not as_json:
                    _show_changes(report[-1]["run_id"], report[-1]["changes"])
    if as_json:
        print_json({"plans": plans, "done": report})


def _do(stores: Stores, plan: Plan, source: str | None, data: Path | None) -> dict[str, Any]:
    base = operate.generation(stores, plan.run_id, plan.base)
    request = operate.repair(base.manifest, plan.redo, by="rerun", fetches=plan.fetches)
    stores.queue.publish([message(stores.map.request_topics.run, request)])
    operate.see_through(stores, plan.run_id, plan.base + 1, source, data)
    new = operate.generation(stores, plan.run_id, plan.base + 1)
    return {"run_id": new.manifest.id, "changes": compare(new.manifest, base.done, new.done)}


def _show(plans: list[Plan]) -> None:
    out = render.console()
    for plan in plans:
        made = render.table(
            "Unit", "Does", ">Seconds", ">MiB", "Why", title=f"{plan.run_id}, on generation {plan.base}"
        )
        for cell in plan.cells:
            if cell.does != "stands":
                seconds = "?" if cell.seconds is None else f"{cell.seconds:.2f}"
                size = "?" if cell.bytes is None else f"{cell.bytes / MIB:.2f}"
                made.add_row(cell.name, cell.does, seconds, size, escape(cell.why))
        stand = sum(c.does == "stands" for c in plan.cells)
        if not plan.redo:
            out.print(f"{plan.run_id}: nothing to do, {stand} units stand")
            continue
        out.print(made)
        (least, small), (most, large) = plan.estimate("runs"), plan.estimate("runs", "follows")
        out.print(
            f"{len(plan.redo)} units run, {stand} stand; about {least:.1f} to {most:.1f} s,"
            f" {small / MIB:.1f} to {large / MIB:.1f} MiB, by what they took before\n"
        )


def _show_changes(run_id: str, changes: tuple[Change, ...]) -> None:
    results = {"unchanged": "unchanged: same hash"}
    done = [c for c in changes if c.result != "carried"]
    rows = (
        (c.name, results.get(c.result, c.result), c.before[:HASH_CHARS] or "-", c.after[:HASH_CHARS] or "-")
        for c in done
    )
    title = f"{run_id}: {len(changes) - len(done)} units carried over"
    render.console().print(render.table("Unit", "Result", "Hash before", "Hash now", title=title, rows=rows))
