"""ESPN: scoreboard, summary, rosters and injuries of site.api.espn.com, box score and roster pages of espn.com.

A page carries its data as JSON in a script (`window['__espnfitt__']`), under names of its own. The league of a record
is in its uid (`s:40~l:46~...`: 46 is the NBA); teams have ESPN's abbreviations, in the rows of the NBA our tricodes.
"""

from collections.abc import Callable, Iterator
from typing import Any

from functions.process_raw.feeds.espn.box_scores import read_box_page, read_summary
from functions.process_raw.feeds.espn.games import read_scoreboard
from functions.process_raw.feeds.espn.players import read_injuries, read_roster, read_roster_page
from functions.process_raw.feeds.espn.records import content_of, has_content, league_of
from functions.process_raw.feeds.kind import Kind
from functions.process_raw.feeds.leagues import league_of_team, leagues
from functions.process_raw.feeds.values import at


def _uids(value: Any) -> Iterator[Any]:
    """The uids of a document's records."""
    yield from (at(event, "uid") for event in at(value, "events") or [])
    yield from (at(value, *path, "uid") for path in (("header",), ("team",), ("leagues", 0)))


def _league(value: Any) -> str:
    return leagues(league_of(uid) for uid in _uids(value))


def _league_of_page(value: str) -> str:
    content = content_of(value)
    return leagues(league_of(at(content, *path, "uid")) for path in (("gamepackage", "gmStrp"), ("roster", "team")))


def _league_of_injuries(value: Any) -> str:
    names = [at(team, "displayName") for team in value["injuries"]]
    return leagues(league_of_team(name) for name in names if isinstance(name, str))


def _has(name: str) -> Callable[[str], bool]:
    """Whether a page is one of ESPN with that part."""
    return lambda page: has_content(page) and name in content_of(page)


KINDS = (
    Kind("scoreboard", "json", lambda value: "events" in value, read_scoreboard, _league, "no game on that day"),
    Kind("boxscore", "json", lambda value: "boxscore" in value and "header" in value, read_summary, _league),
    Kind(
        "injuries", "json", lambda value: "injuries" in value, read_injuries, _league_of_injuries, "no injury reported"
    ),
    Kind("roster", "json", lambda value: "team" in value, read_roster, _league, "no player on the roster"),
    Kind("boxscore_page", "html", _has("gamepackage"), read_box_page, _league_of_page),
    Kind("roster_page", "html", _has("roster"), read_roster_page, _league_of_page),
)
