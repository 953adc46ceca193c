"""A backfill over HTTP of dates whose season is over: games, lines and names come from the game logs, up to features."""

from datetime import UTC, date, datetime
from pathlib import Path

from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested
from shared.settings import Settings
from tests.support.local import runs
from tipoff.local.runtime import LocalRuntime
from tipoff.sample import League, serve

DAY = date(2024, 11, 6)
NEXT_YEAR = datetime(2025, 12, 1, 15, tzinfo=UTC)
RUN = f"{DAY}.backfill"
COUNTS = """
    SELECT (SELECT COUNT(DISTINCT game_id) FROM nba_raw.nbac_schedule WHERE game_date = '2024-11-06'),
        (SELECT COUNT(DISTINCT game_id) FROM nba_analytics.player_game_summary),
        (SELECT COUNT(*) FROM nba_raw.odds_api_player_points_props),
        (SELECT COUNT(*) FROM nba_precompute.ml_feature_store_v2)
"""


def test_a_past_season_is_backfilled_over_http(tmp_path: Path) -> None:
    """Every phase goes on, and the rows are of the window's games; nothing asks for the retired schedule."""
    clock = VirtualClock(NEXT_YEAR)
    with serve(League(7), clock) as server:
        settings = Settings(home=tmp_path, source="nba", base_urls=server.base_urls)
        app = build_local(settings, clock, HttpFeeds(server.base_urls, attempts=2), memory_limit="500MB")
        runtime = LocalRuntime(app, app.events)
        runtime.request(RunRequested(request_id="past", kind="backfill", from_date=DAY, to_date=DAY, as_of=NEXT_YEAR))
        runtime.settle(RUN, clock)
        app.close()
        games = [g for g in server.league.slate(DAY) if g.sides]
        asked = server.requests
    verdicts = {i.rsplit(".", 1)[1]: d["outcome"] for i, d in runs.documents(tmp_path, "verdicts", f"{RUN}.1.").items()}
    assert set(verdicts.values()) == {"complete"}, verdicts
    ((scheduled, played, lines, features),) = runs.rows(tmp_path, COUNTS)
    assert (scheduled, played) == (len(games), len(games))
    assert lines > 100
    assert features > 100
    assert {"/stats/leaguegamelog"} <= set(asked)
    assert not any("scheduleleaguev2" in path.lower() or "liveData" in path for path in asked)
