"""`tipoff export`: Write a table to a Parquet, CSV or JSON file."""

from pathlib import Path
from typing import Annotated

import typer

from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, FromDay, ToDay
from tipoff.cli.render import answer
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

    Rows are in the order of date, key and generation. CSV holds arrays as JSON text.

    Example: tipoff export player_prop_predictions --home build/r1 --out picks.parquet
    """
    contract = exporting.find_table(table)
    exporting.writer_of(out)
    rows = exporting.export(home.tables(), contract, out, first, last)
    sentence = f"{rows:,} rows of {contract.full_name} in {out}"
    answer({"table": contract.full_name, "rows": rows, "out": out}, sentence, as_json=as_json)
