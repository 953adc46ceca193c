"""Plans for the NBA's own JSON: schedule, player list, and a box score for each game that is final."""

from collections.abc import Generator, Mapping

from shared.contracts.work import FetchPlan, Request, Work
from shared.rules.dates import eastern_date, season_name, season_year
from shared.rules.schedule import LeagueGame, read_schedule


def schedule_requests(work: Work) -> list[Request]:
    """One request per season of the window: the running season from the CDN, older ones from the statistics site."""
    running = season_year(eastern_date(work.now))
    return [
        Request("nba_cdn", "static/json/staticData/scheduleLeagueV2.json")
        if year == running
        else Request("nba_stats", "stats/scheduleleaguev2", {"LeagueID": "00", "Season": season_name(year)})
        for year in range(season_year(work.from_date), season_year(work.to_date) + 1)
    ]


def schedule(work: Work) -> FetchPlan:
    """The schedule of every season of the window."""
    requests = schedule_requests(work)
    while requests:
        yield requests.pop(0)


def games_of_window(work: Work) -> Generator[Request, bytes, list[LeagueGame]]:
    """Ask for the schedule and return the window's games that are not postponed."""
    games: list[LeagueGame] = []
    for request in schedule_requests(work):
        body = yield request
        games += read_schedule(body, work.assumptions).between(work.from_date, work.to_date)
    return [g for g in games if not g.is_postponed]


def player_list(work: Work) -> FetchPlan:
    """Everybody on a roster of the window's last season."""
    season = season_name(season_year(work.to_date))
    parameters: Mapping[str, str] = {"LeagueID": "00", "Season": season, "IsOnlyCurrentSeason": "1"}
    yield Request("nba_stats", "stats/commonallplayers", parameters)


def box_scores(work: Work) -> FetchPlan:
    """The box score of every game of the window that the schedule calls final."""
    games = yield from games_of_window(work)
    for game in games:
        if game.is_final:
            yield Request("nba_cdn", f"static/json/liveData/boxscore/boxscore_{game.game_id}.json")
