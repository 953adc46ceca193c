"""`tipoff status`: Show whether a date is whole and what is awaited."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.clock import SystemClock
from shared.errors import UserError
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, MaybeDay, instant_of
from tipoff.cli.render import plain, print_json
from tipoff.operate import overview
from tipoff.operate.grid import PhaseRow, RunGrid
from tipoff.operate.overview import Overview
from tipoff.operate.stores import open_stores
from tipoff.words import eastern

SHOWN = 12
_WIDTHS = (14, 17, 8, 6)  # so that the tables of a day line up


def status(
    date: MaybeDay = None,
    home: AtHome = DEFAULT_HOME,
    run: Annotated[str | None, typer.Option(help="One run by id, for instance a backfill.")] = None,
    units: Annotated[bool, typer.Option("--units", help="List every unit with its rows.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Also what other runs left to look at.")] = False,
    now: Annotated[
        datetime | None, typer.Option(parser=instant_of, metavar="TIME", help="Judge as of this moment; for replays.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether a date is whole. The expected grid, phase by phase, and one line that answers.

    Without DATE: the latest date that has a run. Works while `tipoff up` runs.

    Exit code: 0 whole, no games, or not due yet; 3 running; 4 late or degraded; 5 failed.

    Example: tipoff status 2024-02-26 --home build/r1
    """
    stores = open_stores(home)
    moment = now or SystemClock().now()
    if run is not None:
        one = stores.grid(run, moment)
        if one is None:
            known = ", ".join(stores.run_ids()[-3:]) or "none"
            raise UserError(f"{stores.where} has no run {run}; its latest are: {known}")
        grids, about = [one], run
    else:
        day = date or overview.latest_date(stores)
        grids, about = overview.day_grids(stores, day, moment), day.isoformat()
    shown = overview.look(stores, about, moment, grids)
    if as_json:
        _print_json(shown, stores.queue.counts())
    else:
        _print(shown, with_units=units, with_elsewhere=everything)
    raise typer.Exit(shown.verdict.exit_code)


def _print_json(shown: Overview, queue: dict[str, int]) -> None:
    print_json(
        {
            "about": shown.about,
            "now": shown.now,
            "state": shown.verdict.state,
            "is_whole": shown.verdict.exit_code == 0,
            "sentence": shown.verdict.sentence,
            "exit_code": shown.verdict.exit_code,
            "runs": [{**plain(g), "why": g.why, "phases": [_phase_doc(p) for p in g.phases]} for g in shown.grids],
            "attention": shown.attention,
            "attention_elsewhere": shown.elsewhere,
            "outcomes": shown.issued.outcomes,
            "pending_reasons": shown.issued.pending_reasons,
            "queue": queue,
        }
    )


def _phase_doc(phase: PhaseRow) -> dict[str, Any]:
    counted = {"completed": phase.completed, "expected": phase.expected}
    return {**plain(phase), **counted, "missing": phase.missing, "failed": phase.failed}


def _print(shown: Overview, *, with_units: bool, with_elsewhere: bool) -> None:
    out = render.console()
    for run in shown.grids:
        _print_run(run, with_units=with_units)
    out.print(f"[dim]{render.LEGEND}[/]\n")
    listed = [*shown.attention, *(shown.elsewhere if with_elsewhere else [])]
    render.attention(listed[:SHOWN])
    if len(listed) > SHOWN:
        out.print(f"  and {len(listed) - SHOWN} more; --json lists all")
    if shown.elsewhere and not with_elsewhere:
        out.print(f"[dim]other runs left {len(shown.elsewhere)} more to look at: --all shows them[/]")
    out.print(escape(shown.issued.sentence), soft_wrap=True)
    style = render.STYLES[shown.verdict.state]
    out.print(f"[{style}]●[/] {escape(shown.verdict.sentence)}", soft_wrap=True)


def _print_run(grid: RunGrid, *, with_units: bool) -> None:
    out = render.console()
    opened = f"generation {grid.generation}, opened {eastern(grid.opened_at)}"
    if grid.generation == 0:
        opened = f"not opened, scheduled for {eastern(grid.due_at)}"
    window = str(grid.from_date) if grid.from_date == grid.to_date else f"{grid.from_date} to {grid.to_date}"
    out.print(f"[bold]{grid.kind}[/] {window} · {opened} · {render.state(grid.state)}")
    if grid.generation == 0 and not with_units:
        out.print(f"  [dim]expected: {len(grid.phases)} phases, {grid.expected} units; --units lists them[/]\n")
        return
    is_narrow = render.is_narrow()
    wide = () if is_narrow else ("Awaited until", "Why")
    made = render.table("Phase", "Function", "State", "Units", ">Done", ">Rows", *wide)
    for column, width in zip(made.columns, _WIDTHS, strict=False):
        column.min_width = width
    for phase in grid.phases:
        why = (eastern(phase.awaited_until), escape(_why(phase)))
        made.add_row(
            phase.phase,
            f"[dim]{phase.function}[/]",
            render.state(phase.state),
            "".join(render.MARKS.get(c.outcome, "?") for c in phase.cells),
            f"{phase.completed}/{phase.expected}",
            f"{phase.rows:,}" if phase.rows else "",
            *why[: len(wide)],
        )
        for cell in phase.cells if with_units else ():
            mark, rows = render.MARKS.get(cell.outcome, "?"), f"{cell.rows_found:,}" if cell.rows_found else ""
            kind = "critical" if cell.is_critical else "optional"
            more = ("", escape(cell.reason))
            made.add_row(f"  {mark} {cell.unit}", f"[dim]{kind}[/]", cell.outcome, "", "", rows, *more[: len(wide)])
    out.print(made)
    for phase in grid.phases if is_narrow else ():
        until = f"until {eastern(phase.awaited_until)}" if phase.awaited_until else ""
        if said := ", ".join(filter(None, (until, _why(phase)))):
            out.print(f"  [dim]{phase.phase}: {escape(said)}[/]")
    if grid.credits:
        spent, budget, left = (grid.credits[k] for k in ("spent", "budget", "remaining"))
        account = "" if left is None else f", {left:,} left in the account"
        out.print(f"  [dim]credits: {spent:,} of {budget:,} spent{account}[/]\n")


def _why(phase: PhaseRow) -> str:
    """The verdict's reason, or what units without rows said; and whether a phase before it was degraded."""
    why = "; ".join(phase.notes) if phase.state == "complete" else phase.why
    return f"{why} (after a degraded phase)" if phase.upstream == "degraded" != phase.state else why
