"""What ESPN's records have in common: uids, teams, games, and pages that carry their data in a script."""

import json
import re
from functools import lru_cache
from typing import Any

from functions.process_raw.feeds.decode import whole_characters
from functions.process_raw.feeds.kind import Row
from functions.process_raw.feeds.leagues import NBA, tricode
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.feeds.values import at, instant, listed, whole_of

_LEAGUES = {"46": NBA, "59": "WNBA", "28": "NFL", "10": "MLB", "90": "NHL", "41": "NCAAB"}
_UID = re.compile(r"s:\d+~l:(\d+)")
_PAGE = "window['__espnfitt__']="
_SCHEDULED = "pre"  # a state


def league_of(uid: Any) -> str | None:
    """The league in a uid; `ESPN league N` for one that is not listed, None where there is none."""
    found = _UID.match(uid) if isinstance(uid, str) else None
    return _LEAGUES.get(found[1], f"ESPN league {found[1]}") if found else None


def team_of(team: Any, league: str | None) -> Any:
    """The team of a record, None where it is none of the NBA's."""
    abbreviation = at(team, "abbreviation") or at(team, "abbrev")
    return tricode(abbreviation, league) if isinstance(abbreviation, str) else abbreviation


def game_of(event: Any, competition: Any) -> Row:
    """The columns of a game that a scoreboard and a summary share."""
    league = league_of(at(event, "uid"))
    sides = {at(side, "homeAway"): side for side in listed(competition, "competitors")}
    state = at(competition, "status", "type", "state")
    started = state != _SCHEDULED
    return {
        "league": league,
        "event_id": whole_of(at(event, "id")),
        "tip_utc": instant(at(competition, "date")),
        "state": state,
        "status": at(competition, "status", "type", "name"),
        "period": at(competition, "status", "period"),
        "is_neutral_site": at(competition, "neutralSite"),
        "home_team": team_of(at(sides.get("home"), "team"), league),
        "away_team": team_of(at(sides.get("away"), "team"), league),
        "home_score": whole_of(at(sides.get("home"), "score")) if started else None,
        "away_score": whole_of(at(sides.get("away"), "score")) if started else None,
    }


def has_content(page: str) -> bool:
    """Whether a page carries its data in a script."""
    return _PAGE in page


@lru_cache(maxsize=1)
def content_of(page: str) -> Any:
    """The content of a page, from the script that carries it."""
    start = page.find(_PAGE)
    if start < 0:
        raise Refusal("unknown_kind", "a page of ESPN without its data")
    try:
        document, end = json.JSONDecoder().raw_decode(page, start + len(_PAGE))
    except (ValueError, RecursionError) as error:
        raise Refusal("damaged", f"the data of the page is not whole JSON: {error}") from error
    return whole_characters(document, page[start:end])["page"]["content"]
