"""`tipoff systems`: Add your own system, or predictions made elsewhere."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from shared.clock import SystemClock
from shared.map.loader import pipeline_map
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, HelpfulGroup

systems = typer.Typer(cls=HelpfulGroup, help="Your own systems in the home, beside the built-in ones.")
Name = Annotated[str | None, typer.Option("--name", help="How it is called.", show_default="the file's name")]


@systems.command()
def add(
    file: Annotated[Path, typer.Argument(help="A Python file with a function forecast.")],
    name: Name = None,
    home: AtHome = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Copy a Python file into the home and walk it forward. It predicts each date from what was known before it.

    The file defines forecast(features) or forecast(features, past): DataFrames in, a DataFrame out with mean and std,
    or pmf, by the index of features (docs/own-systems.md). `tipoff evaluate` then has its row.

    Example: tipoff systems add mine.py --home build/r1
    """
    from tipoff.own import manage

    with render.progress_bar() as progress:
        added = manage.add(home, file, name, SystemClock().now(), progress)
    counts = {"dates": added.walked.dates, "predictions": added.walked.predictions, "grades": added.grades}
    done = f"{counts['predictions']:,} predictions on {counts['dates']} dates, {counts['grades']:,} graded"
    look = f"tipoff evaluate --home {home} --system {added.own.name} shows them beside the others"
    sentence = f"{added.own.name}: {done}; {look}"
    render.answer({"system": added.own.name, **counts}, sentence, as_json=as_json)


@systems.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A .csv or .parquet file.")],
    name: Name = None,
    home: AtHome = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Bring in predictions that were made elsewhere. Refused if one was made after its tip.

    Columns: game_id, player_id, made_at with an offset, and mean and std in points, or pmf. Those made after the
    game's prediction time, 30 minutes before the tip, are kept without a line.

    Example: tipoff systems import theirs.csv --name theirs --home build/r1
    """
    from tipoff.own import manage

    own, imported = manage.bring_in(home, file, name, SystemClock().now())
    sentence = f"{own.name}: {imported.predictions:,} predictions imported"
    if imported.without_line:
        sentence += f"; {imported.without_line:,} were made after the prediction time, so they have no line"
    if imported.unknown:
        sentence += f"; {imported.unknown:,} rows fit no player of a predicted slate and were left out"
    render.answer({"system": own.name, **render.plain(imported)}, sentence, as_json=as_json)


@systems.command()
def update(home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Predict what is new or changed with your own systems, and grade. `tipoff evaluate` does so too.

    Example: tipoff systems update --home build/live && tipoff picks --system mine --home build/live
    """
    from tipoff.own import manage, summary

    with render.progress_bar() as progress:
        failed = manage.refresh(home, SystemClock().now(), progress)
    for sentence in failed:
        render.console(stderr=True).print(f"[yellow]![/] {escape(sentence)}", soft_wrap=True)
    found = summary.listed(home)
    said = "; ".join(f"{s.name}: {s.predictions:,} predictions through {s.through or 'no date'}" for s in found)
    render.answer({"own": found, "failed": failed}, said or "no own system yet", as_json=as_json)


@systems.command("list")
def list_systems(home: AtHome = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Your own systems in the home, and the built-in ones.

    Example: tipoff systems list --home build/r1
    """
    from tipoff.own import summary

    found, built_in = summary.listed(home), list(pipeline_map().functions["predict"].units)
    if as_json:
        render.print_json({"own": found, "built_in": built_in})
        return
    out = render.console()
    if found:
        headings = ("System", "Kind", ">Predictions", ">Graded", "First", "Through", "From")
        cells = ((s.name, s.kind, f"{s.predictions:,}", f"{s.grades:,}", s.first, s.through, s.origin) for s in found)
        render.show(render.table(*headings, rows=cells))
    else:
        out.print("no own system yet; tipoff systems add FILE adds one")
    out.print(f"[dim]built in: {', '.join(built_in)}[/]", soft_wrap=True)


@systems.command()
def remove(
    name: Annotated[str, typer.Argument(help="An own system.")], home: AtHome = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Remove an own system with its predictions and grades. Your file stays where it is.

    Example: tipoff systems remove mine --home build/r1
    """
    from tipoff.own import store

    store.remove(store.need(home, name))
    render.answer({"system": name, "is_removed": True}, f"{name} is removed from {home}", as_json=as_json)
