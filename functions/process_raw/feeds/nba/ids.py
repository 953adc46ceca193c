"""What an NBA game id says: the league, the season and its type.

Ids have ten digits: two of the league, one of the season's type, two of its first year, five of the game.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from functions.process_raw.feeds.refusal import Refusal
from shared.rules.dates import SEASON_TYPES, season_of_game
from shared.rules.teams import TEAMS

LEAGUES = {"00": "NBA", "10": "WNBA", "20": "G League", "13": "NBA Summer League", "15": "NBA Summer League",
           "16": "NBA Summer League"}  # fmt: skip
_TYPES = {**SEASON_TYPES, "001": "Preseason", "003": "All-Star"}
_ID = re.compile(r"(?!000)\d{10}")  # the NBA's season types start with 1
_TRICODES = {team.team_id: team.tricode for team in TEAMS.values()}
_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%b %d, %Y", "%Y%m%d", "%A, %B %d, %Y")


def game_id_of(value: Any) -> str:
    """The id as text of ten digits; a number has lost its zeros. Refusal if it is none."""
    text = str(value).zfill(10) if isinstance(value, int | str) else ""
    if not _ID.fullmatch(text):
        raise Refusal("contract", f"'{value}' is not an NBA game id")
    return text


def league_of(game_id: Any) -> str:
    """The league of a game id."""
    return LEAGUES.get(str(game_id).zfill(10)[:2], "unknown league")


def season_columns(game_id: str) -> dict[str, Any]:
    """Season and type of an NBA game; nothing for a game of another league."""
    kind = _TYPES.get(game_id[:3])
    return {"season": season_of_game(game_id), "season_type": kind} if kind else {}


def tricode_of(team_id: Any) -> str | None:
    """The tricode of an NBA team id; None for any other."""
    return _TRICODES.get(team_id) if isinstance(team_id, int) else None


def team_of(team: Mapping[str, Any]) -> str | None:
    """The tricode that a team object states, else that of its id; None: not decided yet."""
    return team.get("teamTricode") or tricode_of(team.get("teamId"))


def date_of(text: Any) -> date | None:
    """A date as any of the NBA's documents writes it, with or without a time behind; None if it is none."""
    plain = str(text or "").strip()
    for form in _DATES:
        for part in (plain, plain.split("T")[0], plain.split(" ")[0]):
            try:
                return datetime.strptime(part.title() if form.startswith(("%b", "%A")) else part, form).date()  # noqa: DTZ007 - a date
            except ValueError:
                continue
    return None
