"""PrizePicks: projections as JSON:API, the players in `included`; also as a browser saves them, inside a page.

One answer is of one league, which may be a part of games (`NBA1H`, `CFB2H`). A projection has a line but no price.
"""

from collections.abc import Mapping
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.leagues import leagues
from functions.process_raw.feeds.values import at, instant, text, whole_of
from functions.process_raw.results import Tally

_PLAYER = "new_player"


def read_projections(value: Any, tally: Tally) -> Rows:
    """One row per projection; of a player who is not among those included it is refused."""
    players = _players(value)
    rows = []
    for projection in tally.kept("prizepicks.projection", value["data"], "projections"):
        attributes = tally.kept("prizepicks.attributes", [projection["attributes"]], "attributes")
        player = players.get(_player_id(projection))
        if not attributes or player is None:
            tally.refuse("player_not_included", *([projection] if attributes else []))
            continue
        rows.append({"projection_id": whole_of(projection["id"]), **_row(attributes[0], player)})
    return {"prizepicks_projections": rows}


def _players(value: Any) -> dict[Any, Any]:
    """The attributes of the players by id, as far as they are whole."""
    included = value.get("included") or []
    return {at(i, "id"): i["attributes"] for i in included if at(i, "type") == _PLAYER and at(i, "attributes")}


def _player_id(projection: Row) -> Any:
    found = at(projection, "relationships", _PLAYER, "data", "id")
    return found if isinstance(found, str) else None


def _row(attributes: Row, player: Mapping[str, Any]) -> Row:
    return {
        "league": text(player.get("league")),
        "player_name": text(player.get("name")),
        "team": text(player.get("team")),
        "position": text(player.get("position")),
        "is_combo": player.get("combo"),
        "opponent": text(attributes.get("description")),
        "game_id": attributes.get("game_id"),
        "stat_type": text(attributes["stat_type"]),
        "line": attributes["line_score"],
        "odds_type": attributes.get("odds_type"),
        "start_time": instant(attributes["start_time"]),
        "status": attributes["status"],
        "is_live": attributes.get("is_live"),
        "is_promo": attributes.get("is_promo"),
        "updated_at": instant(attributes.get("updated_at")),
    }


def _is_projections(value: Any) -> bool:
    return isinstance(value["data"], list) and ("included" in value or any("attributes" in r for r in value["data"]))


def _league(value: Any) -> str:
    return leagues(at(player, "league") for player in _players(value).values())


KINDS = (Kind("projections", "json", _is_projections, read_projections, _league, "no projection is listed"),)
