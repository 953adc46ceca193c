"""`tipoff spans`: Write a game date as one OpenTelemetry trace (OTLP)."""

import json
import sys
from datetime import date as calendar_date
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import UserError
from tipoff.cli.options import DEFAULT_HOME, AtHome, Day
from tipoff.cli.render import rows_of
from tipoff.home import Home
from tipoff.operate.spans import Cell, otlp, spans_of_day
from tipoff.operate.stores import Stores, open_stores
from tipoff.slate import lineage

Out = Annotated[Path | None, typer.Option("--out", help="Write here.", show_default="stdout")]


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
    stores = open_stores(home)
    cells = _cells_of(player, home, stores, date) if player else None
    made = spans_of_day(stores.state, stores.map, date, cells)
    if not made:
        raise UserError(f"nothing was done for {date} in {stores.where}")
    text = json.dumps(otlp(made), indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")
        typer.echo(f"{len(made)} spans of trace {made[0].trace} in {out}")


def _cells_of(text: str, home: Home, stores: Stores, day: calendar_date) -> set[Cell]:
    """Run, generation and table of each of the player's rows."""
    tables = rows_of(home)
    who = lineage.find_player(tables, text, day)
    sections = lineage.sections(tables, stores.state, home.archive, stores.map, who, day)
    return {(r["run_id"], r["generation"], s.part.table) for s in sections for r in s.rows}
