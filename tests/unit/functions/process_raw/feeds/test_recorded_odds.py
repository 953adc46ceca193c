"""Every recorded payload of odds sources, against what a person counted in it."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.process_raw.feeds.frame import Outcome, read_payload
from tests.support.data.inputs import PAYLOADS, needs_shared

pytestmark = needs_shared


def parsed(feed: str, file: str) -> Outcome:
    return read_payload(feed, (PAYLOADS / feed / file).read_bytes())


def rows_of(feed: str, file: str, table: str) -> list[dict[str, Any]]:
    """The rows of a table; the payload refuses nothing."""
    outcome = parsed(feed, file)
    assert (outcome.rule, outcome.refused) == ("", {})
    return outcome.rows[table]


def per_book(rows: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(row["bookmaker"] for row in rows))


def test_each_book_s_points_lines_of_an_event_are_there_with_both_prices() -> None:
    """Half as many lines as the event has outcomes, book by book: ten books quote 482 outcomes."""
    rows = rows_of("odds_api", "v4_event_odds_ORL_CLE_2024-02-22.json", "odds_api_player_points_props")
    assert per_book(rows) == {
        "draftkings": 16, "mybookieag": 7, "fanduel": 16, "bovada": 16, "williamhill_us": 13, "betmgm": 18,
        "betonlineag": 7, "unibet_us": 66, "betrivers": 66, "pointsbetus": 16,
    }  # fmt: skip
    assert all(row["over_price"] is not None and row["under_price"] is not None for row in rows)
    first = rows[0]
    assert (first["player_name"], first["points_line"], first["over_price"], first["under_price"]) == (
        "Caris LeVert", 11.5, -130, 100,
    )  # fmt: skip
    assert {row["league"] for row in rows} == {"NBA"}


def test_decimal_prices_of_a_historical_answer_become_american() -> None:
    """1.8 pays 0.8 for one, which is -125; four books list 94 outcomes, after the tip."""
    rows = rows_of("odds_api", "v4_historical_event_odds_player_props_a.json", "odds_api_player_points_props")
    assert per_book(rows) == {"fanduel": 14, "fanatics": 5, "draftkings": 14, "williamhill_us": 14}
    assert (rows[0]["player_name"], rows[0]["over_price"], rows[0]["under_price"]) == ("Jaylen Wells", -125, -106)
    assert rows[0]["snapshot_at"] == datetime(2025, 3, 9, 23, 50, 38, tzinfo=UTC)
    assert rows[0]["updated_at"] == datetime(2025, 3, 9, 23, 50, 34, tzinfo=UTC)


def test_five_player_markets_of_one_event_are_told_apart() -> None:
    """Points stand in their own table; assists, rebounds, threes and the sum of three do not become points."""
    file = "v4_event_odds_WNBA_player_props_2026-07-29.json"
    points, others = (rows_of("odds_api", file, t) for t in ("odds_api_player_points_props", "odds_api_player_props"))
    assert Counter(row["market"] for row in [*points, *others]) == {
        "player_points": 4, "player_assists": 4, "player_rebounds": 4, "player_threes": 4,
        "player_points_rebounds_assists": 4,
    }  # fmt: skip
    assert {row["league"] for row in [*points, *others]} == {"WNBA"}


def test_an_alternate_market_has_one_row_per_line_and_only_an_over_price() -> None:
    """Two players, four lines each; there is no Under, so that its price is null and never made up."""
    rows = rows_of("odds_api", "v4_historical_event_odds_alternate_NFL_2026-02-08.json", "odds_api_player_props")
    assert [(r["player_name"], r["line"], r["over_price"]) for r in rows] == [
        ("Jason Myers", 0.5, -1100), ("Jason Myers", 1.5, -201), ("Jason Myers", 2.5, 191), ("Jason Myers", 3.5, 640),
        ("Andres Borregales", 0.5, -570), ("Andres Borregales", 1.5, -126), ("Andres Borregales", 2.5, 277),
        ("Andres Borregales", 3.5, 890),
    ]  # fmt: skip
    assert {(row["under_price"], row["league"]) for row in rows} == {(None, "NFL")}


def test_game_lines_are_the_home_team_s() -> None:
    """Golden State is at home and favoured by 6.5 and 7.5; decimal 1.83 is -120, 3.3 is +230."""
    spreads = rows_of("odds_api", "v4_historical_event_odds_spreads_totals_2024-01-25.json", "odds_api_game_lines")
    assert [(r["bookmaker"], r["market"], r["home_spread"], r["total"]) for r in spreads] == [
        ("draftkings", "spreads", -6.5, None), ("draftkings", "totals", None, 248.5),
        ("fanduel", "spreads", -7.5, None), ("fanduel", "totals", None, 247.5),
    ]  # fmt: skip
    assert (spreads[0]["home_price"], spreads[0]["away_price"]) == (-120, -110)
    moneylines = rows_of("odds_api", "v4_historical_event_odds_single_book_2024-01-25.json", "odds_api_game_lines")
    assert [(r["home_price"], r["away_price"]) for r in moneylines] == [(-312, 230), (-385, 280)]


@pytest.mark.parametrize(
    ("file", "table", "league", "count"),
    [
        ("v4_historical_events_2024-01-25.json", "odds_api_events", "NBA", 10),
        ("v4_odds_list_2024-02-22.json", "odds_api_scores", "NBA", 21),
        ("v4_odds_WNBA_2026-07-09.json", "odds_api_game_lines", "WNBA", 12),
        ("v4_historical_odds_WNBA_2023-06-01.json", "odds_api_game_lines", "WNBA", 6),
        ("v4_historical_event_odds_WNBA_player_props_2025-08-15.json", "odds_api_player_points_props", "WNBA", 4),
    ],
)
def test_the_other_answers_of_the_odds_api(file: str, table: str, league: str, count: int) -> None:
    """As many rows as the answer has events, or books times markets; each with its league."""
    rows = rows_of("odds_api", file, table)
    assert (len(rows), {row["league"] for row in rows}) == (count, {league})


def test_scores_are_numbers_and_null_before_the_game() -> None:
    """The answer has them as text, of three games; the fourth has not started."""
    rows = rows_of("odds_api", "v4_scores_WNBA_2026-07-07.json", "odds_api_scores")
    assert [(r["home_score"], r["away_score"], r["is_completed"]) for r in rows] == [
        (49, 62, True), (89, 90, True), (64, 82, True), (None, None, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("error_401_INVALID_KEY.json", "INVALID_KEY"),
        ("error_401_OUT_OF_USAGE_CREDITS.json", "OUT_OF_USAGE_CREDITS"),
        ("error_401_HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN.json", "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN"),
        ("error_404_UNKNOWN_SPORT.json", "UNKNOWN_SPORT"),
        ("error_422_INVALID_MARKET.json", "INVALID_MARKET"),
    ],
)
def test_an_error_is_refused_with_its_code(file: str, code: str) -> None:
    """The reason names what the source said, so that a person knows what to change."""
    outcome = parsed("odds_api", file)
    assert (outcome.rule, outcome.rows) == ("error_body", {})
    assert code in outcome.reason


def test_events_of_bettingpros_have_their_scores_and_utc_tips() -> None:
    """Three games of 2021-10-21; 23:30 without a zone is UTC, half past seven in the evening in New York."""
    rows = rows_of("bettingpros", "v3_events_2021-10-21.json", "bettingpros_events")
    assert [(r["home_team"], r["home_score"], r["away_team"], r["away_score"]) for r in rows] == [
        ("ATL", 113, "DAL", 87), ("MIA", 137, "MIL", 95), ("GSW", 115, "LAC", 113),
    ]  # fmt: skip
    assert rows[0]["tip_utc"] == datetime(2021, 10, 21, 23, 30, tzinfo=UTC)


def test_the_sides_of_a_prop_may_be_of_other_lines_and_books() -> None:
    """Over 5.5 at one book and under 6.5 at another one are two rows, of a league that is not the NBA."""
    rows = rows_of("bettingpros", "v3_props_item_MLB_2024-06-15_quoted.json", "bettingpros_player_props")
    assert [(r["bet_side"], r["line"], r["price"], r["book_id"], r["league"]) for r in rows] == [
        ("over", 5.5, -154, 10, "MLB"), ("under", 6.5, -145, 12, "MLB"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "league", "count"),
    [
        ("projections_2024-09.json.gz", "NFL", 1791),
        ("projections_inflight_2024-09.json", "CFB2H", 37),
        ("projections_html_wrapped_2024-10.html", "CFB2H", 52),
    ],
)
def test_every_projection_of_prizepicks_is_a_row_of_its_league(file: str, league: str, count: int) -> None:
    """Also when a browser saved the answer inside a page; second halves are a league of their own."""
    rows = rows_of("prizepicks", file, "prizepicks_projections")
    assert (len(rows), {row["league"] for row in rows}) == (count, {league})


def test_goblins_demons_and_combinations_are_marked() -> None:
    """1,206 standard lines, 387 demons, 198 goblins; the lines of several players together are combinations."""
    rows = rows_of("prizepicks", "projections_2024-09.json.gz", "prizepicks_projections")
    assert Counter(row["odds_type"] for row in rows) == {"standard": 1206, "demon": 387, "goblin": 198}
    assert all(row["is_combo"] == (" + " in row["player_name"]) for row in rows)


def test_a_block_page_is_named() -> None:
    """The page that a blocked client gets is no empty slate."""
    outcome = parsed("prizepicks", "cloudflare_block_page.html")
    assert (outcome.rule, outcome.rows) == ("block_page", {})
    assert "Attention Required! | Cloudflare" in outcome.reason


def test_a_ladder_of_kalshi_says_what_must_be_reached() -> None:
    """300+ has the strike 299.5; prices are dollars of a contract that pays one."""
    rows = rows_of("kalshi", "markets_KXNFLPASSYDS_2026-09-08_trimmed.json", "kalshi_player_props")
    assert [(r["player_name"], r["at_least"], r["yes_bid"], r["yes_ask"], r["league"]) for r in rows] == [
        ("Tua Tagovailoa", 300, 0.06, 0.10, "NFL"), ("Tua Tagovailoa", 275, 0.13, 0.20, "NFL"),
    ]  # fmt: skip


def test_game_markets_and_the_order_book_of_kalshi() -> None:
    """Three sides of two games of the WNBA; five bids for yes and five for no."""
    games = rows_of("kalshi", "markets_KXWNBAGAME_2026-07-08.json", "kalshi_markets")
    assert [(r["side"], r["yes_bid"], r["league"]) for r in games] == [
        ("Phoenix", 0.40, "WNBA"), ("Indiana", 0.59, "WNBA"), ("Portland", 0.24, "WNBA"),
    ]  # fmt: skip
    book = rows_of("kalshi", "orderbook_depth5_2026-07-06.json", "kalshi_order_book")
    assert Counter(row["side"] for row in book) == {"yes": 5, "no": 5}
    assert max(r["price"] for r in book if r["side"] == "yes") + max(r["price"] for r in book if r["side"] == "no") < 1
