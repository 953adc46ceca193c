"""Recorded payloads of the NBA's feeds against expectations that were checked by hand."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from typing import Any

import pytest

from functions.process_raw.feeds.frame import Outcome, read_payload
from tests.support.data.inputs import PAYLOADS, needs_shared

pytestmark = needs_shared
PLAYERS, TEAMS, GAMES, PLAYS = "nbac_player_boxscores", "nbac_team_boxscore", "nbac_schedule", "nbac_play_by_play"
REFEREES, LISTED = "nbac_referee_game_assignments", "nbac_gamebook_player_stats"


def read(name: str) -> Outcome:
    return read_payload(name.partition("/")[0], (PAYLOADS / name).read_bytes())


def measure(name: str) -> str:
    return f"nbac_player_boxscores_{name}"


# Rows by table; counted in the documents by other means (jq, the README's remarks).
ROWS: dict[str, dict[str, int]] = {
    "nba_cdn/boxscore_0022000001.json": {LISTED: 34, TEAMS: 2},
    "nba_cdn/boxscore_0022300682_pregame.json": {LISTED: 36, TEAMS: 0},
    "nba_cdn/odds_todaysGames_2025-03-08_three_games.json": {"nbac_game_odds": 88},
    "nba_cdn/playbyplay_0022000001.json.gz": {PLAYS: 610},
    "nba_cdn/playbyplay_0022400500.json.gz": {PLAYS: 571},
    "nba_cdn/player_movement_2025-07-16.json.gz": {"nbac_player_movement": 8730},
    "nba_cdn/todaysScoreboard_00.json": {GAMES: 3},
    "nba_cdn/todaysScoreboard_00_game_Q1_2022-11-16_transcribed.json": {GAMES: 1},
    "nba_cdn/todaysScoreboard_00_in_progress_2025-04-16.json": {GAMES: 2},
    "nba_stats/boxscoreadvancedv3.json": {measure("advanced"): 24},
    "nba_stats/boxscoreadvancedv3_0022200552.json": {measure("advanced"): 23},
    "nba_stats/boxscoreadvancedv3_0022300001.json": {measure("advanced"): 28},
    "nba_stats/boxscoredefensivev2_0022200552.json": {measure("defensive"): 19},
    "nba_stats/boxscorefourfactorsv3_0022200552.json": {measure("four_factors"): 23},
    "nba_stats/boxscorehustlev2_0022200552.json": {measure("hustle"): 19},
    "nba_stats/boxscorematchupsv3_0022200552.json": {"nbac_player_matchups": 167},
    "nba_stats/boxscoremiscv3_0022200552.json": {measure("misc"): 23},
    "nba_stats/boxscoreplayertrackv3_0022200552.json": {measure("tracking"): 23},
    "nba_stats/boxscorescoringv3_0022200552.json": {measure("scoring"): 23},
    "nba_stats/boxscoresummaryv2_0021900001.json": {GAMES: 1, REFEREES: 3, LISTED: 7},
    "nba_stats/boxscoresummaryv2_0022200552.json": {GAMES: 1, REFEREES: 3, LISTED: 10},
    "nba_stats/boxscoresummaryv2_0022300001.json": {GAMES: 1, REFEREES: 3, LISTED: 7},
    "nba_stats/boxscoresummaryv3_0022400306.json": {GAMES: 1, REFEREES: 3, LISTED: 8},
    "nba_stats/boxscoresummaryv3_0022400633.json": {GAMES: 1, REFEREES: 3, LISTED: 7},
    "nba_stats/boxscoretraditionalv2_0021600270.json": {PLAYERS: 19, TEAMS: 2},
    "nba_stats/boxscoretraditionalv2_0022200552.json": {PLAYERS: 23, TEAMS: 2},
    "nba_stats/boxscoretraditionalv2_0022400561.json": {PLAYERS: 25, TEAMS: 2},
    "nba_stats/boxscoretraditionalv3.json": {PLAYERS: 29, TEAMS: 2},
    "nba_stats/boxscoretraditionalv3_0022200552.json": {PLAYERS: 23, TEAMS: 2},
    "nba_stats/boxscoretraditionalv3_0022400306.json": {PLAYERS: 28, TEAMS: 2},
    "nba_stats/boxscoreusagev3.json": {measure("usage"): 25},
    "nba_stats/boxscoreusagev3_0022200552.json": {measure("usage"): 23},
    "nba_stats/commonallplayers.json.gz": {"nbac_player_list": 5103},
    "nba_stats/gamerotation_0022200552.json": {"nbac_rotations": 72},
    "nba_stats/hustlestatsboxscore_0022200552.json": {measure("hustle"): 19},
    "nba_stats/infographicfanduelplayer_0022200552.json": {PLAYERS: 19},
    "nba_stats/leaguedashteamstats_2023-24_GSW_advanced.json": {"nbac_team_season_stats": 1},
    "nba_stats/leaguedashteamstats_2024-25_base.json": {"nbac_team_season_stats": 30},
    "nba_stats/leaguegamefinder_2021-01.json": {TEAMS: 444},
    "nba_stats/leaguegamefinder_2024-11-01_13.json": {TEAMS: 208},
    "nba_stats/leaguegamefinder_player_2544.json": {PLAYERS: 82},
    "nba_stats/leaguegamefinder_playoffs.json": {TEAMS: 4},
    "nba_stats/leaguegamefinder_reconciliation.json": {TEAMS: 4},
    "nba_stats/leaguegamelog_player_2024-25.json": {PLAYERS: 157},
    "nba_stats/leaguegamelog_team_2018-19.json.gz": {TEAMS: 2460},
    "nba_stats/playbyplayv3.json": {PLAYS: 475},
    "nba_stats/playbyplayv3_0022200552.json.gz": {PLAYS: 560},
    "nba_stats/playergamelogs_trimmed.json": {PLAYERS: 200},
    "nba_stats/scheduleleaguev2_2024-25.json.gz": {GAMES: 1321},
    "nba_stats/scoreboardv2_2024-01-15.json": {GAMES: 11},
    "nba_stats/scoreboardv3.json": {GAMES: 11},
    "nba_stats/teamgamelog_BOS_2023-24.json": {TEAMS: 82},
    "nba_stats/teamgamelogs_2024-25_last_game.json": {TEAMS: 30},
    "nba_stats/teamgamelogs_LAL_2023-24.json": {TEAMS: 82},
}
EMPTY = (
    "nba_cdn/todaysScoreboard_00_no_games_2025-04-14.json", "nba_stats/scoreboardv3_2025-07-15_no_games.json",
    "nba_stats/commonplayoffseries_2025-26_empty.json", "nba_stats/playerdashptshotdefend_2544_2023-24.json",
    "nba_stats/videoevents_0022200552.json",
)  # fmt: skip


def test_every_recorded_payload_of_these_feeds_has_an_expectation() -> None:
    """A payload that is added to the folder must be added here."""
    recorded = {f"{p.parent.name}/{p.name}" for feed in ("nba_cdn", "nba_stats") for p in (PAYLOADS / feed).iterdir()}
    assert recorded == {*ROWS, *EMPTY}


@pytest.mark.parametrize("name", ROWS)
def test_rows_by_table(name: str) -> None:
    """All records become rows, none is refused, nothing drifts, and only the WNBA's file is of another league."""
    found = read(name)
    assert ({table: len(rows) for table, rows in found.rows.items()}, found.refused, found.drift) == (
        ROWS[name],
        {},
        (),
    )
    assert found.league == ("WNBA" if name.endswith("boxscoreadvancedv3.json") else "NBA")


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_answer_is_an_empty_slate(name: str) -> None:
    """A day without games or a resource without rows is refused as empty, not as damaged."""
    assert read(name).rule == "empty_slate"


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("nba_cdn/boxscore_0022000001.json", {"BKN": 125, "GSW": 99}),
        ("nba_stats/boxscoretraditionalv2_0021600270.json", {"WAS": 115, "OKC": 126}),
        ("nba_stats/boxscoretraditionalv2_0022200552.json", {"CHI": 134, "CLE": 145}),
        ("nba_stats/boxscoretraditionalv2_0022400561.json", {"NYK": 125, "PHI": 119}),
        ("nba_stats/boxscoretraditionalv3.json", {"TOR": 128, "MIL": 100}),
        ("nba_stats/boxscoretraditionalv3_0022200552.json", {"CHI": 134, "CLE": 145}),
        ("nba_stats/boxscoretraditionalv3_0022400306.json", {"MEM": 136, "IND": 121}),
    ],
)
def test_players_sum_to_their_team(name: str, points: dict[str, int]) -> None:
    """Points equal the score, every count the team's, minutes those of five players; five starters a side."""
    rows = read(name).rows
    players = rows.get(PLAYERS) or rows[LISTED]
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in players:
        sums[row["team"]].update(
            {n: row[n] or 0 for n in ("points", "fgm", "fga", "ftm", "ast", "stl", "seconds_played")}
        )
    assert {team: counted["points"] for team, counted in sums.items()} == points
    for team in rows[TEAMS]:
        counted = sums[team["team"]]
        assert {n: team[n] for n in ("points", "fgm", "fga", "ftm", "ast", "stl")} == {
            n: counted[n] for n in ("points", "fgm", "fga", "ftm", "ast", "stl")
        }
        assert abs(counted["seconds_played"] / 60 - (team["minutes"] or 240)) < 0.2
        assert sum(r["is_starter"] for r in players if r["team"] == team["team"]) == 5


def test_one_game_in_every_form() -> None:
    """Mitchell's 71 points at Chicago's visit are the same in each document of the game; four players did not play."""
    documents = ("boxscoretraditionalv2", "boxscoretraditionalv3", "infographicfanduelplayer")
    for name in documents:
        rows = read(f"nba_stats/{name}_0022200552.json").rows[PLAYERS]
        (mitchell,) = (r for r in rows if r["player_id"] == 1628378)
        assert (mitchell["points"], mitchell["fgm"], mitchell["fg3m"], mitchell["ftm"]) == (71, 22, 7, 20)
        assert sum(r["player_status"] == "dnp" for r in rows) == (4 if name.startswith("boxscore") else 0)
        assert len({r["player_id"] for r in rows if "Mobley" in r["player_name"]}) == (
            2 if name.startswith("box") else 0
        )
    plays = read("nba_stats/playbyplayv3_0022200552.json.gz").rows[PLAYS]
    assert sum(p["shot_value"] for p in plays if p["is_made"] and p["player_id"] == 1628378) == 71


def test_points_in_the_paint_from_coordinates_are_the_official_ones() -> None:
    """Made twos in the paint and the restricted area sum to what the summary and the box score of the game state."""
    plays = read("nba_stats/playbyplayv3_0022200552.json.gz").rows[PLAYS]
    inside = Counter(p["team"] for p in plays if p["is_made"] and p["shot_zone"] in ("paint", "restricted_area"))
    assert {team: 2 * n for team, n in inside.items()} == {"CLE": 56, "CHI": 54}
    misc = read("nba_stats/boxscoremiscv3_0022200552.json").rows[measure("misc")]
    by_player = Counter(
        p["player_id"] for p in plays if p["is_made"] and p["shot_zone"] in ("paint", "restricted_area")
    )
    stated = {r["player_id"]: r["points_paint"] for r in misc if r["points_paint"]}
    assert sum(abs(2 * by_player[player] - points) for player, points in stated.items()) <= 4


def test_a_pregame_box_score_says_nothing_about_who_did_not_play() -> None:
    """Before the tip players are listed or inactive, five a side as starters, without statistics."""
    rows = read("nba_cdn/boxscore_0022300682_pregame.json").rows[LISTED]
    assert {r["player_status"] for r in rows} <= {"listed", "inactive"}
    assert Counter(r["team"] for r in rows if r["is_starter"]) == {"OKC": 5, "DEN": 5}
    assert all(r["points"] is None for r in rows)


def test_games_of_a_day() -> None:
    """Scores, status and tip of a live scoreboard; a padded text is trimmed, the clock's false Z is not believed."""
    rows = {r["game_id"]: r for r in read("nba_cdn/todaysScoreboard_00_in_progress_2025-04-16.json").rows[GAMES]}
    live = rows["0052400111"]
    assert (live["home_team"], live["home_points"], live["away_team"], live["away_points"]) == ("CHI", 23, "MIA", 38)
    assert (live["game_status"], live["status_text"], live["season_type"]) == ("in_progress", "1st Qtr", "Play-In")
    assert live["tip_utc"] == datetime(2025, 4, 16, 23, 30, tzinfo=UTC)
    (old,) = read("nba_cdn/todaysScoreboard_00_game_Q1_2022-11-16_transcribed.json").rows[GAMES]
    assert (old["game_date"], old["home_team"], old["away_points"]) == (date(2022, 11, 16), "CHA", 12)
    day = read("nba_stats/scoreboardv2_2024-01-15.json").rows[GAMES]
    assert (sum(r["home_points"] for r in day), {r["game_status"] for r in day}) == (1229, {"final"})


def test_a_neutral_site_and_its_officials() -> None:
    """Paris: the summary names arena, city and three officials; both log rows agree who is at home."""
    rows = read("nba_stats/boxscoresummaryv3_0022400633.json").rows
    (game,) = rows[GAMES]
    assert (game["is_neutral_site"], game["city"], game["home_team"], game["away_points"]) == (
        True,
        "Paris",
        "SAS",
        136,
    )
    assert [r["official_name"] for r in rows[REFEREES]][:2] == ["Matt Boland", "Zach Zarba"]
    log = [
        r for r in read("nba_stats/leaguegamefinder_reconciliation.json").rows[TEAMS] if r["game_id"] == "0022400633"
    ]
    assert {(r["team"], r["opponent"], r["is_home"]) for r in log} == {("IND", "SAS", False), ("SAS", "IND", True)}


def test_a_season_of_team_logs_and_the_schedule() -> None:
    """Every game of 2018-19 has two rows with opposite margins; the season 2024-25 has 1,231 games, cup final included."""
    by_game: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read("nba_stats/leaguegamelog_team_2018-19.json.gz").rows[TEAMS]:
        by_game[row["game_id"]].append(row)
    assert len(by_game) == 1230
    assert all(a["points"] - b["points"] == a["plus_minus"] and a["opponent"] == b["team"] for a, b in by_game.values())
    schedule = read("nba_stats/scheduleleaguev2_2024-25.json.gz")
    counts = Counter(r["season_type"] for r in schedule.rows[GAMES])
    assert counts == {"Regular Season": 1230, "NBA Cup Final": 1, "Play-In": 6, "Playoffs": 84}
    assert schedule.discarded == {"not_a_league_game": 79}


def test_odds_keep_the_book_that_is_far_off() -> None:
    """A line of -17.5 beside -6.5 is what the source says: a row, for the quote rule to judge."""
    rows = read("nba_cdn/odds_todaysGames_2025-03-08_three_games.json").rows["nbac_game_odds"]
    assert {r["market"] for r in rows} == {"moneyline", "spread"}
    assert min(r["line"] for r in rows if r["line"] is not None) == -17.5
    assert Counter(r["side"] for r in rows) == {"home": 44, "away": 44}
