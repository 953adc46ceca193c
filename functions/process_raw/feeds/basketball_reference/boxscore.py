"""The box score of one game: both teams' players and totals, inactive players, officials."""

import re
from typing import Any

from functions.process_raw.feeds.basketball_reference.page import footer_of, parsed, rows_of, text_of
from functions.process_raw.feeds.basketball_reference.values import day_of, seconds_of, team_of, whole_of
from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally

_TABLE = re.compile(r'id="box-([A-Z]{3})-game-basic"')
_COUNTS = {
    "fgm": "fg", "fga": "fga", "fg3m": "fg3", "fg3a": "fg3a", "ftm": "ft", "fta": "fta", "oreb": "orb", "dreb": "drb",
    "ast": "ast", "stl": "stl", "blk": "blk", "tov": "tov", "pf": "pf", "points": "pts", "plus_minus": "plus_minus",
}  # fmt: skip
_STARTERS = 5


def recognises(page: str) -> bool:
    """Whether it has the basic box scores of two teams."""
    return len(dict.fromkeys(_TABLE.findall(page))) == 2  # noqa: PLR2004 - two teams


def read(page: str, tally: Tally) -> Rows:
    """A row per listed player, inactive player, team and official; Refusal where players and totals differ.

    The visitors stand first. A game is known by its date and home team there: `202503010CHO`.
    """
    away, home = dict.fromkeys(_TABLE.findall(page))
    day = day_of(text_of(parsed(page).css_first("h1")))
    if day is None:
        raise Refusal("contract", "a box score without a date in its heading")
    game = {"game_id": f"{day:%Y%m%d}0{home}", "game_date": day}
    players: list[Row] = []
    teams: list[Row] = []
    for code, other in ((away, home), (home, away)):
        side = {**game, "team": team_of(code), "opponent": team_of(other), "is_home": code == home}
        lines = _lines(page, code, tally)
        totals = _counts(footer_of(page, f"box-{code}-game-basic"))
        found = sum(line.get("points") or 0 for line in lines)
        if found != totals["points"] and not tally.refused:
            raise Refusal(
                "contradiction",
                f"the players of {side['team']} sum to {found} points, the totals say {totals['points']}",
            )
        players += [{**side, **line} for line in lines]
        teams.append({**side, **totals, "plus_minus": None})
    opponents = {team_of(code): team_of(other) for code, other in ((away, home), (home, away))}
    players += [
        {**game, "opponent": opponents.get(p["team"]), "is_home": p["team"] == team_of(home), **p}
        for p in _inactive(page)
    ]
    return {
        "br_player_boxscores": players,
        "br_team_boxscores": teams,
        "nbac_referee_game_assignments": _officials(
            page, {**game, "home_team": team_of(home), "away_team": team_of(away)}
        ),
    }


def _lines(page: str, code: str, tally: Tally) -> list[Row]:
    """The lines of a team's players, of whom the first five started."""
    players = [row for row in rows_of(page, f"box-{code}-game-basic") if "player" in row]
    listed = [{**row, "is_starter": number < _STARTERS} for number, row in enumerate(players)]
    tally.refuse("neither_minutes_nor_reason", *(row for row in listed if not {"mp", "reason"} & row.keys()))
    stated = [row for row in listed if {"mp", "reason"} & row.keys()]
    kept = tally.kept("basketball_reference.line", stated, "box score")
    return [_line(row) for row in kept]


def _line(row: Row) -> Row:
    seconds = seconds_of(row.get("mp"))
    who = {"player_name": row["player"], "player_slug": row["player_code"]}
    if seconds is None:
        return {**who, "is_starter": False, "player_status": "dnp", "dnp_reason": row.get("reason")}
    return {
        **who,
        "is_starter": row["is_starter"],
        "player_status": "played",
        "seconds_played": seconds,
        **_counts(row),
    }


def _counts(row: Row) -> Row:
    return {ours: whole_of(row.get(theirs)) for ours, theirs in _COUNTS.items()}


def _section(page: str, title: str) -> Any:
    """The division that a bold title opens."""
    return next((d for d in parsed(page).css("div > strong") if (text_of(d) or "").startswith(title)), None)


def _inactive(page: str) -> list[Row]:
    title, team, found = _section(page, "Inactive"), "", list[Row]()
    node = title.next if title else None
    while node is not None:
        if node.tag == "span":
            team = team_of(text_of(node) or "")
        elif node.tag == "a":
            slug = (node.attributes.get("href") or "").rpartition("/")[2].removesuffix(".html")
            found.append({"team": team, "player_name": text_of(node), "player_slug": slug, "player_status": "inactive"})
        node = node.next
    return found


def _officials(page: str, game: Row) -> list[Row]:
    title = _section(page, "Officials")
    names = [text_of(a) for a in title.parent.css("a")] if title else []
    return [{**game, "official_number": number, "official_name": name} for number, name in enumerate(names, 1)]
