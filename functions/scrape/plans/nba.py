"""Plans for the NBA's own JSON: schedule, player list, and a box score for each game that is final."""

from collections.abc import Generator

from shared.contracts.work import Request, Requests, Work
from shared.rules.dates import eastern_date, season_name, season_year
from shared.rules.schedule import LeagueGame, read_schedule


def schedule(work: Work) -> Requests:
    """The schedule of each season of the window: the current one from the CDN, others from the statistics site."""
    current = season_year(eastern_date(work.now))
    for year in range(season_year(work.from_date), season_year(work.to_date) + 1):
        if year == current:
            yield Request("nba_cdn", "static/json/staticData/scheduleLeagueV2.json")
        else:
            yield Request("nba_stats", "stats/scheduleleaguev2", {"LeagueID": "00", "Season": season_name(year)})


def games_of_window(work: Work) -> Generator[Request, bytes | None, list[LeagueGame]]:
    """Ask for the schedule and return the games that are certain to be played on the window's dates."""
    games: list[LeagueGame] = []
    for request in schedule(work):
        body = yield request
        assert body is not None
        games += read_schedule(body, work.assumptions).between(work.from_date, work.to_date)
    return [g for g in games if g.is_certain]


def player_list(work: Work) -> Requests:
    """The players on a roster in the window's last season."""
    season = season_name(season_year(work.to_date))
    params = {"LeagueID": "00", "Season": season, "IsOnlyCurrentSeason": "1"}
    yield Request("nba_stats", "stats/commonallplayers", params)


def box_scores(work: Work) -> Requests:
    """The box score of every game of the window that the schedule lists as final."""
    games = yield from games_of_window(work)
    for game in games:
        if game.is_final:
            path = f"static/json/liveData/boxscore/boxscore_{game.game_id}.json"
            yield Request("nba_cdn", path, entity=game.name)
