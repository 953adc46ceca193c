"""Every recorded payload of ESPN and balldontlie, against what a person counted in it, and against each other."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.process_raw.feeds.frame import Outcome, read_payload
from tests.support.data.inputs import PAYLOADS, needs_shared

pytestmark = needs_shared
# The eleven games of 2024-01-15, home team first.
MLK_DAY = {
    ("PHI", "HOU"): (124, 115), ("DAL", "NOP"): (125, 120), ("NYK", "ORL"): (94, 98), ("WAS", "DET"): (117, 129),
    ("ATL", "SAS"): (109, 99), ("MEM", "GSW"): (116, 107), ("CLE", "CHI"): (109, 91), ("BKN", "MIA"): (95, 96),
    ("TOR", "BOS"): (96, 105), ("UTA", "IND"): (132, 105), ("LAL", "OKC"): (112, 105),
}  # fmt: skip
Row = dict[str, Any]


def parsed(feed: str, file: str) -> Outcome:
    return read_payload(feed, (PAYLOADS / feed / file).read_bytes())


def rows_of(feed: str, file: str, table: str) -> list[Row]:
    """The rows of a table; the payload refuses nothing."""
    outcome = parsed(feed, file)
    assert (outcome.rule, outcome.refused) == ("", {})
    return outcome.rows[table]


def points(rows: list[Row]) -> dict[str, int]:
    """The sum of the players' points by team."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums[row["team"]] += row["points"] or 0
    return dict(sums)


@pytest.mark.parametrize(
    ("feed", "file", "table"),
    [
        ("espn", "scoreboard_2024-01-15.json", "espn_scoreboard"),
        ("balldontlie", "v1_box_scores_2024-01-15.json", "bdl_games"),
    ],
)
def test_two_sources_have_the_same_eleven_scores(feed: str, file: str, table: str) -> None:
    """Under our tricodes, although ESPN writes GS, NO, NY, SA, UTAH and WSH."""
    rows = rows_of(feed, file, table)
    assert {(r["home_team"], r["away_team"]): (r["home_score"], r["away_score"]) for r in rows} == MLK_DAY


def test_the_players_of_each_team_sum_to_its_score() -> None:
    """22 teams, 384 listed players; 155 of them did not play and have no counts."""
    rows = rows_of("balldontlie", "v1_box_scores_2024-01-15.json", "bdl_player_boxscores")
    assert points(rows) == {t: p for (h, a), (hp, ap) in MLK_DAY.items() for t, p in ((h, hp), (a, ap))}
    assert Counter(row["played"] for row in rows) == {True: 229, False: 155}
    assert all(row["points"] is None and row["minutes"] is None for row in rows if not row["played"])


def test_a_box_score_page_gives_the_same_points_as_another_source() -> None:
    """Player by player: HOU at PHI by ESPN's page and by balldontlie, names without suffix and accents aside."""
    page = rows_of("espn", "boxscore_page_a.html.gz", "espn_boxscores")
    other = rows_of("balldontlie", "v1_box_scores_2024-01-15.json", "bdl_player_boxscores")
    expected = {r["player_name"]: r["points"] for r in other if r["team"] in ("HOU", "PHI") and r["played"]}
    found = {r["player_name"]: r["points"] for r in page if r["played"]}
    assert points(page) == {"HOU": 115, "PHI": 124}
    assert {n: p for n, p in found.items() if n in expected} == {n: p for n, p in expected.items() if n in found}
    assert len(found.keys() & expected.keys()) >= 20
    assert sorted(found.values()) == sorted(expected.values())


def test_who_did_not_play_has_a_reason_and_no_counts() -> None:
    """The Finals: eighteen Pacers, three of whom did not play, and seventeen Thunder; five starters each."""
    rows = rows_of("espn", "boxscore_page_401766123.html.gz", "espn_boxscores")
    assert points(rows) == {"IND": 107, "OKC": 123}
    assert {r["player_name"]: r["dnp_reason"] for r in rows if not r["played"]} == {
        "Jarace Walker": "DNP-RIGHT ANKLE SPRAIN",
        "Isaiah Jackson": "DNP-TORN RIGHT ACHILLES TENDON",
        "Tony Bradley": "DNP-COACH'S DECISION",
    }
    assert Counter(row["team"] for row in rows if row["is_starter"]) == {"IND": 5, "OKC": 5}


def test_a_reason_beside_a_player_who_played_is_none() -> None:
    """Every line of this summary says COACH'S DECISION; eleven of Atlanta's twelve played, one had an injury."""
    rows = rows_of("espn", "summary_WNBA_2025-09-10.json", "espn_boxscores")
    assert points(rows) == {"ATL": 88, "CON": 72}
    absent = [(r["player_name"], r["dnp_reason"]) for r in rows if r["team"] == "ATL" and not r["played"]]
    assert absent == [("Taylor Thierry", "LEFT ANKLE")]
    assert {row["league"] for row in rows} == {"WNBA"}


def test_a_scoreboard_has_games_before_during_and_after() -> None:
    """Scores of a game that has not started are null, not 0; two are played elsewhere."""
    rows = rows_of("espn", "scoreboard_events_2022_in_progress.json", "espn_scoreboard")
    assert [(r["home_team"], r["home_score"], r["away_team"], r["away_score"], r["state"]) for r in rows] == [
        ("WAS", None, "GSW", None, "pre"), ("BOS", 134, "CHA", 93, "post"), ("TOR", 47, "UTA", 41, "in"),
        ("DET", None, "UTA", None, "pre"),
    ]  # fmt: skip
    assert [r["is_neutral_site"] for r in rows] == [True, False, True, False]


@pytest.mark.parametrize(
    ("feed", "file"),
    [
        ("espn", "scoreboard_2025-02-14_allstar_weekend.json"),
        ("balldontlie", "v1_box_scores_empty_day.json"),
        ("balldontlie", "v1_box_scores_live_empty.json"),
        ("balldontlie", "v1_odds_empty.json"),
    ],
)
def test_a_whole_answer_that_lists_nothing_is_an_empty_slate(feed: str, file: str) -> None:
    """It is refused as empty, not as damaged or blocked."""
    assert (parsed(feed, file).rule, parsed(feed, file).rows) == ("empty_slate", {})


@pytest.mark.parametrize("file", ["roster_BOS.json", "roster_page_BOS.html.gz"])
def test_both_rosters_of_a_team_list_the_same_players(file: str) -> None:
    """Seventeen Celtics, by the site's API and by its page."""
    rows = rows_of("espn", file, "espn_team_rosters")
    assert (len(rows), {row["team"] for row in rows}) == (17, {"BOS"})
    assert {r["player_id"]: r["jersey"] for r in rows}[4065648] == "0"  # Tatum


def test_a_roster_says_who_is_injured() -> None:
    """Brown and Tatum are out, the other fifteen are not listed with an injury."""
    rows = rows_of("espn", "roster_BOS.json", "espn_team_rosters")
    assert [r["player_name"] for r in rows if r["injury_status"] == "Out"] == ["Jaylen Brown", "Jayson Tatum"]


def test_injuries_per_team_and_a_comment_that_says_another_status() -> None:
    """Two teams with two players each; Nye's status is Out while her comment says questionable."""
    rows = rows_of("espn", "injuries_WNBA_2026-07-08.json", "espn_injuries")
    assert set(Counter(row["team"] for row in rows).values()) == {2}
    assert (rows[0]["player_id"], rows[0]["status"], rows[0]["comment_status"]) == (4597509, "Out", "questionable")
    assert {row["league"] for row in rows} == {"WNBA"}


def test_injuries_of_the_nba_have_the_tricode_of_their_team() -> None:
    """The answer has team ids: 9 rows of id 19, 8 of id 3; Tatum's is Boston's."""
    rows = rows_of("balldontlie", "v1_injuries.json", "bdl_injuries")
    by_team = Counter(row["team"] for row in rows)
    assert (len(rows), by_team["NOP"], by_team["PHI"], by_team["BKN"]) == (100, 9, 9, 8)
    assert {r["team"] for r in rows if r["player_name"] == "Jayson Tatum"} == {"BOS"}
    assert Counter(row["status"] for row in rows) == {"Day-To-Day": 91, "Out": 9}


def test_statistics_by_game_are_the_final_s() -> None:
    """Thirty players, six of whom did not play; both teams sum to their score, the home team is told."""
    rows = rows_of("balldontlie", "v1_stats.json", "bdl_player_boxscores")
    assert points(rows) == {"OKC": 103, "IND": 91}
    assert {(r["team"], r["is_home"]) for r in rows} == {("OKC", True), ("IND", False)}
    game = rows_of("balldontlie", "v1_game_detail_finals_2025-06-22.json", "bdl_games")[0]
    assert (game["home_score"], game["away_score"], game["game_id"]) == (103, 91, rows[0]["game_id"])
    assert (game["game_date"], game["tip_utc"]) == (date(2025, 6, 22), datetime(2025, 6, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    ("file", "table", "count", "leagues"),
    [
        ("v1_games.json", "bdl_games", 9, {"NBA"}),
        ("v1_stats_advanced.json", "bdl_player_advanced", 29, {"NBA"}),
        ("v1_players_active.json", "bdl_active_players", 100, {"NBA"}),
        ("v1_season_averages.json", "bdl_season_averages", 3, {"not said"}),
        ("v1_standings.json", "bdl_standings", 30, {"NBA"}),
        ("v1_teams.json", "bdl_teams", 45, {"NBA", "not said"}),
        ("wnba_v1_odds_2026-07-08.json", "bdl_odds", 4, {"not said"}),
        ("wnba_v1_player_prop_odds_2026-07-08.json", "bdl_player_props", 5, {"not said"}),
        ("wnba_v1_plays.json", "bdl_plays", 5, {"WNBA", "not said"}),
        ("wnba_v1_player_injuries_2026-07-08.json", "bdl_injuries", 3, {"WNBA"}),
    ],
)
def test_the_other_answers_of_balldontlie(file: str, table: str, count: int, leagues: set[str]) -> None:
    """A row per record, and the league as far as the records name a team: odds and props name none."""
    rows = rows_of("balldontlie", file, table)
    assert (len(rows), {row["league"] for row in rows}) == (count, leagues)


def test_a_milestone_has_one_price() -> None:
    """Four milestones with the price of reaching the line, and one line with both prices."""
    rows = rows_of("balldontlie", "wnba_v1_player_prop_odds_2026-07-08.json", "bdl_player_props")
    assert Counter((row["market_type"], row["under_price"] is None) for row in rows) == {
        ("milestone", True): 4,
        ("over_under", False): 1,
    }
    assert {(r["line"], r["over_price"], r["under_price"]) for r in rows} >= {(10.5, 115, -160), (14.5, 115, None)}


def test_wins_and_losses_of_the_standings_are_a_whole_season() -> None:
    """Thirty teams of 82 games; every game has a winner."""
    rows = rows_of("balldontlie", "v1_standings.json", "bdl_standings")
    assert {row["wins"] + row["losses"] for row in rows} == {82}
    assert sum(row["wins"] for row in rows) == sum(row["losses"] for row in rows) == 1230
