"""`tipoff evaluate`: Score predictions beside the market and the moving average."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from shared.clock import SystemClock
from shared.errors import UserError
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, FromDay, ToDay
from tipoff.cli.render import print_json, rows_of
from tipoff.evaluation.graded_rows import Rows
from tipoff.evaluation.page import page
from tipoff.evaluation.report import By
from tipoff.home import Home
from tipoff.operate.stores import open_stores
from tipoff.slate import track_record
from tipoff.slate.track_record import SHOWN


def evaluate(
    home: AtHome = DEFAULT_HOME,
    first: FromDay = None,
    last: ToDay = None,
    by: Annotated[By, typer.Option(help="Split the rows.")] = "system",
    system: Annotated[str, typer.Option(help="Whose plots and filters are shown.")] = SHOWN,
    html: Annotated[Path | None, typer.Option(help="Also write one HTML page with plots.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score every system beside the baselines. Where it predicted a player with a line who played.

    Each system is scored on all its own rows, and so is each baseline: the line, the line - 0.5, its price, the market
    of all books, the moving average, last season's over rate; for bets blind OVER and UNDER. A lead above zero is
    better than the baseline; `so` is the word that the interval allows. docs/metrics.md defines every figure.

    Example: tipoff evaluate --home build/r1 --by month --html build/report.html
    """
    _bring_own_up_to_date(home)
    stores, dates, now = open_stores(home), (first or date.min, last or date.max), SystemClock().now()
    report, systems = track_record.measured(rows_of(home), home.models.cards(), stores, dates, by, system, now)
    if html is not None:
        _write(html, report, systems)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _bring_own_up_to_date(home: Home) -> None:
    """Have the user's own systems predict what is new; what one of them failed at is a line on stderr."""
    if not home.files.beside("predictions"):
        return
    from tipoff.own import manage

    with render.progress_bar() as progress:
        failed = manage.refresh(home, SystemClock().now(), progress)
    for sentence in failed:
        render.console(stderr=True).print(f"[yellow]![/] {escape(sentence)}", soft_wrap=True)


def _write(path: Path, report: Mapping[str, Any], systems: Mapping[str, Rows]) -> None:
    drawn = systems[report["shown"]]
    listed, by_line = track_record.with_lines(report, systems)
    title = f"Tipoff, {report['from']} to {report['to']}: {len(drawn):,} player-games with a line"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(title, listed, drawn, report["shown"], by_line), "utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error


def _print(report: Mapping[str, Any]) -> None:
    out = render.console()
    out.print(f"[bold]{report['from']} to {report['to']}[/], predictions with a line of players who played")
    out.print(f"[dim]{escape(report['issued'])}[/]", soft_wrap=True)
    for section in track_record.sections(report):
        out.print(f"\n[bold]{escape(section.heading)}[/]  [dim]{escape(section.about)}[/]", soft_wrap=False)
        render.show(_table(section.columns, section.rows))


def _table(columns: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> Any:
    filled = [c for i, c in enumerate(columns) if i == 0 or any(r.get(c.key) is not None for r in rows)]
    headings = (c.heading if i == 0 else f">{c.heading}" for i, c in enumerate(filled))
    return render.table(*headings, rows=([escape(c.cell(row)) for c in filled] for row in rows))
