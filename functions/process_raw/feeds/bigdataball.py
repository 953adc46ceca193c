"""Play-by-play of BigDataBall: CSV with a line per action and the five players of each side on the floor."""

import re
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.nba.ids import date_of, game_id_of, league_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.shot_zones import THREE, zone_of

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")
_SHOTS = ("shot", "miss", "free throw")


def recognises(rows: Any) -> bool:
    """Whether each line is an action with line-ups."""
    return all(name in rows[0] for name in ("game_id", "play_id", "event_type", "a1", "h5"))


def league(rows: Any) -> str:
    """The league of the game."""
    return league_of(game_id_of(rows[0]["game_id"]))


def read(rows: Any, tally: Tally) -> Rows:
    """A row per action; Refusal where points do not sum to the last score."""
    plays = tally.kept("bigdataball.play", rows, "play-by-play")
    made = [_row(play) for play in plays]
    if made and not tally.refused:
        last = max(made, key=lambda row: (row["period"], row["event_sequence"]))
        scored = sum(row["points"] or 0 for row in made)
        if scored != last["home_points"] + last["away_points"]:
            score = f"{last['home_points']} to {last['away_points']}"
            raise Refusal("contradiction", f"the shots sum to {scored} points, the last score is {score}")
    return {"bigdataball_play_by_play": made}


def _row(play: Row) -> Row:
    is_shot = play["event_type"] in _SHOTS
    is_field_goal = is_shot and play["event_type"] != "free throw"
    x, y = _number(play.get("original_x")), _number(play.get("original_y"))
    value = THREE if "3pt" in str(play.get("type") or "") else THREE - 1
    return {
        "game_id": game_id_of(play["game_id"].strip()),
        "game_date": date_of(play["date"]),
        "event_sequence": int(play["play_id"]),
        "period": int(play["period"]),
        "clock_seconds": _seconds(play["remaining_time"]),
        "event_type": text(play["event_type"]) or "other",
        "event_subtype": text(play.get("type")),
        "team": text(play.get("team")),
        "player_name": text(play.get("player")),
        "assist_player_name": text(play.get("assist")),
        "block_player_name": text(play.get("block")),
        "steal_player_name": text(play.get("steal")),
        "description": text(play.get("description")),
        "is_made": play.get("result") == "made" if is_shot else None,
        "points": _whole(play.get("points")),
        "shot_distance_feet": _number(play.get("shot_distance")) if is_field_goal else None,
        "shot_x": x if is_field_goal else None,
        "shot_y": y if is_field_goal else None,
        "shot_zone": zone_of(x, y, value) if is_field_goal and x is not None and y is not None else None,
        "home_points": int(play["home_score"]),
        "away_points": int(play["away_score"]),
        "home_players": _five(play, "h"),
        "away_players": _five(play, "a"),
    }


def _five(play: Row, side: str) -> str | None:
    return "; ".join(name for number in range(1, 6) if (name := text(play.get(f"{side}{number}")))) or None


def _seconds(clock: str) -> float | None:
    match = _CLOCK.fullmatch(clock.strip())
    return 3600.0 * int(match[1]) + 60 * int(match[2]) + int(match[3]) if match else None


def _number(value: Any) -> float | None:
    return float(value) if value else None


def _whole(value: Any) -> int | None:
    return int(value) if value else None


KINDS = (Kind("play_by_play", "csv", recognises, read, league),)
