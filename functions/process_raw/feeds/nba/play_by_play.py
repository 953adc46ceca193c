"""The actions of one game: the live play-by-play and version 3 of the statistics site's."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import game_id_of, league_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.shot_zones import zone_of

TABLE = "nbac_play_by_play"
_CLOCK = re.compile(r"PT(\d+)M(\d+(?:\.\d+)?)S")
_AREAS = {
    "Restricted Area": "restricted_area",
    "In The Paint (Non-RA)": "paint",
    "Mid-Range": "mid_range",
    **dict.fromkeys(("Above the Break 3", "Left Corner 3", "Right Corner 3", "Backcourt"), "three"),
}
_LIVE_VALUES = {"2pt": 2, "3pt": 3, "freethrow": 1}


def league(document: Any) -> str:
    """The league of the game."""
    return league_of(document["game"]["gameId"])


def is_live(document: Any) -> bool:
    """Whether it is the live play-by-play, whose actions have an order number."""
    actions = document["game"]["actions"]
    return isinstance(actions, list) and all("orderNumber" in a for a in actions[:1])


def is_v3(document: Any) -> bool:
    """Whether it is version 3 of the statistics site's, whose actions have an id."""
    actions = document["game"]["actions"]
    return isinstance(actions, list) and all("actionId" in a for a in actions[:1])


def read_live(document: Any, tally: Tally) -> Rows:
    """A row per action of the live play-by-play; Refusal where the shots do not sum to the score."""
    return _read(document, tally, "nba_cdn.action", "orderNumber", _live_shot)


def read_v3(document: Any, tally: Tally) -> Rows:
    """A row per action of version 3; Refusal where the shots do not sum to the score."""
    return _read(document, tally, "nba_stats.action", "actionId", _v3_shot)


def _read(
    document: Any, tally: Tally, record: str, order: str, shot_of: Callable[[Row], tuple[int, bool] | None]
) -> Rows:
    game_id = game_id_of(document["game"]["gameId"])
    rows, points, score = [], defaultdict[str, int](int), ("0", "0")
    actions = tally.kept(record, document["game"]["actions"], "play-by-play")
    for action in sorted(actions, key=lambda a: a[order]):
        shot = shot_of(action)
        rows.append(_row(action, game_id, action[order], shot))
        if shot and shot[1]:
            points[str(action.get("teamTricode"))] += shot[0]
        score = (str(action.get("scoreHome") or score[0]), str(action.get("scoreAway") or score[1]))
    if sorted(map(str, points.values())) != sorted(n for n in score if n != "0") and not tally.refused:
        raise Refusal("contradiction", f"the shots sum to {dict(points)}, the score is {score[0]} to {score[1]}")
    return {TABLE: rows}


def _live_shot(action: Row) -> tuple[int, bool] | None:
    """The points that a shot is worth, and whether it was made; None: not a shot."""
    value = _LIVE_VALUES.get(action["actionType"])
    return (value, action.get("shotResult") == "Made") if value else None


def _v3_shot(action: Row) -> tuple[int, bool] | None:
    """The same of version 3, which states the result of a free throw in its description alone."""
    if action["actionType"] == "Free Throw":
        return 1, not str(action.get("description") or "").startswith("MISS")
    return (int(action["shotValue"]), action.get("shotResult") == "Made") if action.get("isFieldGoal") == 1 else None


def _row(action: Row, game_id: str, order: int, shot: tuple[int, bool] | None) -> Row:
    is_field_goal = shot is not None and shot[0] > 1
    return {
        "game_id": game_id,
        "event_sequence": order,
        "period": action["period"],
        "clock_seconds": _seconds(action["clock"]),
        "event_type": text(action["actionType"]) or "other",
        "event_subtype": text(action.get("subType")),
        "team": action.get("teamTricode") or None,
        "player_id": action.get("personId") or None,
        "player_name": text(action.get("playerNameI")),
        "description": text(action.get("description")),
        "is_made": shot[1] if shot else None,
        "shot_value": shot[0] if shot else None,
        "shot_distance_feet": action.get("shotDistance") if is_field_goal else None,
        "shot_x": action.get("xLegacy") if is_field_goal else None,
        "shot_y": action.get("yLegacy") if is_field_goal else None,
        "shot_zone": _zone(action, shot[0]) if shot and is_field_goal else None,
        "home_points": _whole(action, "scoreHome"),
        "away_points": _whole(action, "scoreAway"),
    }


def _zone(action: Row, value: int) -> str | None:
    """The zone that the action states, else that of the shot's coordinates; None where it has neither."""
    x, y = action.get("xLegacy"), action.get("yLegacy")
    stated = _AREAS.get(str(action.get("area")))
    return stated or (zone_of(x, y, value) if x is not None and y is not None else None)


def _seconds(clock: str) -> float | None:
    match = _CLOCK.fullmatch(clock)
    return 60 * int(match[1]) + float(match[2]) if match else None


def _whole(action: Mapping[str, Any], name: str) -> int | None:
    value = str(action.get(name) or "")
    return int(value) if value.isdecimal() else None
