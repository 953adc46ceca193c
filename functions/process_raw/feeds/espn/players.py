"""Rosters and injuries of ESPN."""

import re
from typing import Any

from functions.process_raw.feeds.espn.records import content_of, league_of, team_of
from functions.process_raw.feeds.kind import Rows
from functions.process_raw.feeds.leagues import league_of_team
from functions.process_raw.feeds.values import at, instant, text, whole_of
from functions.process_raw.results import Tally

_PLAYER_ID = re.compile(r"/id/(\d+)")
_STATUS_WORDS = re.compile(r"\b(out|doubtful|questionable|probable|available)\b", re.IGNORECASE)


def read_roster(value: Any, tally: Tally) -> Rows:
    """One row per player of a team's roster, with his injury status."""
    team = value["team"]
    league = league_of(at(team, "uid")) or league_of_team(str(at(team, "displayName")))
    athletes = at(team, "athletes") or at(value, "athletes")
    return {
        "espn_team_rosters": [
            {
                "league": league,
                "team": team_of(team, league),
                "player_id": whole_of(athlete["id"]),
                "player_name": text(athlete["displayName"]),
                "position": at(athlete, "position", "abbreviation"),
                "jersey": text(athlete.get("jersey")),
                "height": athlete.get("displayHeight"),
                "weight": athlete.get("displayWeight"),
                "status": at(athlete, "status", "type"),
                "injury_status": at(athlete, "injuries", 0, "status"),
            }
            for athlete in tally.kept("espn.athlete", athletes, "athletes")
        ]
    }


def read_roster_page(value: Any, tally: Tally) -> Rows:
    """One row per player of a roster page, which says nothing of injuries."""
    roster = content_of(value)["roster"]
    league = league_of(at(roster, "team", "uid"))
    return {
        "espn_team_rosters": [
            {
                "league": league,
                "team": team_of(at(roster, "team"), league),
                "player_id": whole_of(athlete["id"]),
                "player_name": text(athlete["name"]),
                "position": athlete.get("position"),
                "jersey": text(athlete.get("jersey")),
                "height": athlete.get("height"),
                "weight": athlete.get("weight"),
            }
            for athlete in tally.kept("espn.page_athlete", roster["athletes"], "athletes")
        ]
    }


def read_injuries(value: Any, tally: Tally) -> Rows:
    """One row per reported player; the status that his comment names may be another one than his own."""
    rows = []
    for team in tally.kept("espn.injured_team", value["injuries"], "teams with injuries"):
        for injury in tally.kept("espn.injury", team["injuries"], "injuries of a team"):
            comment = text(injury.get("shortComment"))
            word = _STATUS_WORDS.search(comment) if isinstance(comment, str) else None
            rows.append({
                "league": league_of_team(team["displayName"]),
                "team": team["displayName"],
                "player_id": whole_of(_player_id(injury["athlete"])),
                "player_name": text(at(injury, "athlete", "displayName")),
                "status": injury["status"],
                "comment_status": word[1].lower() if word else None,
                "body_part": at(injury, "details", "type"),
                "return_date": at(injury, "details", "returnDate"),
                "comment": comment,
                "updated_at": instant(injury["date"]),
            })  # fmt: skip
    return {"espn_injuries": rows}


def _player_id(athlete: Any) -> str | None:
    """ESPN's id of a player, which these records have only in the addresses of his pages."""
    if isinstance(at(athlete, "id"), str):
        return str(athlete["id"])
    found = (_PLAYER_ID.search(str(at(link, "href"))) for link in at(athlete, "links") or [])
    return next((match[1] for match in found if match), None)
