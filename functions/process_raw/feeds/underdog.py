"""Underdog Fantasy, over_under_lines: lines, the appearances that they are of, and players and games beside them.

No answer is recorded: the shape is the one that public clients of api.underdogfantasy.com read (beta/v5, v6). Later
answers have objects by id where earlier ones have lists.
"""

from collections.abc import Mapping
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.leagues import leagues
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.feeds.values import at, full_name, instant, number_of, text, whole_of
from functions.process_raw.results import Tally

_SIDES = {"higher": "over", "lower": "under"}


def read_lines(value: Any, tally: Tally) -> Rows:
    """One row per line with the price of each side that is offered."""
    players, appearances, games = (_by_id(value, name) for name in ("players", "appearances", "games"))
    rows = []
    for line in tally.kept("underdog.line", _listed(value, "over_under_lines"), "lines"):
        stat = at(line, "over_under", "appearance_stat")
        appearance = appearances.get(at(stat, "appearance_id"))
        player = players.get(at(appearance, "player_id"))
        if player is None:
            tally.refuse("player_not_listed", line)
            continue
        game = games.get(at(appearance, "match_id"))
        prices = _prices(line, tally)
        if prices is None:
            continue
        rows.append({
            "league": text(at(player, "sport_id")),
            "line_id": line["id"],
            "player_name": full_name(player),
            "game_title": text(at(game, "abbreviated_title") or at(game, "title")),
            "start_time": instant(at(game, "scheduled_at")),
            "stat_type": text(at(stat, "stat")),
            "line": number_of(line["stat_value"]),
            "status": text(line.get("status")),
            "updated_at": instant(line.get("updated_at")),
            **prices,
        })  # fmt: skip
    return {"underdog_lines": rows}


def _listed(value: Any, name: str) -> list[Any]:
    """The records under a name, in a list or by their ids; Refusal where there are none."""
    found = value.get(name)
    if isinstance(found, Mapping):
        return list(found.values())
    if not isinstance(found, list):
        raise Refusal("not_a_list", f"{name} is neither a list nor an object")
    return found


def _by_id(value: Any, name: str) -> dict[Any, Any]:
    return {at(record, "id"): record for record in _listed(value, name)}


def _prices(line: Row, tally: Tally) -> Row | None:
    """American odds and payout of each side; None, and the line refused, where a side is there twice or is neither."""
    prices: Row = {}
    for option in line["options"]:
        choice = at(option, "choice")
        side = _SIDES.get(choice.lower()) if isinstance(choice, str) else None
        if side is None or f"{side}_price" in prices:
            tally.refuse("not_two_sides", line)
            return None
        prices[f"{side}_price"] = whole_of(at(option, "american_price"))
        prices[f"{side}_payout"] = number_of(at(option, "payout_multiplier"))
    return prices


def _league(value: Any) -> str:
    return leagues(at(player, "sport_id") for player in _listed(value, "players"))


def _is_lines(value: Any) -> bool:
    return "over_under_lines" in value and "appearances" in value


KINDS = (Kind("lines", "json", _is_lines, read_lines, _league, "no line is listed"),)
