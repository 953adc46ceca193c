"""`tipoff export`: Write a table to a Parquet, CSV or JSON file."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from shared.clock import SystemClock
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, FromDay, ToDay
from tipoff.cli.render import answer, rows_of
from tipoff.evaluation import outcomes
from tipoff.frames.dictionary import find_table
from tipoff.operate.stores import open_stores
from tipoff.slate import export as exporting


def export(
    table: Annotated[str, typer.Argument(help="Short or full name, for instance player_prop_predictions.")],
    out: Annotated[Path, typer.Option(help="The file: .parquet, .csv or .json.")],
    home: AtHome = DEFAULT_HOME,
    first: FromDay = None,
    last: ToDay = None,
    as_json: AsJson = False,
) -> None:
    """Write a table to a file. Equal content gives equal bytes, and the file is whole or not there.

    Rows are in the order of date, key and generation. CSV holds arrays as JSON text. `prediction_outcomes` is no stored
    table: it has every prediction that stands, with its outcome, or pending and why.

    Example: tipoff export player_prop_predictions --home build/r1 --out picks.parquet
    """
    exporting.writer_of(out)
    if table == outcomes.NAME:
        stores = open_stores(home)
        days = (first or date.min, last or date.max)
        name = table
        rows = exporting.write(outcomes.each(rows_of(home), stores.state, stores.map, days, SystemClock().now()), out)
    else:
        contract = find_table(table)
        name, rows = contract.full_name, exporting.export(rows_of(home), contract, out, first, last)
    answer({"table": name, "rows": rows, "out": out}, f"{rows:,} rows of {name} in {out}", as_json=as_json)
