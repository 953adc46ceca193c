"""`tipoff spans`: a game date as one OpenTelemetry trace, for any viewer that reads OTLP."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tipoff.cli.options import DEFAULT_HOME, AtHome, Day
from tipoff.home import Home

if TYPE_CHECKING:
    from datetime import date as calendar_date

    from tipoff.operate.spans import Cell
    from tipoff.operate.stores import Stores

Out = Annotated[Path | None, typer.Option("--out", help="Write here.", show_default="stdout")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(spans)


def spans(
    date: Day,
    home: AtHome = DEFAULT_HOME,
    player: Annotated[str | None, typer.Option(help="Only what brought this player's rows, by name or id.")] = None,
    out: Out = None,
) -> None:
    """The spans of a date as one trace. Every run, phase and unit, in OpenTelemetry's JSON form (OTLP).

    The trace is the one that log lines and messages of that night carry. With --player it is his night: what was
    fetched, parsed, computed, predicted and graded for him.

    Example: tipoff spans 2024-02-26 --player "Luka Doncic" --out night.json
    """
    from shared.errors import UserError
    from shared.map.loader import pipeline_map
    from tipoff.operate.spans import otlp, spans_of_day
    from tipoff.operate.stores import open_stores

    found = pipeline_map()
    stores = open_stores(home, found)
    cells = _cells_of(player, home, stores, date.date()) if player else None
    made = spans_of_day(stores.state, found, date.date(), cells)
    if not made:
        raise UserError(f"nothing was done for {date.date()} in {stores.where}")
    text = json.dumps(otlp(made), indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")
        typer.echo(f"{len(made)} spans of trace {made[0].trace} in {out}")


def _cells_of(text: str, home: Home, stores: "Stores", day: "calendar_date") -> "set[Cell]":
    """Run, generation and table of each of the player's rows."""
    from tipoff.slate import lineage

    tables = home.tables()
    who = lineage.find_player(tables, text, day)
    sections = lineage.sections(tables, stores.state, stores.map, who, day)
    return {(r["run_id"], r["generation"], s.part.table) for s in sections for r in s.rows}
