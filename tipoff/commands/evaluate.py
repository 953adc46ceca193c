"""`tipoff evaluate`: how good the predictions were, beside the market and the moving average."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from tipoff.commands.options import DAY_FORMAT, DEFAULT_HOME, AsJson, Home, day_of

COLUMNS = (
    *("rows", "mae", "line_mae", "moving_average_mae", "rmse", "bias", "crps", "log_score", "brier", "market_brier"),
    *("calibration_slope", "coverage_80", "hit_rate", "bets", "roi"),
)
SHOWN = "champion"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    home: Home = DEFAULT_HOME,
    first: Annotated[datetime | None, typer.Option("--from", formats=[DAY_FORMAT], help="First date.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=[DAY_FORMAT], help="Last date.")] = None,
    by: Annotated[Literal["system", "line", "tier", "book", "month"], typer.Option(help="Split the rows.")] = "system",
    html: Annotated[Path | None, typer.Option(help="Also write one HTML page with plots.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score every system on the same rows: players with a line who played and whom all predicted.

    mae is of the distribution's median, as a line is; the line's and the moving average's stand beside it.

    Example: tipoff evaluate --home build/r1 --by month --html build/report.html
    """
    from shared.errors import UserError
    from tipoff.evaluation.page import page
    from tipoff.evaluation.report import evaluate as score
    from tipoff.evaluation.rows import BASE, common, read_rows
    from tipoff.export import open_tables
    from tipoff.render import print_json

    systems = read_rows(open_tables(home), day_of(first) or date.min, day_of(last) or date.max)
    if BASE not in systems:
        raise UserError("no graded prediction between these dates; run tipoff replay first")
    same = common(systems)
    if not len(same[BASE]):
        raise UserError("no graded prediction with a line between these dates")
    found = score(same, by)
    if html is not None:
        shown = SHOWN if SHOWN in same else BASE
        tables: dict[str, list[dict[str, Any]]] = {"system": score(same), "line": score(same, "line")}
        dates = f"{same[BASE].days.min()} to {same[BASE].days.max()}"
        title = f"Tipoff, {dates}: {len(same[BASE])} player-games with a line"
        html.write_text(page(title, {**tables, by: found}, same[shown], shown), "utf-8")
    if as_json:
        print_json(json.loads(json.dumps(found)))
    else:
        _print(found, by)


def _print(found: list[dict[str, Any]], by: str) -> None:
    from tipoff import render

    made = render.table("System", *([] if by == "system" else [by.capitalize()]), *(f">{c}" for c in COLUMNS))
    for row in found:
        label = [] if by == "system" else [str(row[by])]
        made.add_row(row["system"], *label, *(_text(row.get(c)) for c in COLUMNS))
    render.console().print(made)


def _text(value: Any) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else f"{value:,}"
