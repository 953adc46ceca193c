"""`tipoff demo`: the whole main job on a fictional season, offline."""

import time
from typing import Annotated, Any

import typer

from tipoff.cli.options import DEMO_HOME, NOT_WHOLE, AsJson, WrittenHome
from tipoff.home import Home

MEMORY_LIMIT = "500MB"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    home: WrittenHome = DEMO_HOME,
    seed: Annotated[int, typer.Option(help="Another seed is another league.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Play a fictional season on a virtual clock. Weeks of history, training, one slate predicted and graded.

    Everything is fetched over real HTTP from a local server that answers in the shapes of the real sources. Run
    again, it changes nothing and shows the same hashes.

    Example: tipoff demo
    """
    from tipoff.cli.render import print_json, progress_bar
    from tipoff.cli.showcase import show

    with progress_bar() as progress:
        report = run_demo(home, seed, progress)
    if as_json:
        print_json(report)
    else:
        show(report)
    if any(step["outcome"] not in ("complete", "degraded") for step in report["path"]):
        raise typer.Exit(NOT_WHOLE)


def run_demo(home: Home, seed: int, progress: Any) -> dict[str, Any]:
    """Do it; what there is to show."""
    from shared.adapters.http_feeds import HttpFeeds
    from shared.clock import VirtualClock
    from shared.map.loader import pipeline_map
    from shared.settings import Settings
    from tipoff.cli.showcase import showcase
    from tipoff.local import calendar
    from tipoff.local.replay import Replay
    from tipoff.local.replay_report import replay_report
    from tipoff.local.runtime import LocalRuntime
    from tipoff.sample.league import League
    from tipoff.sample.server import serve

    started = time.perf_counter()
    progress("making up a league", 0, 1)
    league = League(seed)
    all_days = calendar.game_days((g.fixture.game_date, g.fixture.tip) for g in league.games if g.sides)
    chosen = calendar.busiest(all_days[-8:-1])
    clock = VirtualClock(calendar.morning(all_days[0].day, pipeline_map()))
    with serve(league, clock) as server:
        settings = Settings(home=home.root, source="nba", base_urls=server.base_urls)
        feeds = HttpFeeds(server.base_urls)
        with home.opened(settings, clock, feeds, memory_limit=MEMORY_LIMIT) as app:
            replay = Replay(app, LocalRuntime(app, app.events), clock, progress, every_tip=True)
            days = replay.first_fill(all_days, chosen.day, chosen.day)
            replay.walk(days)
            report = replay_report(app, days, replay.timing, time.perf_counter() - started)
            return {**report, **showcase(app, chosen.day), "requests": len(server.requests), "home": str(home)}
