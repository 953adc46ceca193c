"""Sample answers in the formats of the NBA's JSON, as known at a moment."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from shared.rules.dates import EASTERN, season_name, season_year
from shared.rules.schedule import FINAL
from shared.rules.teams import TEAMS
from tipoff.sample.games import STATISTICS, Line, Side
from tipoff.sample.league import Game, League
from tipoff.sample.players import SamplePlayer

_ALL_STAR = {"home": "EST", "away": "WST"}


def dump(document: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def stamp(moment: datetime) -> str:
    """`2024-10-22T23:30:00Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _status(game: Game, now: datetime) -> tuple[int, str, str]:
    """Status number, its text and the postponed flag."""
    called_off = game.fixture.postponed_at
    if called_off and called_off <= now:
        return 1, "PPD", "Y"
    if called_off or now < game.fixture.tip:
        return 1, f"{game.fixture.tip.astimezone(EASTERN):%-I:%M} pm ET", "N"
    if now < game.ended_at:
        return 2, "Q2 5:00", "N"
    overtimes = "" if not game.overtimes else f"/OT{game.overtimes if game.overtimes > 1 else ''}"
    return FINAL, f"Final{overtimes}", "N"


def _team(tricode: str, score: int) -> dict[str, Any]:
    team = TEAMS[tricode]
    return {
        "teamId": team.team_id,
        "teamName": team.nickname,
        "teamCity": team.city,
        "teamTricode": tricode,
        "score": score,
    }


def _schedule_game(game: Game, now: datetime) -> dict[str, Any]:
    fixture, (status, text, postponed) = game.fixture, _status(game, now)
    scores = [s.points for s in game.sides] if status == FINAL and game.sides else [0, 0]
    return {
        "gameId": fixture.game_id,
        "gameCode": f"{fixture.game_date:%Y%m%d}/{fixture.away}{fixture.home}",
        "gameStatus": status,
        "gameStatusText": text,
        "gameDateEst": f"{fixture.game_date}T00:00:00Z",
        "gameDateTimeUTC": stamp(fixture.tip),
        "gameLabel": "",
        "isNeutral": False,
        "postponedStatus": postponed,
        "homeTeam": _team(fixture.home, scores[0]),
        "awayTeam": _team(fixture.away, scores[1]),
    }


def _other_game(league: League) -> dict[str, Any]:
    """An exhibition with invented teams on the opening day, which the pipeline must leave out."""
    teams = {
        f"{side}Team": {"teamId": 15024 + i, "teamName": "Stars", "teamCity": code, "teamTricode": code, "score": 0}
        for i, (side, code) in enumerate(_ALL_STAR.items())
    }
    return {
        "gameId": f"003{season_year(league.start) % 100:02d}00001",
        "gameStatus": 1,
        "gameStatusText": "8:00 pm ET",
        "gameCode": f"{league.start:%Y%m%d}/WSTEST",
        "gameDateEst": f"{league.start}T00:00:00Z",
        "gameDateTimeUTC": f"{league.start}T23:59:00Z",
        "gameLabel": "All-Star Game",
        "isNeutral": True,
        "postponedStatus": "N",
        **teams,
    }


def schedule(league: League, now: datetime) -> bytes:
    """scheduleLeagueV2: every game of the season with its status at `now`."""
    days: dict[str, list[dict[str, Any]]] = {f"{league.start}": [_other_game(league)]}
    for game in league.games:
        days.setdefault(f"{game.fixture.game_date}", []).append(_schedule_game(game, now))
    dates = [{"gameDate": day, "games": games} for day, games in days.items()]
    season = season_name(season_year(league.start))
    return dump(
        {"meta": {"version": 1}, "leagueSchedule": {"seasonYear": season, "leagueId": "00", "gameDates": dates}}
    )


@lru_cache(maxsize=8)
def player_list(league: League, year: int) -> bytes:
    """commonallplayers, asked in the season that starts in that year: every player, and one retired player.

    Rosters are those of the time of asking: when the league's season is over, it has none.
    """
    headers = [
        "PERSON_ID",
        "DISPLAY_LAST_COMMA_FIRST",
        "DISPLAY_FIRST_LAST",
        "ROSTERSTATUS",
        "FROM_YEAR",
        "TO_YEAR",
        "TEAM_ID",
        "TEAM_ABBREVIATION",
    ]
    played = season_year(league.start)
    rows: list[list[Any]] = [
        [p.player_id, f"{p.family}, {p.given}", p.name, 1, f"{played}", f"{played}", TEAMS[p.team].team_id, p.team]
        for squad in league.squads.values()
        for p in squad
    ]
    if year != played:
        rows = [[*row[:3], 0, *row[4:6], 0, ""] for row in rows]
    rows.append([1_899_999, "Formerman, Oldo", "Oldo Formerman", 0, "1999", "2004", 0, ""])
    return dump(_table("CommonAllPlayers", {"LeagueID": "00"}, headers, rows))


def game_log(league: League, query: Mapping[str, str], now: datetime) -> bytes:
    """leaguegamelog: a row per team (`PlayerOrTeam=T`) or player of each game that was over by then."""
    of_players = query.get("PlayerOrTeam") == "P"
    is_asked = (query.get("Season"), query.get("SeasonType")) == (
        season_name(season_year(league.start)), "Regular Season",
    )  # fmt: skip
    first, last = query.get("DateFrom") or "0", query.get("DateTo") or "9"
    over = [g for g in league.games if g.sides and g.ended_at <= now] if is_asked else []
    rows = [
        row
        for game in over
        if first <= f"{game.fixture.game_date}" <= last
        for side in game.sides or ()
        for row in _log_rows(game, side, of_players=of_players)
    ]
    identity = ["PLAYER_ID", "PLAYER_NAME"] if of_players else []
    headers = [*identity, "TEAM_ABBREVIATION", "GAME_ID", "GAME_DATE", "MATCHUP", "MIN", *_LOGGED, "PTS"]
    return dump(_table("LeagueGameLog", query, headers, rows))


_LOGGED = {
    "FGM": "fgm", "FGA": "fga", "FG3M": "fg3m", "FG3A": "fg3a", "FTM": "ftm", "FTA": "fta", "OREB": "oreb",
    "DREB": "dreb", "AST": "ast", "STL": "stl", "BLK": "blk", "TOV": "tov", "PF": "pf",
}  # fmt: skip


def _log_rows(game: Game, side: Side, *, of_players: bool) -> list[list[Any]]:
    fixture = game.fixture
    sign, other = ("vs.", fixture.away) if side.team == fixture.home else ("@", fixture.home)
    common = [side.team, fixture.game_id, f"{fixture.game_date}", f"{side.team} {sign} {other}"]
    counts = [[line.counts[name] for name in _LOGGED.values()] for line in side.lines]
    if not of_players:
        return [[*common, 240 + 25 * game.overtimes, *map(sum, zip(*counts, strict=True)), side.points]]
    return [
        [line.player.player_id, line.player.name, *common, round(line.seconds / 60), *counted, line.counts["points"]]
        for line, counted in zip(side.lines, counts, strict=True)
        if line.seconds
    ]


def _table(name: str, parameters: Mapping[str, str], headers: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    result = {"name": name, "headers": headers, "rowSet": rows}
    return {"resource": name.lower(), "parameters": dict(parameters), "resultSets": [result]}


def _player(player: SamplePlayer, number: int, line: Line | None, *, status: str = "ACTIVE") -> dict[str, Any]:
    """A player's entry in a box score; `line` is None if he did not play."""
    return {
        "status": status,
        "order": number,
        "personId": player.player_id,
        "jerseyNum": str(number),
        "starter": "1" if line and line.starter else "0",
        "played": "1" if line and line.seconds else "0",
        "statistics": _statistics(line),
        "name": player.name,
        "nameI": f"{player.given[0]}. {player.family}",
        "firstName": player.given,
        "familyName": player.family,
    }


def _statistics(line: Line | None) -> dict[str, Any]:
    counts = line.counts if line else dict.fromkeys(STATISTICS, 0)
    minutes, seconds = divmod(line.seconds if line else 0, 60)
    return {
        "minutes": f"PT{minutes:02d}M{seconds:02d}.00S",
        "points": counts["points"],
        "pointsInThePaint": counts["paint"],
        "fieldGoalsMade": counts["fgm"],
        "fieldGoalsAttempted": counts["fga"],
        "threePointersMade": counts["fg3m"],
        "threePointersAttempted": counts["fg3a"],
        "freeThrowsMade": counts["ftm"],
        "freeThrowsAttempted": counts["fta"],
        "reboundsOffensive": counts["oreb"],
        "reboundsDefensive": counts["dreb"],
        "assists": counts["ast"],
        "steals": counts["stl"],
        "blocks": counts["blk"],
        "turnovers": counts["tov"],
        "foulsPersonal": counts["pf"],
    }


def _box_team(side: Side) -> dict[str, Any]:
    players = [_player(line.player, n, line) for n, line in enumerate(side.lines, 1)]
    for player in side.benched:
        listed = _player(player, len(players) + 1, None)
        players.append({**listed, "notPlayingReason": "DNP_COACH"})
    for player, reason in side.out:
        listed = _player(player, len(players) + 1, None, status="INACTIVE")
        players.append({**listed, "notPlayingReason": "INACTIVE_INJURY", "notPlayingDescription": reason})
    return {**_team(side.team, side.points), "players": players}


def box_score(game: Game, now: datetime) -> bytes | None:
    """The LiveData box score, None before the game has ended."""
    if game.sides is None or now < game.ended_at:
        return None
    fixture = game.fixture
    return dump(
        {
            "meta": {"version": 1, "code": 200},
            "game": {
                "gameId": fixture.game_id,
                "gameTimeUTC": stamp(fixture.tip),
                "gameEt": fixture.tip.astimezone(EASTERN).isoformat(),
                "gameCode": f"{fixture.game_date:%Y%m%d}/{fixture.away}{fixture.home}",
                "gameStatus": 3,
                "gameStatusText": _status(game, now)[1],
                "regulationPeriods": 4,
                "period": 4 + game.overtimes,
                "homeTeam": _box_team(game.sides[0]),
                "awayTeam": _box_team(game.sides[1]),
            },
        }
    )
