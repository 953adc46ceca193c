"""The gamebook: the official scorer's PDF of one game, with players, totals, inactive players and officials."""

import re
from datetime import date, datetime
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.pdf import lines_by_position
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.teams import TEAMS, TRICODES

# The columns behind the minutes, in the order in which they are printed.
_COLUMNS = (
    "fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "reb", "ast", "pf", "stl", "tov", "blk", "plus_minus",
    "points",
)  # fmt: skip
_TOTALS = tuple(name for name in _COLUMNS if name != "plus_minus")
_SIDE = re.compile(r"(?P<side>VISITOR|HOME): ?(?P<team>[^(\n]+?)\s*(?:\(\d+-\d+\)|$)", re.MULTILINE)
_PLAYED = re.compile(
    r"#?(?P<jersey>\d{1,2}) (?P<name>\D.+?)(?: (?P<position>[FGC]))? (?P<minutes>\d{1,2}):(?P<seconds>\d\d)"
    r"(?P<counts>(?: [+-]?\d+){16})"
)
_IDLE = re.compile(r"#?(?P<jersey>\d{1,2}) (?P<name>\D.+?) (?P<reason>(?:DNP|DND|NWT) ?-.*)")
_SUMS = re.compile(r"(?:TOTALS?:? )?(?P<minutes>\d{3}):\d\d(?P<counts>(?: -?\d+){15})")
_INACTIVE = re.compile(r"Inactive: ?(?P<team>[\w ]+?) ?- ?(?P<players>.*)")
_ONE_INACTIVE = re.compile(r"(?P<name>[^,()]+?)\s*(?:\((?P<reason>[^()]*)\))?\s*(?:,|$)")
_OFFICIAL = re.compile(r"#(?P<jersey>\d+) (?P<name>[^,#]+)")
_DATE = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<date>[A-Z][a-z]+ \d{1,2}, \d{4})")
_NICKNAMES = {team.nickname.upper(): team.tricode for team in TEAMS.values()} | {"BLAZERS": "POR", "SIXERS": "PHI"}
_TEAMS = _NICKNAMES | {name.upper(): tricode for name, tricode in TRICODES.items()}
_ENDS = ("Inactive:", "Points in the Paint", "SCORE BY", "Technical", "MEMO", "Copyright", "Officials:")


def recognises(body: bytes) -> bool:
    """Whether it has both sides of a box score."""
    return {match["side"] for match in _SIDE.finditer("\n".join(lines_by_position(body)))} == {"VISITOR", "HOME"}


def read(body: bytes, tally: Tally) -> Rows:
    """A row per player, team and official; Refusal where the players of a team do not sum to its totals."""
    lines = lines_by_position(body)
    game = _game(lines)
    players: list[Row] = []
    teams: list[Row] = []
    team = ""
    for line in lines:
        if side := _SIDE.search(line):
            team = game["home_team"] if side["side"] == "HOME" else game["away_team"]
        elif team and (columns := _player(line)):
            players.append({**_of(game, team), **columns})
        elif team and (sums := _SUMS.match(line)):
            teams.append({**_of(game, team), **_counts(_TOTALS, sums["counts"]), "minutes": float(sums["minutes"])})
            team = ""  # what follows are percentages and notes
    _check(players, teams)
    players += [{**_of(game, team), **columns} for team, columns in _inactive(lines, tally)]
    return {
        "nbac_gamebook_player_stats": players,
        "nbac_team_boxscore": teams,
        "nbac_referee_game_assignments": _officials(lines, game),
    }


def _game(lines: list[str]) -> Row:
    """Date and teams. The gamebook states no game id: date and teams as in its name stand for it, `20240410/MEMCLE`."""
    text = "\n".join(lines)
    teams = {match["side"]: _TEAMS.get(match["team"].strip().upper()) for match in _SIDE.finditer(text)}
    stated = _DATE.search(text)
    if not stated or None in teams.values():
        raise Refusal("contract", f"gamebook without date or of unknown teams: {teams}")
    day = datetime.strptime(stated["date"], "%B %d, %Y").date()  # noqa: DTZ007 - a date
    return {"game_date": day, "home_team": teams["HOME"], "away_team": teams["VISITOR"]}


def game_code(day: date, away: Any, home: Any) -> str:
    """The code by which the NBA names a game, `20240410/MEMCLE`."""
    return f"{day:%Y%m%d}/{away}{home}"


def _of(game: Row, team: str) -> Row:
    is_home = team == game["home_team"]
    return {
        "game_id": game_code(game["game_date"], game["away_team"], game["home_team"]),
        "game_date": game["game_date"],
        "team": team,
        "opponent": game["away_team"] if is_home else game["home_team"],
        "is_home": is_home,
    }


def _player(line: str) -> Row | None:
    """The columns of a player's line; None for any other line."""
    if played := _PLAYED.fullmatch(line):
        return {
            "player_name": played["name"],
            "position": played["position"],
            "is_starter": played["position"] is not None,
            "player_status": "played",
            "seconds_played": 60 * int(played["minutes"]) + int(played["seconds"]),
            **_counts(_COLUMNS, played["counts"]),
        }
    if idle := _IDLE.fullmatch(line):
        return {
            "player_name": idle["name"],
            "is_starter": False,
            "player_status": "dnp",
            "dnp_reason": idle["reason"].strip(),
        }
    return None


def _counts(names: tuple[str, ...], text: str) -> Row:
    stated = dict(zip(names, map(int, text.split()), strict=True))
    if stated["oreb"] + stated["dreb"] != stated.pop("reb"):
        raise Refusal("contradiction", f"rebounds do not add up in {text.strip()!r}")
    return stated


def _check(players: list[Row], teams: list[Row]) -> None:
    """Refusal unless there are two teams with totals to which their players sum."""
    if len(teams) != 2:  # noqa: PLR2004 - two teams
        raise Refusal("contract", f"gamebook with the totals of {len(teams)} teams")
    for team in teams:
        for name in ("points", "fgm", "fga", "ftm"):
            found = sum(p.get(name) or 0 for p in players if p["team"] == team["team"])
            if found != team[name]:
                raise Refusal(
                    "contradiction", f"the players of {team['team']} sum to {found} {name}, the totals say {team[name]}"
                )


def _inactive(lines: list[str], tally: Tally) -> list[tuple[str, Row]]:
    """Team and columns of each inactive player; the list of a team may run over several lines."""
    found: list[tuple[str, Row]] = []
    for number, line in enumerate(lines):
        match = _INACTIVE.match(line)
        if not match:
            continue
        team = _NICKNAMES.get(match["team"].strip().upper())
        if team is None:
            tally.refuse("unknown_team", {"line": line})
            continue
        listed = match["players"]
        for more in lines[number + 1 :]:
            if more.startswith(_ENDS):
                break
            listed = f"{listed} {more}"
        for one in _ONE_INACTIVE.finditer(listed):
            reason = (one["reason"] or "").strip() or None
            found.append(
                (team, {"player_name": one["name"].strip(), "player_status": "inactive", "dnp_reason": reason})
            )
    return found


def _officials(lines: list[str], game: Row) -> list[Row]:
    stated = next((line for line in lines if line.startswith("Officials:")), "")
    common = {"game_id": game_code(game["game_date"], game["away_team"], game["home_team"]), **game}
    return [
        {**common, "official_number": number, "official_name": match["name"].strip(), "jersey": match["jersey"]}
        for number, match in enumerate(_OFFICIAL.finditer(stated), 1)
    ]


KINDS = (Kind("gamebook", "pdf", recognises, read),)
