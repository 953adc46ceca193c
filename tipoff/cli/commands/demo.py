"""`tipoff demo`: Run the whole pipeline on a fictional season, offline."""

import os
import time
from typing import Annotated

import typer

from shared.adapters.http_feeds import HttpFeeds
from shared.clock import VirtualClock
from shared.map.loader import pipeline_map
from shared.settings import Settings, is_tuned
from tipoff.cli.commands import web
from tipoff.cli.options import DEMO_HOME, NOT_WHOLE, AsJson, WrittenHome
from tipoff.cli.render import print_json, progress_bar
from tipoff.cli.showcase import SHOWN_SYSTEM, show, showcase
from tipoff.home import SAMPLE
from tipoff.local import calendar
from tipoff.local.replay import Replay
from tipoff.local.replay_report import replay_report
from tipoff.local.runtime import LocalRuntime
from tipoff.sample.league import League
from tipoff.sample.server import serve

MEMORY_LIMIT = "500MB"


def demo(
    home: WrittenHome = DEMO_HOME,
    seed: Annotated[int, typer.Option(help="Another seed is another league.")] = 7,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Show the picks in the browser afterwards, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play a fictional season on a virtual clock. Weeks of history, training, one slate predicted and graded.

    Everything is fetched over real HTTP from a local server that answers in the shapes of the real sources. Run
    again, it changes nothing and shows the same hashes.

    Example: tipoff demo
    """
    started = time.perf_counter()
    league = League(seed)
    all_days = calendar.game_days((g.fixture.game_date, g.fixture.tip) for g in league.games if g.sides)
    chosen = calendar.busiest(all_days[-8:-1]).day
    clock = VirtualClock(calendar.morning(all_days[0].day, pipeline_map()))
    with progress_bar() as progress, serve(league, clock) as server:
        settings = Settings(home=home.root, source="nba", base_urls=server.base_urls, tuned=is_tuned(os.environ))
        feeds = HttpFeeds(server.base_urls)
        with home.opened(settings, clock, feeds, memory_limit=MEMORY_LIMIT, source=SAMPLE) as app:
            season = Replay(app, LocalRuntime(app, app.events, on_settled=app.show), clock, progress, every_tip=True)
            days = season.first_fill(all_days, chosen, chosen)
            season.walk(days)
            figures = replay_report(app, days, season.timing, time.perf_counter() - started)
            report = {**figures, **showcase(app, chosen), "requests": len(server.requests), "home": str(home)}
    if as_json:
        print_json(report)
    else:
        show(report)
    if any(step["outcome"] not in ("complete", "degraded") for step in report["path"]):
        raise typer.Exit(NOT_WHOLE)
    if open_browser and not as_json:
        web.show(home, web.PORT, f"/?system={SHOWN_SYSTEM}", open_browser=True)
