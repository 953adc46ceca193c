"""Plans for the NBA's own JSON: schedule, player list, and a box score for each game that is final.

The schedule on the CDN is the current season's. Of a past season the statistics site has the game logs: a row per team
of each game that was played, and a row per player, of many dates in one answer.
"""

from collections.abc import Generator
from datetime import timedelta

from shared.contracts.work import Request, Requests, Work
from shared.rules.dates import eastern_date, is_past_season, season_name, season_year
from shared.rules.schedule import LeagueGame
from shared.rules.stats_tables import read_games

_TYPES = ("Regular Season", "Playoffs")
_RARE_TYPES = ("PlayIn", "IST")  # a few games each, which not every season has; the second is the cup's final
ROSTER_DAYS = 30  # before the window: who played for a team then is on it


def schedule(work: Work) -> Requests:
    """The schedule of each season of the window: of a past season the game logs of its teams."""
    for year, is_past in _seasons(work):
        if not is_past:
            yield Request("nba_cdn", "static/json/staticData/scheduleLeagueV2.json")
        else:
            yield from _game_logs(year, "T", {})


def games_of_window(work: Work) -> Generator[Request, bytes | None, list[LeagueGame]]:
    """Ask for the schedule and return the games that are certain to be played on the window's dates."""
    games: list[LeagueGame] = []
    for request in schedule(work):
        body = yield request
        if body is not None:
            games += read_games(body, work.assumptions).between(work.from_date, work.to_date)
    return [g for g in games if g.is_certain]


def player_list(work: Work) -> Requests:
    """The players on a roster in the window's last season; of a past one, all players ever and who played for whom."""
    year = season_year(work.to_date)
    is_past = is_past_season(work.to_date, work.now)
    params = {"LeagueID": "00", "Season": season_name(year), "IsOnlyCurrentSeason": "0" if is_past else "1"}
    yield Request("nba_stats", "stats/commonallplayers", params)
    if is_past:
        yield from _game_logs(year, "P", _dates(work, ROSTER_DAYS))


def box_scores(work: Work) -> Requests:
    """The box score of every game of the window that is final; of past seasons the game logs of the players."""
    games = yield from games_of_window(work)
    for year, is_past in _seasons(work):
        if is_past:
            yield from _game_logs(year, "P", _dates(work))
    for game in games:
        if game.is_final and not is_past_season(game.game_date, work.now):
            path = f"static/json/liveData/boxscore/boxscore_{game.game_id}.json"
            yield Request("nba_cdn", path, entity=game.name)


def _seasons(work: Work) -> list[tuple[int, bool]]:
    """The seasons of the window, none after the current one: the year in which each starts, and whether it is past."""
    current = season_year(eastern_date(work.now))
    years = range(season_year(work.from_date), season_year(work.to_date) + 1)
    return [(year, year < current) for year in sorted({min(year, current) for year in years})]


def _dates(work: Work, days_before: int = 0) -> dict[str, str]:
    """The window, begun some days earlier, as the statistics site takes it."""
    return {"DateFrom": f"{work.from_date - timedelta(days=days_before)}", "DateTo": f"{work.to_date}"}


def _game_logs(year: int, rows_of: str, dates: dict[str, str]) -> Requests:
    """The game logs of a past season with a row per player (`P`) or team (`T`), one for each type of game.

    Without the rare types only their few games are missing.
    """
    for kind in (*_TYPES, *_RARE_TYPES):
        season = {"LeagueID": "00", "Season": season_name(year), "SeasonType": kind}
        order = {"Counter": "1000", "Sorter": "DATE", "Direction": "ASC"}
        entity = f"{kind} games of {season_name(year)}" if kind in _RARE_TYPES else ""
        yield Request("nba_stats", "stats/leaguegamelog", {**season, **order, "PlayerOrTeam": rows_of, **dates}, entity)
