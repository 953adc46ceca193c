"""Plans: which requests go to which site, by themselves and over HTTP with the sample server."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from functions.scrape.core import has_feed, plan
from shared.adapters.http_feeds import HttpFeeds
from shared.contracts.work import Request, Work
from shared.errors import ContractError, SourceUnavailable
from shared.map.loader import pipeline_map
from shared.rules.dates import eastern_instant
from shared.rules.injury_reports import reports_until
from tests.support.data.inputs import StandingClock, fetch_all, work
from tipoff.sample import Fault, League, SampleServer, serve

DAY = date(2024, 11, 6)
AFTERWARDS = datetime(2024, 12, 20, tzinfo=UTC)
FEEDS = [u.feed for u in pipeline_map().functions["scrape"].units.values() if u.feed]


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with serve(League(), StandingClock(datetime(2024, 12, 20, tzinfo=UTC))) as running:
        yield running


@pytest.fixture
def feeds(server: SampleServer) -> Iterator[HttpFeeds]:
    server.faults.clear()
    server.requests.clear()
    feeds = HttpFeeds(server.base_urls, attempts=1)
    yield feeds
    feeds.close()


def requests(feed: str, job: Work, bodies: dict[str, bytes], source: str = "nba") -> list[Request]:
    """The requests of a plan; each body is chosen by the end of the request's path."""
    steps, requested, body = plan(feed, job, source), [], None
    while True:
        try:
            requested.append(next(steps) if body is None else steps.send(body))
        except StopIteration:
            return requested
        body = next((b for end, b in bodies.items() if requested[-1].path.endswith(end)), b"{}")


def test_every_feed_of_the_map_has_a_plan() -> None:
    """Over HTTP all of them; for a history folder, which has no player list, that plan requests nothing."""
    assert all(has_feed(feed, "nba") for feed in FEEDS)
    assert [feed for feed in FEEDS if not has_feed(feed, "history")] == ["nbac_player_list"]
    assert list(plan("nbac_player_list", work(DAY), "history")) == []
    with pytest.raises(ContractError, match="no source elsewhere"):
        next(plan("nbac_schedule", work(DAY), "elsewhere"))


def test_a_history_plan_carries_window_and_as_of() -> None:
    """Every file is requested for the same window, as known at as_of."""
    job = work(DAY, date(2024, 11, 8), as_of=datetime(2024, 11, 8, 12, tzinfo=UTC))
    requested = requests("nbac_gamebook_player_stats", job, {}, "history")
    assert [r.path for r in requested] == ["games", "box_scores"]
    window = {"from": "2024-11-06", "to": "2024-11-08", "known_by": "2024-11-08T12:00:00+00:00"}
    assert all(r.params == window for r in requested)


def test_the_current_season_comes_from_the_cdn_others_from_game_logs() -> None:
    """A window over two seasons requests both; only the rare types of games may be missing."""
    job = work(date(2024, 5, 1), date(2024, 11, 6), now=datetime(2024, 11, 7, tzinfo=UTC))
    *logs, current = plan("nbac_schedule", job, "nba")
    assert {(r.site, r.path, r.params["Season"]) for r in logs} == {("nba_stats", "stats/leaguegamelog", "2023-24")}
    assert [(r.params["SeasonType"], r.entity) for r in logs] == [
        ("Regular Season", ""), ("Playoffs", ""), ("PlayIn", "PlayIn games of 2023-24"), ("IST", "IST games of 2023-24"),
    ]  # fmt: skip
    assert (current.site, current.path) == ("nba_cdn", "static/json/staticData/scheduleLeagueV2.json")


def test_a_window_that_reaches_into_the_next_season_asks_for_the_current_one() -> None:
    """In July the days ahead are of a season without a schedule of its own yet."""
    job = work(date(2025, 7, 25), date(2025, 8, 8), now=datetime(2025, 7, 25, 16, tzinfo=UTC))
    assert [r.site for r in plan("nbac_schedule", job, "nba")] == ["nba_cdn"]


def test_box_scores_are_requested_for_final_games_only(server: SampleServer) -> None:
    """Of a slate in progress only the games that are over are requested."""
    league = server.league
    first_end = min(g.ended_at for g in league.slate(DAY))
    clock = StandingClock(first_end)
    with serve(league, clock) as live:
        job = work(DAY, now=first_end)
        fetched = fetch_all("nbac_gamebook_player_stats", job, "nba", HttpFeeds(live.base_urls, attempts=1))
    over = [g.fixture.game_id for g in league.slate(DAY) if g.ended_at <= first_end]
    assert [json.loads(p.body)["game"]["gameId"] for p in fetched[1:]] == over
    assert 0 < len(over) < len(league.slate(DAY))


def test_no_box_score_of_a_postponed_game_is_requested(server: SampleServer, feeds: HttpFeeds) -> None:
    """The schedule and the box scores of the other games are requested, nothing for the postponed one."""
    game = next(g for g in server.league.games if g.fixture.postponed_at)
    fetched = fetch_all("nbac_gamebook_player_stats", work(game.fixture.game_date, now=AFTERWARDS), "nba", feeds)
    assert len(fetched) == 1 + len(server.league.slate(game.fixture.game_date)) - 1
    assert not any(game.fixture.game_id in p.artifact.path for p in fetched)


def test_past_odds_are_snapshots_before_each_tip(server: SampleServer, feeds: HttpFeeds) -> None:
    """Each event is requested twice, at the opening hour and at tip minus lead, and never later."""
    fetched = fetch_all("odds_api_player_points_props", work(DAY), "nba", feeds)
    assert len(fetched) == 1 + 2 * len(server.league.slate(DAY))
    for body in (json.loads(p.body) for p in fetched[1:]):
        taken, tip = (datetime.fromisoformat(t) for t in (body["timestamp"], body["data"]["commence_time"]))
        assert taken in (
            eastern_instant(DAY, pipeline_map().settings["opening_hour_eastern"]),
            tip - timedelta(minutes=30),
        )


def test_closing_lines_are_snapshots_just_before_each_tip(server: SampleServer, feeds: HttpFeeds) -> None:
    """Of a past date each event is requested so many minutes before its tip, each a capture of its own; tonight none."""
    fetched = fetch_all("odds_api_closing_lines", work(DAY), "nba", feeds)
    minutes = pipeline_map().settings["closing_minutes"]
    assert len(fetched) == 1 + len(minutes) * len(server.league.slate(DAY))
    assert len({(p.artifact.path, json.loads(p.body)["timestamp"]) for p in fetched[1:]}) == len(fetched) - 1
    for body in (json.loads(p.body) for p in fetched[1:]):
        taken, tip = (datetime.fromisoformat(t) for t in (body["timestamp"], body["data"]["commence_time"]))
        assert (tip - taken).total_seconds() / 60 in minutes
    now = datetime(2024, 11, 7, 0, 15, tzinfo=UTC)
    assert fetch_all("odds_api_closing_lines", work(DAY, as_of=now), "nba", feeds) == []


def test_odds_of_the_past_stop_at_as_of(server: SampleServer) -> None:
    """A replay with an as_of of noon requests no snapshot of the evening."""
    noon = eastern_instant(DAY, 12)
    with serve(server.league, StandingClock(datetime(2024, 12, 20, tzinfo=UTC))) as past:
        job = work(DAY, as_of=noon, now=datetime(2024, 12, 20, tzinfo=UTC))
        fetched = fetch_all("odds_api_game_lines", job, "nba", HttpFeeds(past.base_urls, attempts=1))
    assert [json.loads(p.body)["timestamp"] for p in fetched[1:]] == ["2024-11-06T15:00:00Z"]


def test_odds_of_tonight_come_from_the_live_endpoints(server: SampleServer) -> None:
    """Events that have begun are not requested: their prices are not pregame lines."""
    now = datetime(2024, 11, 7, 0, 15, tzinfo=UTC)
    with serve(server.league, StandingClock(now)) as live:
        feeds = HttpFeeds(live.base_urls, attempts=1)
        props = fetch_all("odds_api_player_points_props", work(DAY, as_of=now), "nba", feeds)
        lines = fetch_all("odds_api_game_lines", work(DAY, as_of=now), "nba", feeds)
    ahead = [g for g in server.league.slate(DAY) if g.fixture.tip > now]
    assert 0 < len(ahead) < len(server.league.slate(DAY))
    assert (len(props), len(lines)) == (1 + len(ahead), 1)
    assert not any("historical" in p.artifact.path for p in props + lines)


@pytest.mark.parametrize("event", ["../../keys", "a/b", "", "x" * 65])
def test_a_malformed_event_id_is_refused(event: str) -> None:
    """Text from a site becomes part of a path only if it has the form of an id."""
    listed = [{"id": event, "commence_time": "2024-11-07T00:30:00Z", "home_team": "a", "away_team": "b"}]
    job = work(DAY, now=datetime(2024, 11, 6, 12, tzinfo=UTC))
    asked = requests("odds_api_player_points_props", job, {"/events": json.dumps(listed).encode()})
    assert [r.path for r in asked] == ["v4/sports/basketball_nba/events"]


@pytest.mark.parametrize("body", [b'{"message": "quota"}', b'{"data": 3}', b"[{", b"3"])
def test_a_body_that_is_not_a_list_of_events_stops_the_plan(body: bytes) -> None:
    """An error document is not an empty slate."""
    with pytest.raises(ContractError):
        requests("odds_api_player_points_props", work(DAY), {"/events": body})


@pytest.mark.parametrize(
    ("moment", "name"),
    [
        (datetime(2024, 11, 6, 23, 30, tzinfo=UTC), "Injury-Report_2024-11-06_06PM.pdf"),
        (datetime(2024, 11, 6, 23, 29, tzinfo=UTC), "Injury-Report_2024-11-06_05PM.pdf"),
        (datetime(2024, 11, 2, 17, 0, tzinfo=UTC), "Injury-Report_2024-11-02_12PM.pdf"),
        (datetime(2024, 11, 3, 18, 0, tzinfo=UTC), "Injury-Report_2024-11-03_12PM.pdf"),
        (datetime(2024, 11, 7, 5, 20, tzinfo=UTC), "Injury-Report_2024-11-06_11PM.pdf"),
    ],
)
def test_the_last_report_is_that_of_the_last_half_past(moment: datetime, name: str) -> None:
    """The report of hour H is published at H:30 Eastern, in summer and in winter time."""
    assert f"Injury-Report_{next(reports_until(moment)).name}.pdf" == name


def test_one_report_is_requested_for_each_tip(server: SampleServer, feeds: HttpFeeds) -> None:
    """Games with the same tip share a report; on a day without games only the schedule is requested."""
    fetched = fetch_all("nbac_injury_report", work(DAY, now=AFTERWARDS), "nba", feeds)
    names = {next(reports_until(g.fixture.tip - timedelta(minutes=30))).name for g in server.league.slate(DAY)}
    assert {p.artifact.path.rpartition("Report_")[2].removesuffix(".pdf") for p in fetched[1:]} == names
    off = next(d for d in (server.league.start + timedelta(days=n) for n in range(56)) if not server.league.slate(d))
    assert len(fetch_all("nbac_injury_report", work(off, now=AFTERWARDS), "nba", feeds)) == 1


def test_an_error_of_the_second_request_is_raised_unchanged(server: SampleServer, feeds: HttpFeeds) -> None:
    """A box score that fails stops the plan with the feed's error; a truncated schedule with a ContractError."""
    server.faults["boxscore"] = Fault(status=503)
    with pytest.raises(SourceUnavailable):
        fetch_all("nbac_gamebook_player_stats", work(DAY, now=AFTERWARDS), "nba", feeds)
    server.faults["scheduleLeagueV2"] = Fault(body="truncate")
    with pytest.raises(ContractError, match="not whole JSON"):
        fetch_all("nbac_gamebook_player_stats", work(DAY, now=AFTERWARDS), "nba", feeds)
