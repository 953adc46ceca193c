"""`tipoff tables`: Explain the tables and their columns."""

import sys
from typing import Annotated

import typer
from rich.markup import escape

from shared.contracts.rows import tables as every_table
from tipoff.cli import render
from tipoff.cli.options import AsJson
from tipoff.frames import dictionary


def tables(
    table: Annotated[str | None, typer.Argument(help="Short or full name; without one, all tables.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print docs/data-dictionary.md.")] = False,
    as_json: AsJson = False,
) -> None:
    """The tables, or the columns of one. Key, type, meaning, unit, and what a null means.

    `tipoff export TABLE` writes a table to a file; in Python a loader, as `tipoff.load_features()`, gives a DataFrame.

    Example: tipoff tables player_prop_predictions
    """
    chosen = [dictionary.find_table(table)] if table else list(every_table().values())
    if as_markdown:
        sys.stdout.write(dictionary.markdown())
    elif as_json:
        render.print_json([{**dictionary.summary(t), "columns": dictionary.entries(t)} for t in chosen])
    elif table is None:
        rows = ((t.full_name, dictionary.noun_of(t), ", ".join(t.key), t.about) for t in chosen)
        render.show(render.table("Table", "Loader", "Key", "A row is", rows=(tuple(map(escape, row)) for row in rows)))
    else:
        about = dictionary.summary(chosen[0])
        out = render.console()
        out.print(f"[bold]{about['table']}[/]  {escape(about['grain'])}", soft_wrap=True)
        out.print(f"[dim]known_at: {about['known_at']}; loader: {about['loader'] or 'none'}[/]\n", soft_wrap=True)
        entries = dictionary.entries(chosen[0])
        cells = (map(escape, (e.column + "*" * e.is_key, e.meaning, e.unit, e.null, e.type)) for e in entries)
        render.show(render.table("Column (* key)", "Meaning", "Unit", "Null", "Type", rows=map(tuple, cells)))
