"""One pregame run from live sources: `python -m tests.support.local.live_run HOME PATH BODY`.

The sample league's server stands for every site of the host list. PATH, on any of them, is answered with BODY.
"""

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from unittest.mock import patch

from shared.adapters.http_feeds import HttpFeeds
from shared.clock import VirtualClock
from shared.map.loader import pipeline_map
from shared.settings import Settings
from tipoff.home import Home
from tipoff.local import calendar
from tipoff.local.replay import Replay
from tipoff.local.runtime import LocalRuntime
from tipoff.sample import server
from tipoff.sample.league import League


def main(home: str, path: str, body: str) -> None:
    """Run it for the league's first date."""
    answer = server.answer

    def answer_more(league: League, asked: str, query: Mapping[str, str], now: datetime) -> tuple[str, bytes] | None:
        return ("application/json", body.encode()) if asked == path else answer(league, asked, query, now)

    league = League(7)
    day = calendar.game_days((g.fixture.game_date, g.fixture.tip) for g in league.games if g.sides)[0]
    at = calendar.pregame_times(day, pipeline_map())[-1]
    clock = VirtualClock(calendar.morning(day.day, pipeline_map()))
    with patch.object(server, "answer", answer_more), server.serve(league, clock) as served:
        settings = Settings(home=Path(home), source="nba", base_urls=served.base_urls)
        with Home(Path(home)).opened(settings, clock, HttpFeeds(served.base_urls)) as app:
            Replay(app, LocalRuntime(app, app.events), clock, lambda *_: None)._run("pregame", (day.day, day.day), at)


if __name__ == "__main__":
    main(*sys.argv[1:])
