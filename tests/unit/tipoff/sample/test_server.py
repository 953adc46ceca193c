"""The sample server: the real hosts' paths, no answer before its time, the same bytes every time."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from functions.process_raw.feeds.nba_injury_report import read_report
from functions.process_raw.feeds.pdf import page_texts
from tipoff.sample import League
from tipoff.sample.odds import event_id
from tipoff.sample.server import answer

BOX = "/static/json/liveData/boxscore/boxscore_{}.json"
ODDS = "/v4/sports/basketball_nba/events/{}/odds"
AFTERWARDS = datetime(2024, 12, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def league() -> League:
    return League()


def body(league: League, path: str, now: datetime, **query: str) -> bytes | None:
    answered = answer(league, path, query, now)
    return answered[1] if answered else None


def test_a_box_score_exists_from_the_buzzer_on(league: League) -> None:
    """404 until the game is over, 200 from then on; a postponed game never has a box score."""
    game = league.games[0]
    path = BOX.format(game.fixture.game_id)
    assert body(league, path, game.ended_at - timedelta(seconds=1)) is None
    assert body(league, path, game.ended_at) == body(league, path, AFTERWARDS) is not None
    postponed = next(g for g in league.games if g.fixture.postponed_at)
    assert body(league, BOX.format(postponed.fixture.game_id), AFTERWARDS) is None


def test_the_schedule_tells_status_and_postponement_in_time(league: League) -> None:
    """Scheduled, in play and final by the clock; postponed from the moment of the postponement."""

    def status(game_id: str, now: datetime) -> tuple[int, str]:
        document = json.loads(body(league, "/static/json/staticData/scheduleLeagueV2.json", now) or b"")
        game = next(g for d in document["leagueSchedule"]["gameDates"] for g in d["games"] if g["gameId"] == game_id)
        return game["gameStatus"], game["postponedStatus"]

    game = league.games[5]
    moments = (game.fixture.tip - timedelta(minutes=1), game.fixture.tip, game.ended_at)
    assert [status(game.fixture.game_id, m) for m in moments] == [(1, "N"), (2, "N"), (3, "N")]
    off = next(g.fixture for g in league.games if g.fixture.postponed_at)
    assert off.postponed_at is not None
    assert [status(off.game_id, m) for m in (off.postponed_at - timedelta(minutes=1), off.postponed_at)] == [
        (1, "N"),
        (1, "Y"),
    ]


def test_historical_odds_are_those_of_their_moment(league: League) -> None:
    """The historical endpoint answers for a moment as the live one did then, and never with later data."""
    game = league.games[9]
    then = game.fixture.tip - timedelta(hours=4)
    path = ODDS.format(event_id(game))
    live = json.loads(body(league, path, then, markets="player_points") or b"")
    past = path.replace("/v4/", "/v4/historical/")
    moment = {"markets": "player_points", "date": then.strftime("%Y-%m-%dT%H:%M:%SZ")}
    wrapped = json.loads(body(league, past, AFTERWARDS, **moment) or b"")
    assert wrapped["data"] == live
    assert live["bookmakers"]
    early = then - timedelta(hours=1)
    assert json.loads(body(league, past, early, **moment) or b"")["timestamp"] == early.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_no_price_is_newer_than_its_answer(league: League) -> None:
    """Every last_update is at or before the moment asked for."""
    now = league.games[9].fixture.tip - timedelta(hours=2)
    events = json.loads(body(league, "/v4/sports/basketball_nba/odds", now, markets="h2h,spreads,totals") or b"")
    stamps = [m["last_update"] for e in events for b in e["bookmakers"] for m in b["markets"]]
    assert stamps
    assert all(datetime.fromisoformat(s) <= now for s in stamps)


def test_a_report_is_published_at_half_past(league: League) -> None:
    """The 05PM report exists from 17:30 Eastern, parses as the official one, and has the same bytes every time."""
    path = "/referee/injury/Injury-Report_2024-11-06_05PM.pdf"
    half_past = datetime(2024, 11, 6, 22, 30, tzinfo=UTC)
    assert body(league, path, half_past - timedelta(seconds=1)) is None
    pdf = body(league, path, half_past)
    assert pdf == body(league, path, AFTERWARDS) is not None
    report = read_report(page_texts(pdf))
    assert report.published == half_past
    assert {e.game_date for e in report.entries} >= {date(2024, 11, 6)}
    assert any(len(e.reason) > 44 for e in report.entries)


@pytest.mark.parametrize(
    "path", ["/", "/stats/unknown", BOX.format("0022499999"), ODDS.format("0" * 32), "/v4/sports/soccer/events"]
)
def test_what_the_real_hosts_lack_is_not_found(league: League, path: str) -> None:
    """An unknown path has no answer."""
    assert answer(league, path, {}, AFTERWARDS) is None


def test_another_season_is_not_found(league: League) -> None:
    """Only the league's own season is served."""
    asked = {"SeasonType": "Regular Season", "PlayerOrTeam": "T"}
    logs = [answer(league, "/stats/leaguegamelog", {**asked, "Season": s}, AFTERWARDS) for s in ("2019-20", "2024-25")]
    games = [len(json.loads(log[1])["resultSets"][0]["rowSet"]) for log in logs if log]
    assert games == [0, 2 * sum(1 for g in league.games if g.sides)]


def test_the_retired_schedule_of_past_seasons_is_not_found(league: League) -> None:
    """As at the statistics site since 2026."""
    assert answer(league, "/stats/scheduleleaguev2", {"Season": "2024-25"}, AFTERWARDS) is None
