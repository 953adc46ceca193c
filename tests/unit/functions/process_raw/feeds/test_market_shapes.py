"""Odds sources, ESPN and balldontlie on made-up payloads: what each field means, and what is refused by which rule."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.process_raw.feeds.frame import Outcome, read_payload
from functions.process_raw.feeds.leagues import league_of_sport, tricode
from tests.support.feed_payloads import seeds


def outcome(name: str, change: Callable[[Any], Any] = lambda tree: tree) -> Outcome:
    """What becomes of the made-up payload of a kind after a change, which may return another tree."""
    seed = next(seed for seed in seeds() if seed.name == name)
    tree = copy.deepcopy(seed.tree)
    changed = change(tree)
    return read_payload(seed.feed, seed.write(tree if changed is None else changed))


def rules(found: Outcome) -> dict[str, int]:
    return {rule: len(records) for rule, records in found.refused.items()}


def _market(tree: Any, key: str) -> Any:
    return next(m for m in tree["data"]["bookmakers"][0]["markets"] if m["key"] == key)


def test_a_line_has_both_prices_in_one_row() -> None:
    """Over and Under of one line, main and alternate markets, in American odds; decimal prices are converted."""
    rows = outcome("odds_api.odds").rows["odds_api_player_points_props"]
    assert [(r["bookmaker"], r["market"], r["points_line"], r["over_price"], r["under_price"]) for r in rows] == [
        ("book_a", "player_points", 20.5, -110, -120),
        ("book_a", "player_points", 11.5, 105, -135),
        ("book_a", "player_points_alternate", 16.5, 250, None),
        ("book_b", "player_points", 21.5, -111, -105),
    ]
    assert rows[0]["snapshot_at"] == datetime(2025, 1, 15, 20, tzinfo=UTC)


def test_a_spread_is_the_home_team_s() -> None:
    """Whichever team the outcome names; a total has over and under, a moneyline no line."""
    rows = outcome("odds_api.odds").rows["odds_api_game_lines"]
    assert [(r["market"], r["home_spread"], r["total"], r["home_price"], r["under_price"]) for r in rows] == [
        ("h2h", None, None, -180, None), ("spreads", -4.5, None, -110, None), ("totals", None, 221.5, None, -115),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("market", "place", "value", "rule"),
    [
        ("spreads", "point", 5.5, "sides_do_not_match"),  # home -5.5 against away +4.5 in the other outcome
        ("h2h", "name", "Draw", "not_a_side_of_a_line"),
        ("totals", "name", "Yes", "not_a_side_of_a_line"),
        ("player_points", "description", None, "not_a_side_of_a_line"),
        ("player_points", "price", 1.0, "impossible_price"),
        ("player_points", "price", "-110", "wrong_type"),
        ("player_points", "point", 250.5, "points_line_out_of_range"),
    ],
)
def test_an_outcome_that_is_no_side_of_a_line_is_refused(market: str, place: str, value: Any, rule: str) -> None:
    """By name; the other lines of the event stand."""
    found = outcome("odds_api.odds", lambda tree: _market(tree, market)["outcomes"][0].update({place: value}))
    assert rule in rules(found)
    assert found.has_rows


def test_two_prices_of_one_side_contradict_each_other() -> None:
    """The second one is refused, and neither is averaged; the same price twice counts once."""
    again = {"name": "Over", "description": "Bo Roe", "price": 110, "point": 11.5}
    found = outcome("odds_api.odds", lambda tree: _market(tree, "player_points")["outcomes"].append(again))
    assert rules(found) == {"contradicts_another_outcome": 1}
    same = outcome(
        "odds_api.odds", lambda tree: _market(tree, "player_points")["outcomes"].append({**again, "price": 105})
    )
    assert (rules(same), same.rows) == ({}, outcome("odds_api.odds").rows)


def test_rows_of_another_league_say_so() -> None:
    """By the sport's key; an unknown sport is named by its key, a missing one is refused."""
    for key, league in (("basketball_wnba", "WNBA"), ("cricket_psl", "CRICKET_PSL")):
        found = outcome("odds_api.events", lambda tree, key=key: [event | {"sport_key": key} for event in tree])
        assert ({row["league"] for row in found.rows["odds_api_events"]}, found.league) == ({league}, league)
    found = outcome(
        "odds_api.events", lambda tree: [{n: v for n, v in event.items() if n != "sport_key"} for event in tree]
    )
    assert rules(found) == {"league_missing": 2}


def test_scores_that_are_not_the_event_s_are_refused() -> None:
    """Of other teams, or missing although the event is completed."""
    found = outcome("odds_api.scores", lambda tree: tree[0]["scores"][0].update(name="Utah Jazz"))
    assert rules(found) == {"scores_of_other_teams": 1}
    found = outcome("odds_api.scores", lambda tree: tree[0].update(scores=None))
    assert rules(found) == {"completed_without_scores": 1}


def test_points_of_bettingpros_have_a_table_of_their_own() -> None:
    """Market 156 of the NBA; another market or league is no points line."""
    found = outcome("bettingpros.props")
    assert {r["player_name"] for r in found.rows["bettingpros_player_points_props"]} == {"Ann Dòe"}
    other = outcome("bettingpros.props", lambda tree: [prop.update(sport="WNBA") for prop in tree["props"]] and tree)
    assert (other.rows["bettingpros_player_points_props"], other.league) == ([], "WNBA")


def test_a_ladder_s_strike_must_be_the_title_s() -> None:
    """A title of 20+ is the strike 19.5: any other strike is a line that is not offered."""
    found = outcome("kalshi.markets", lambda tree: tree["markets"][0].update(floor_strike=20.5))
    assert rules(found) == {"strike_is_not_the_title_s": 1}


@pytest.mark.parametrize("change", [{"yes_ask_dollars": "0.5000"}, {"no_bid_dollars": "0.6000"}])
def test_crossed_prices_are_refused(change: dict[str, str]) -> None:
    """A bid above its ask, or sides that do not make a dollar together."""
    found = outcome("kalshi.markets", lambda tree: tree["markets"][0].update(change))
    assert rules(found) == {"crossed_prices": 1}


def test_whole_cents_of_older_answers_are_dollars() -> None:
    """52 cents are 0.52; an order book in cents too."""

    def older(tree: Any) -> None:
        for market in tree["markets"]:
            for name in ("yes_bid", "yes_ask", "no_bid", "no_ask"):
                market[name] = round(100 * float(market.pop(f"{name}_dollars")))

    rows = outcome("kalshi.markets", older).rows["kalshi_player_props"]
    assert [(r["yes_bid"], r["at_least"]) for r in rows] == [(0.52, 20), (0.20, 25)]
    book = read_payload("kalshi", b'{"orderbook": {"yes": [[52, 30]], "no": null}}')
    assert book.rows["kalshi_order_book"] == [{"side": "yes", "price": 0.52, "quantity": 30}]


def test_lines_of_underdog_by_id_or_in_lists() -> None:
    """Later answers have objects by id; both give the same rows, with the player's league."""
    lists = ("players", "appearances", "games", "over_under_lines")
    by_id = outcome("underdog.lines", lambda tree: {name: {str(r["id"]): r for r in tree[name]} for name in lists})
    rows = outcome("underdog.lines").rows["underdog_lines"]
    assert by_id.rows["underdog_lines"] == rows
    assert [(r["player_name"], r["line"], r["over_price"], r["under_price"], r["game_title"]) for r in rows] == [
        ("Ann Dòe", 20.5, -112, -112, "NYK @ BOS"), ("Bo Roe", 11.5, 105, -135, "NYK @ BOS"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "change", "rule"),
    [
        ("balldontlie.box_scores", lambda t: t["data"][0].update(home_team_score=99), "points_are_not_the_team_s"),
        ("balldontlie.stats", lambda t: t["data"][0].update(pts=20), "line_does_not_add_up"),
        ("balldontlie.stats", lambda t: t["data"].pop(0), "points_are_not_the_team_s"),
        ("balldontlie.odds", lambda t: t["data"][0].update(spread_away_value="5.5"), "handicaps_differ"),
        ("balldontlie.player_props", lambda t: t["data"][0]["market"].pop("under_odds"), "price_missing"),
        ("espn.scoreboard", lambda t: t["events"][0]["competitions"][0]["competitors"][0].update(score="111"),
         "periods_do_not_add_up"),
        ("espn.boxscore", lambda t: t["boxscore"]["players"][0]["statistics"][0]["athletes"].pop(0),
         "points_are_not_the_team_s"),
        ("espn.boxscore", lambda t: t["boxscore"]["players"][0]["team"].update(abbreviation="UTAH"),
         "not_a_team_of_the_game"),
        ("prizepicks.projections", lambda t: t["included"].pop(0), "player_not_included"),
        ("underdog.lines", lambda t: t["players"].pop(0), "player_not_listed"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(kind: str, change: Callable[[Any], Any], rule: str) -> None:
    """Each field by itself would pass; together they contradict each other."""

    def changed(tree: Any) -> Any:
        change(tree)
        return tree

    found = outcome(kind, changed)
    assert rule in rules(found)


def test_a_game_in_progress_need_not_add_up_yet() -> None:
    """Only a final score is the sum of its players: a live one may be ahead of their lines."""

    def live(tree: Any) -> None:
        tree["data"][0].update(status="3rd Qtr", home_team_score=60)

    assert rules(outcome("balldontlie.box_scores", live)) == {}


def test_the_teams_of_the_nba_have_our_tricodes() -> None:
    """ESPN's NY is NYK; an abbreviation of no team is none, and of other leagues it stays as it is."""
    assert {r["home_team"] for r in outcome("espn.scoreboard").rows["espn_scoreboard"]} == {"BOS", "UTA"}
    assert (tricode("GS", "NBA"), tricode("LEB", "NBA"), tricode("NY", "WNBA")) == ("GSW", None, "NY")
    assert league_of_sport(None) is None


def test_a_saved_page_with_json_in_it_is_read() -> None:
    """A browser escapes the document: its entities are resolved before it is read."""
    seed = next(seed for seed in seeds() if seed.name == "prizepicks.projections")
    tree = json.loads(seed.body.decode().replace("Bo Roe", "Bo & Roe"))
    page = f"<html><body><pre>{json.dumps(tree).replace('&', '&amp;')}</pre></body></html>".encode()
    rows = read_payload("prizepicks", page).rows["prizepicks_projections"]
    assert {row["player_name"] for row in rows} == {"Ann Dòe", "Bo & Roe"}
