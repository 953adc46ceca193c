"""`tipoff report`: Write one self-contained HTML page of a date."""

from pathlib import Path
from typing import Annotated

import typer

from shared.clock import SystemClock
from shared.errors import UserError
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AtHome, Day


def report(
    date: Day,
    home: AtHome = DEFAULT_HOME,
    out: Annotated[Path | None, typer.Option(help="The file.", show_default="DATE.html")] = None,
    system: Annotated[str, typer.Option(help="Whose picks.")] = "champion",
) -> None:
    """One HTML page of a date: its picks with their distributions and outcomes, the record, and the runs behind them.

    The file needs nothing beside it: no server, no network, no script.

    Example: tipoff report 2024-02-26 --home build/r1 --out build/2024-02-26.html
    """
    from tipoff.web.report import report as made
    from tipoff.web.site import Site

    path = out or Path(f"{date}.html")
    text = made(Site(home, SystemClock()), date, system)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    render.console().print(f"{path}: {len(text.encode()) / 1000:,.0f} kB", soft_wrap=True)
