"""The Odds API v4: events, odds of one event or of a list, scores; current answers and those of historical endpoints.

https://the-odds-api.com/liveapi/guides/v4/. A historical answer has the same records in `data`, beside its snapshot's
`timestamp`. Prices are American odds in the rows, whether the answer has American or decimal ones.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.leagues import league_of_sport, leagues
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.feeds.values import at, instant, is_number, text, whole_of
from functions.process_raw.results import Tally
from shared.rules.odds import american_of

_POINTS_MARKETS = ("player_points", "player_points_alternate")
_MAIN_GAME_MARKETS = {
    "h2h": ("home_price", "away_price"),
    "spreads": ("home_price", "away_price"),
    "totals": ("over_price", "under_price"),
}
_GAME_MARKETS = (*_MAIN_GAME_MARKETS, "alternate_spreads", "alternate_totals")
_PLAYERS = "player_"
_EVENTS, _SCORES = "odds_api_events", "odds_api_scores"
_POINTS, _PLAYER_PROPS, _GAME_LINES = "odds_api_player_points_props", "odds_api_player_props", "odds_api_game_lines"


def _events(value: Any, tally: Tally) -> Iterator[tuple[Row, Row]]:
    """Each event that keeps its contract, with the columns that all its rows share."""
    taken = _snapshot(value)
    for event in tally.kept("odds_api.event", _listed(value), "The Odds API"):
        if event["home_team"] == event["away_team"]:
            tally.refuse("one_team_twice", event)
            continue
        yield (
            event,
            {
                "league": league_of_sport(event.get("sport_key")),
                "event_id": event["id"],
                "commence_time": instant(event["commence_time"]),
                "home_team": event["home_team"],
                "away_team": event["away_team"],
                "snapshot_at": taken,
            },
        )


def _listed(value: Any) -> list[Any]:
    data = value["data"] if isinstance(value, Mapping) and "data" in value else value
    return data if isinstance(data, list) else [data]


def _snapshot(value: Any) -> Any:
    """When a historical answer's snapshot was taken; None for a current one, Refusal if it is no time."""
    if not isinstance(value, Mapping) or "data" not in value:
        return None
    taken = instant(value.get("timestamp"))
    if taken is None or isinstance(taken, str):
        raise Refusal("no_snapshot_time", "a historical answer without the time of its snapshot")
    return taken


def read_events(value: Any, tally: Tally) -> Rows:
    """One row per event."""
    return {_EVENTS: [common for _, common in _events(value, tally)]}


def read_scores(value: Any, tally: Tally) -> Rows:
    """One row per event with the score of each team, null before the game."""
    rows = []
    for event, common in _events(value, tally):
        given = tally.kept("odds_api.score", event.get("scores") or [], "scores")
        found = {score["name"]: whole_of(score["score"]) for score in given}
        if given and (len(given) != len(found) or found.keys() != {common["home_team"], common["away_team"]}):
            tally.refuse("scores_of_other_teams", event)
        elif event.get("completed") and not given:
            tally.refuse("completed_without_scores", event)
        else:
            scores = {"home_score": found.get(common["home_team"]), "away_score": found.get(common["away_team"])}
            updated = instant(event.get("last_update"))
            rows.append({**common, "is_completed": event.get("completed"), **scores, "updated_at": updated})
    return {_SCORES: rows}


def read_odds(value: Any, tally: Tally) -> Rows:
    """Rows per event, book and line: points lines, lines of other player markets, and game lines, each in its table.

    Over and Under of a line stand in one row; the price of a side that is not offered is null.
    """
    rows: Rows = {_POINTS: [], _PLAYER_PROPS: [], _GAME_LINES: []}
    for event, common in _events(value, tally):
        for book in tally.kept("odds_api.bookmaker", event.get("bookmakers"), "bookmakers of an event"):
            for market in tally.kept("odds_api.market", book["markets"], "markets of a bookmaker"):
                updated = instant(market.get("last_update") or book.get("last_update"))
                of_market = {**common, "bookmaker": book["key"], "market": market["key"], "updated_at": updated}
                _add_market(rows, of_market, market, tally)
    return rows


def _add_market(rows: Rows, common: Row, market: Row, tally: Tally) -> None:
    """Add the rows of one market of one book."""
    key = market["key"]
    table, line_of = (
        (_POINTS, _points_line) if key in _POINTS_MARKETS
        else (_PLAYER_PROPS, _player_line) if key.startswith(_PLAYERS)
        else (_GAME_LINES, _game_line)
    )  # fmt: skip
    if table == _GAME_LINES and key not in _GAME_MARKETS:
        tally.discarded["other_market"] += 1
        return
    made = _lines(market, common, line_of, tally)
    sides = _MAIN_GAME_MARKETS.get(key)
    if sides and (len(made) != 1 or any(made[0].get(side) is None for side in sides)):
        tally.refuse("sides_do_not_match", market)  # one of two teams, or a handicap that is not the other's
    else:
        rows[table] += made


def _lines(market: Row, common: Row, line_of: "_LineOf", tally: Tally) -> list[Row]:
    """The market's rows, one per line, with the prices of its sides."""
    made: dict[tuple[Any, ...], Row] = {}
    for outcome in tally.kept("odds_api.outcome", market["outcomes"], "outcomes of a market"):
        price, line = american_of(outcome["price"]), line_of(outcome, common)
        if price is None or line is None:
            tally.refuse("impossible_price" if price is None else "not_a_side_of_a_line", outcome)
            continue
        which, side = line
        row = made.setdefault(tuple(which.values()), {**common, **which})
        if row.get(side) not in (None, price):
            tally.refuse("contradicts_another_outcome", outcome)
        row.setdefault(side, price)
    return list(made.values())


_LineOf = Callable[[Row, Row], tuple[Row, str] | None]  # line and price column of an outcome; None: it has none


def _points_line(outcome: Row, market: Row) -> tuple[Row, str] | None:
    found = _player_line(outcome, market)
    return found and ({"player_name": found[0]["player_name"], "points_line": found[0]["line"]}, found[1])


def _player_line(outcome: Row, _: Row) -> tuple[Row, str] | None:
    name, line = text(outcome.get("description")), outcome.get("point")
    if outcome["name"] not in ("Over", "Under") or not isinstance(name, str) or not is_number(line):
        return None
    return {"player_name": name, "line": line}, f"{outcome['name'].lower()}_price"


def _game_line(outcome: Row, market: Row) -> tuple[Row, str] | None:
    """Of a team the line is the home team's handicap, whichever team the outcome names."""
    key, name, point = market["market"], outcome["name"], outcome.get("point")
    if key.endswith("totals"):
        is_side = name in ("Over", "Under") and is_number(point)
        return ({"total": point}, f"{name.lower()}_price") if is_side else None
    if name not in (market["home_team"], market["away_team"]):
        return None
    is_home = name == market["home_team"]
    side = "home_price" if is_home else "away_price"
    if key == "h2h":
        return {}, side
    return ({"home_spread": point if is_home else 0.0 - point}, side) if is_number(point) else None


def _has(name: str) -> Callable[[Any], bool]:
    """Whether an answer lists events, any of them with that field."""
    return lambda value: any("commence_time" in event and name in event for event in _listed(value))


def _is_list_of_events(value: Any) -> bool:
    data = value["data"] if isinstance(value, Mapping) else value
    return isinstance(data, list) and all("commence_time" in event for event in data)


def _league(value: Any) -> str:
    return leagues(league_of_sport(at(event, "sport_key")) for event in _listed(value))


KINDS = (
    Kind("scores", "json", _has("completed"), read_scores, _league),
    Kind("odds", "json", _has("bookmakers"), read_odds, _league, "no event of the answer has a line"),
    Kind("events", "json", _is_list_of_events, read_events, _league, "no event is listed"),
)
