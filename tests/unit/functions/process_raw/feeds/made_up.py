"""Small made-up documents in the NBA's formats."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.process_raw.feeds.frame import Outcome, read_payload

GAME = "0022300001"


def outcome(feed: str, document: Any) -> Outcome:
    """The outcome of a document, as JSON unless it is bytes."""
    return read_payload(feed, document if isinstance(document, bytes) else json.dumps(document).encode())


def result_sets(resource: str, parameters: Mapping[str, Any] | None = None, **sets: Sequence[Mapping[str, Any]]) -> Any:
    """An answer of the statistics site: each set with the headers of its first row."""
    tables = [
        {"name": name, "headers": list(rows[0]) if rows else [], "rowSet": [list(row.values()) for row in rows]}
        for name, rows in sets.items()
    ]
    return {"resource": resource, "parameters": dict(parameters or {}), "resultSets": tables}


def log_row(**changes: Any) -> dict[str, Any]:
    """A player's row of a game log: 2 field goals, one of them a three, and a free throw are 6 points."""
    counts = dict.fromkeys(("OREB", "DREB", "AST", "STL", "BLK", "TOV", "PF"), 1)
    shots = {"FGM": 2, "FGA": 4, "FG3M": 1, "FG3A": 2, "FTM": 1, "FTA": 2, "PTS": 6, "PLUS_MINUS": -3}
    who = {"PLAYER_ID": 1, "PLAYER_NAME": "A B", "TEAM_ID": 1610612738, "TEAM_ABBREVIATION": "BOS"}
    game = {"GAME_ID": GAME, "GAME_DATE": "2024-01-15", "MATCHUP": "BOS vs. NYK", "MIN": 30}
    return {**who, **game, **shots, **counts, **changes}


def v2_line(**changes: Any) -> dict[str, Any]:
    """A player's row of a box score of version 2."""
    row = log_row(START_POSITION="F", COMMENT="", MIN="30:10")
    row["TO"] = row.pop("TOV")
    return {name: value for name, value in {**row, **changes}.items() if name not in ("GAME_DATE", "MATCHUP")}


def v3_player(**changes: Any) -> dict[str, Any]:
    """A player of a box score of version 3 with 6 points."""
    statistics = {
        "minutes": "30:10", "fieldGoalsMade": 2, "fieldGoalsAttempted": 4, "threePointersMade": 1,
        "threePointersAttempted": 2, "freeThrowsMade": 1, "freeThrowsAttempted": 2, "reboundsOffensive": 1,
        "reboundsDefensive": 1, "assists": 1, "steals": 1, "blocks": 1, "turnovers": 1, "foulsPersonal": 1, "points": 6,
        "plusMinusPoints": -3.0,
    }  # fmt: skip
    return {
        "personId": 1, "firstName": "A", "familyName": "B", "position": "F", "comment": "", "statistics": statistics,
        **changes,
    }  # fmt: skip


def v3_game(measure: str, home: Sequence[Any], away: Sequence[Any], points: int = 6) -> Any:
    """A box score of version 3."""
    sides = {
        name: {"teamTricode": team, "players": list(players), "statistics": {"minutes": "240:00", "points": points}}
        for name, team, players in (("homeTeam", "BOS", home), ("awayTeam", "NYK", away))
    }
    return {f"boxScore{measure}": {"gameId": GAME, **sides}}


def action(
    number: int, kind: str, team: str = "BOS", score: tuple[int, int] = (0, 0), **changes: Any
) -> dict[str, Any]:
    """An action of the live play-by-play."""
    return {
        "orderNumber": number, "period": 1, "clock": "PT11M30.50S", "actionType": kind, "teamTricode": team,
        "personId": 1, "scoreHome": str(score[0]), "scoreAway": str(score[1]), "description": "x", "isFieldGoal": 1,
        "xLegacy": 0, "yLegacy": 10, "shotDistance": 1.0, **changes,
    }  # fmt: skip


def scoreboard_game(**changes: Any) -> dict[str, Any]:
    """A game of a scoreboard that is over."""
    home, away = ({"teamId": 1, "teamTricode": team, "score": score} for team, score in (("BOS", 101), ("NYK", 99)))
    return {
        "gameId": GAME, "gameStatus": 3, "gameStatusText": "Final ", "gameCode": "20240115/NYKBOS", "homeTeam": home,
        "awayTeam": away, "gameTimeUTC": "2024-01-16T00:30:00Z", **changes,
    }  # fmt: skip
