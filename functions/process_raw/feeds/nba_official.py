"""Referee assignments of a day, and team pages of nba.com with their roster."""

import re
from typing import Any

from functions.process_raw.feeds.decode import read_json
from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.nba.ids import date_of, game_id_of
from functions.process_raw.feeds.nba.schedule import jersey, text
from functions.process_raw.feeds.nba_stats.players import of_roster
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally

_LEAGUES = ("nba", "gl", "wnba")
_OFFICIALS, _CREW = range(1, 5), range(1, 4)  # the fourth is an alternate, and rarely named
_NEXT_DATA = re.compile(r'id="__NEXT_DATA__"[^>]*>(.*?)</script>', re.DOTALL)


def are_assignments(document: Any) -> bool:
    """Whether it lists the officials of games by league."""
    return isinstance(document["nba"]["Table"]["rows"], list)


def read_assignments(document: Any, tally: Tally) -> Rows:
    """A row per official of each NBA game; games of other leagues are counted."""
    for league in _LEAGUES[1:]:
        tally.discarded[f"game_of_league_{league}"] += len(document.get(league, {}).get("Table", {}).get("rows", ()))
    games = tally.kept("nba_official.assignment", document["nba"]["Table"]["rows"], "referee assignments")
    rows = [row for game in games for number in _OFFICIALS if (row := _assignment(game, number))]
    tally.discarded["official_not_named"] += sum(not text(g.get(f"official{n}")) for g in games for n in _CREW)
    return {"nbac_referee_game_assignments": rows}


def _assignment(game: Row, number: int) -> Row | None:
    name = text(game.get(f"official{number}"))
    if name is None:
        return None
    return {
        "game_id": game_id_of(game["game_id"]),
        "game_date": date_of(game["game_date"]),
        "home_team": game.get("home_team_abbr"),
        "away_team": game.get("away_team_abbr"),
        "official_number": number,
        "official_name": name,
        "official_id": game.get(f"official{number}_code"),
        "jersey": jersey(game.get(f"official{number}_JNum")),
    }


def is_team_page(page: str) -> bool:
    """Whether it is a page of nba.com about one team."""
    return "nba.com/team/" in page and _NEXT_DATA.search(page) is not None


def read_team_page(page: str, tally: Tally) -> Rows:
    """A row per player of the roster in the data that the page is drawn from."""
    found = _NEXT_DATA.search(page)
    data = read_json((found[1] if found else "").encode())
    try:
        roster = data["props"]["pageProps"]["team"]["roster"]
    except (KeyError, TypeError) as error:
        raise Refusal("damaged", f"a team page without roster: {error!r}") from error
    players = [{str(name).upper(): value for name, value in player.items()} for player in roster]
    kept = tally.kept("nba_stats.roster_player", players, "roster")
    return {"nbac_team_rosters": [of_roster(player) for player in kept]}


KINDS = (
    Kind("referee_assignments", "json", are_assignments, read_assignments, if_empty="no officials are assigned yet"),
    Kind("team_page", "html", is_team_page, read_team_page),
)
