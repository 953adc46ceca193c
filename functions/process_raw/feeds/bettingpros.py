"""BettingPros v3: events of a day, and props with the best price of each side. Times are UTC without saying so."""

from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.leagues import leagues
from functions.process_raw.feeds.values import at, text, utc_instant, whole_of
from functions.process_raw.results import Tally

_NBA_POINTS = 156  # market of player points
_SIDES = ("over", "under")


def _listed(value: Any) -> Any:
    """The events or props of an answer; a prop may stand alone."""
    return value["events"] if "events" in value else value.get("props", [value])


def read_events(value: Any, tally: Tally) -> Rows:
    """One row per event, with the score of each team once it is over."""
    rows = []
    for event in tally.kept("bettingpros.event", _listed(value), "events"):
        scores = _scores(event)
        if scores and scores.keys() != {event["home"], event["visitor"]}:
            tally.refuse("scores_of_other_teams", event)
            continue
        rows.append({
            "league": event["sport"],
            "event_id": event["id"],
            "tip_utc": utc_instant(event["scheduled"]),
            "season": event.get("season"),
            "season_type": text(event.get("season_type")),
            "status": event["status"],
            "home_team": event["home"],
            "away_team": event["visitor"],
            "home_score": scores.get(event["home"]),
            "away_score": scores.get(event["visitor"]),
        })  # fmt: skip
    return {"bettingpros_events": rows}


def _scores(event: Row) -> dict[Any, Any]:
    """The score of each team by the outcome of the whole event."""
    outcomes = at(event, "results", "outcomes") or []
    whole = next((o for o in outcomes if at(o, "label") == "event"), None)
    return {at(score, "participant"): at(score, "score") for score in at(whole, "scores") or []}


def read_props(value: Any, tally: Tally) -> Rows:
    """One row per player, market and side: the sides may have other lines, and be of other books."""
    rows: Rows = {"bettingpros_player_points_props": [], "bettingpros_player_props": []}
    for prop in tally.kept("bettingpros.prop", _listed(value), "props"):
        is_points = prop["sport"] == "NBA" and prop["market_id"] == _NBA_POINTS
        player = prop["participant"]
        for side in _SIDES:
            offer = prop.get(side)
            if offer is None:
                tally.discarded["side_not_offered"] += 1
                continue
            rows["bettingpros_player_points_props" if is_points else "bettingpros_player_props"].append({
                "league": prop["sport"],
                "event_id": prop["event_id"],
                "market_id": prop["market_id"],
                "player_id": whole_of(at(player, "id")),
                "player_name": text(at(player, "name")),
                "team": at(player, "player", "team"),
                "bet_side": side,
                "points_line" if is_points else "line": at(offer, "line"),
                "price": at(offer, "odds"),
                "book_id": at(offer, "book"),
                "consensus_line": at(offer, "consensus_line"),
                "consensus_price": at(offer, "consensus_odds"),
            })  # fmt: skip
    return rows


def _league(value: Any) -> str:
    return leagues(at(record, "sport") for record in _listed(value))


KINDS = (
    Kind("events", "json", lambda value: "events" in value, read_events, _league, "no event is listed"),
    Kind(
        "props", "json", lambda value: "props" in value or ("participant" in value and "over" in value), read_props,
        _league, "no prop is listed",
    ),
)  # fmt: skip
