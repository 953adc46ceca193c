"""`tipoff replay`: Run past dates of a history folder on a virtual clock."""

import json
import os
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from shared.adapters.history_feeds import HistoryFeeds
from shared.clock import VirtualClock
from shared.map.loader import pipeline_map
from shared.settings import Settings, is_tuned
from tipoff.cli.options import NOT_WHOLE, WrittenHome, game_date
from tipoff.cli.render import progress_bar, show_replay
from tipoff.local import calendar
from tipoff.local.replay import Replay, make_plan
from tipoff.local.replay_report import replay_report
from tipoff.local.runtime import LocalRuntime

MEMORY_LIMIT = "900MB"  # of the warehouse, while it makes or reads seasons
SLATE_MEMORY = "650MB"  # while it makes slates
WORKERS = 2  # more wait for each other: for the interpreter, for the one transaction
RETRAIN_DAYS: dict[str, int | None] = {"never": None, "weekly": 7, "monthly": 28}
Retrain = Literal["never", "weekly", "monthly"]


def replay(
    data: Annotated[Path, typer.Option(help="Folder of Parquet files (docs/history-format.md).")],
    first: Annotated[date, typer.Option("--from", parser=game_date, metavar="DATE", help="First date to replay.")],
    last: Annotated[date, typer.Option("--to", parser=game_date, metavar="DATE", help="Last date to replay.")],
    home: WrittenHome,
    train_through: Annotated[
        date | None,
        typer.Option(parser=game_date, metavar="DATE", help="Train on games up to here; default: the day before."),
    ] = None,
    no_train: Annotated[bool, typer.Option("--no-train", help="Use the model that is in the home.")] = False,
    retrain: Annotated[Retrain, typer.Option(help="Train again while walking, on what was known by then.")] = "never",
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the report as JSON.")] = None,
) -> None:
    """Replay past dates from files. Fill in what lies before, train on it, then predict and grade date by date.

    Killed at any moment, the same command carries on and ends with the same rows. The exit code is 5 if a phase of
    a replayed date failed or expired; the report is written all the same.

    Example: tipoff replay --data DIR --from 2024-02-26 --to 2024-03-03 --home build/r1
    """
    started = time.perf_counter()
    feeds = HistoryFeeds(data)
    all_days = calendar.history_days(feeds, pipeline_map())
    make_plan(all_days, first, last, lambda _: True)  # a mistake in the dates is said before anything is made
    clock = VirtualClock(calendar.morning(all_days[0].day, pipeline_map()))
    settings = Settings(home=home.root, source="history", data=data, tuned=is_tuned(os.environ))
    with progress_bar() as progress, home.opened(settings, clock, feeds, memory_limit=MEMORY_LIMIT) as app:
        season = Replay(app, LocalRuntime(app, app.events, workers=WORKERS, on_settled=app.show), clock, progress)
        days = season.first_fill(all_days, first, last, train=not no_train, through=train_through)
        retrain_days = None if no_train else RETRAIN_DAYS[retrain]
        if retrain_days is None:
            app.tables.limit_memory(SLATE_MEMORY)
        season.walk(days, retrain_days)
        report = replay_report(app, days, season.timing, time.perf_counter() - started)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    show_replay(report)
    if report["verdicts"].get("failed", 0) + report["verdicts"].get("expired", 0):
        raise typer.Exit(NOT_WHOLE)
