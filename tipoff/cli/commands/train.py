"""`tipoff train`: Train models on what the home holds."""

from datetime import date
from typing import Annotated

import typer

from shared.clock import SystemClock
from shared.errors import UserError
from tipoff.cli.options import DEFAULT_HOME, AsJson, AtHome, game_date
from tipoff.cli.render import console, print_json
from tipoff.home import BriefRows
from tipoff.training import trainer


def train(
    home: AtHome = DEFAULT_HOME,
    through: Annotated[
        date | None,
        typer.Option(
            parser=game_date, metavar="DATE", help="Last date to learn from; default: the last date with results."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Train every system that learns. On the feature store up to a date; what passes the gates is promoted.

    Example: tipoff train --home build/r1 --through 2024-02-25
    """
    tables = BriefRows(home)  # training takes minutes, and `up` may be started meanwhile
    last = through
    if last is None:
        last = tables.read("SELECT MAX(game_date) AS last FROM nba_analytics.player_game_summary")["last"][0].as_py()
        if last is None:
            raise UserError(f"{home} has no results to learn from; load history first")
    models, now = home.models, SystemClock().now()
    made = trainer.train(tables, models, through=last, now=now, progress=console(stderr=True).print)
    if as_json:
        print_json([model.card for model in made])
        return
    for model in made:
        state = "is kept, not promoted" if model.card["refused"] else "is now in use"
        console().print(f"{model.system_id} {model.hash[:12]} through {last} {state}")
