"""Recorded pages, CSV and PDFs against expectations that were checked by hand."""

from collections import Counter
from datetime import UTC, date, datetime

import pytest

from functions.process_raw.feeds.frame import Outcome, read_payload
from tests.support.data.inputs import PAYLOADS, needs_shared

pytestmark = needs_shared
BR = "basketball_reference"
# Players with a row by team: those of the box score and the inactive ones.
BOXES = {
    "boxscore_201701010ATL": ({"SAS": 112, "ATL": 114}, 1),
    "boxscore_201905030POR": ({"DEN": 137, "POR": 140}, 4),
    "boxscore_202103130DEN": ({"DAL": 116, "DEN": 103}, 0),
    "boxscore_202112180MIL": ({"CLE": 119, "MIL": 90}, 0),
    "boxscore_202304140MIA": ({"CHI": 91, "MIA": 102}, 0),
    "boxscore_202312090LAL": ({"IND": 109, "LAL": 123}, 0),
    "boxscore_202402230NOP": ({"MIA": 106, "NOP": 95}, 0),
    "boxscore_202411020WAS": ({"MIA": 118, "WAS": 98}, 0),
    "boxscore_202503010CHO": ({"WAS": 113, "CHA": 100}, 0),
}
MONTHS = {
    "NBA_2019_games-april": (79, 0), "schedule_NBA_2020_games-july": (8, 8), "schedule_NBA_2021_games-december": (67, 67),
    "schedule_NBA_2023_games-october": (102, 102), "schedule_NBA_2024_games-june": (5, 5),
    "schedule_NBA_2025_games-april": (105, 0), "schedule_NBA_2025_games-february": (176, 176),
    "schedule_NBA_2025_games-may": (32, 6), "schedule_NBA_2025_games-october": (71, 71),
}  # fmt: skip
OTHERS = {"daily_boxscores_2020-02-22", "team_roster_2018"}
REPORTS = {
    "injury_report_2024-01-04.pdf": (29, datetime(2024, 1, 4, 17, 30, tzinfo=UTC)),
    "injury_report_2024-03-20_11_30AM.pdf": (14, datetime(2024, 3, 20, 15, 30, tzinfo=UTC)),
    "injury_report_2025-01-10_05PM.pdf": (10, datetime(2025, 1, 10, 22, 30, tzinfo=UTC)),
}


def read(name: str) -> Outcome:
    found = read_payload(name.partition("/")[0], (PAYLOADS / name).read_bytes())
    assert (found.refused, found.drift) == ({}, ())
    return found


def test_every_recorded_page_has_an_expectation() -> None:
    """A page that is added to the folder must be added here."""
    assert {p.name.removesuffix(".html.gz") for p in (PAYLOADS / BR).iterdir()} == {*BOXES, *MONTHS, *OTHERS}


@pytest.mark.parametrize("name", BOXES)
def test_a_box_score(name: str) -> None:
    """Players sum to the score and to the minutes of the game, five starters and three officials, nobody twice."""
    points, overtimes = BOXES[name]
    rows = read(f"{BR}/{name}.html.gz").rows
    players = rows["br_player_boxscores"]
    assert {r["team"]: r["points"] for r in rows["br_team_boxscores"]} == points
    for team, score in points.items():
        played = [r for r in players if r["team"] == team and r["player_status"] == "played"]
        assert sum(r["points"] for r in played) == score
        assert abs(sum(r["seconds_played"] for r in played) / 60 - (240 + 25 * overtimes)) <= 0.2
        assert sum(r["is_starter"] for r in played) == 5
    assert len({(r["team"], r["player_slug"]) for r in players}) == len(players)
    assert len(rows["nbac_referee_game_assignments"]) == 3


def test_accents_reasons_and_inactive_players() -> None:
    """Names keep their accents; six players of the brawl game did not play; 11 were inactive in Charlotte."""
    names = {r["player_name"] for r in read(f"{BR}/boxscore_202103130DEN.html.gz").rows["br_player_boxscores"]}
    assert {"Luka Dončić", "Nikola Jokić", "Boban Marjanović"} <= names
    brawl = read(f"{BR}/boxscore_202402230NOP.html.gz").rows["br_player_boxscores"]
    assert sum(r["player_status"] == "dnp" for r in brawl) == 6
    charlotte = Counter(
        r["team"]
        for r in read(f"{BR}/boxscore_202503010CHO.html.gz").rows["br_player_boxscores"]
        if r["player_status"] == "inactive"
    )
    assert charlotte == {"WAS": 4, "CHA": 7}


@pytest.mark.parametrize("name", MONTHS)
def test_a_month_of_games(name: str) -> None:
    """As many games as the month had; points of those played at the time of the capture."""
    rows = read(f"{BR}/{name}.html.gz").rows["br_schedule"]
    games, played = MONTHS[name]
    assert (len(rows), sum(r["game_status"] == "final" for r in rows)) == (games, played)
    assert all(len(r["home_team"]) == len(r["away_team"]) == 3 for r in rows)


def test_a_day_and_a_roster() -> None:
    """Seven games of 22 February 2020; four players of the Rockets of 2017-18, as the file was cut by its recorder."""
    day = read(f"{BR}/daily_boxscores_2020-02-22.html.gz").rows["br_schedule"]
    assert {(r["away_team"], r["away_points"], r["home_team"], r["home_points"]) for r in day} >= {
        ("DAL", 107, "ATL", 111), ("PHX", 112, "CHI", 104),
    }  # fmt: skip
    assert len(day) == 7
    roster = read(f"{BR}/team_roster_2018.html.gz").rows["br_rosters_current"]
    assert [(r["player_name"], r["birth_date"]) for r in roster][-1] == ("James Harden", date(1989, 8, 26))
    assert {(r["team"], r["season"]) for r in roster} == {("HOU", 2017)}


@pytest.mark.parametrize("name", REPORTS)
def test_an_injury_report(name: str) -> None:
    """A row per listed player with reason, one per team that had not submitted; when it was published."""
    awaited, published = REPORTS[name]
    rows = read(f"nba_injury_report/{name}").rows["nbac_injury_report"]
    assert sum(r["injury_status"] == "not_submitted" for r in rows) == awaited
    assert {r["published_at"] for r in rows} == {published}
    assert all(r["reason"] for r in rows if r["injury_status"] != "not_submitted")
    assert all(r["team"] in r["matchup"].split("@") for r in rows)


def test_two_game_dates_and_two_way_players_of_one_report() -> None:
    """20 March 2024: 19 two-way players, 5 on assignment, games of two dates."""
    rows = read("nba_injury_report/injury_report_2024-03-20_11_30AM.pdf").rows["nbac_injury_report"]
    reasons = Counter(r["reason"] for r in rows)
    assert (reasons["G League - Two-Way"], reasons["G League - On Assignment"]) == (19, 5)
    assert {r["game_date"] for r in rows} == {date(2024, 3, 20), date(2024, 3, 21)}


@pytest.mark.parametrize(
    "name", ["nba_injury_report/injury_report_damaged.pdf", "nba_gamebook/gamebook_MEM_CLE_damaged.pdf"]
)
def test_a_damaged_pdf_is_rejected_and_not_half_read(name: str) -> None:
    """Its streams do not decompress."""
    found = read(name)
    assert (found.rule, found.has_rows) == ("damaged", False)


def test_officials_of_a_day() -> None:
    """Eight NBA games with three officials each; three games of the G League are counted."""
    found = read("nba_official/referee_assignments_2025-01-08.json")
    rows = found.rows["nbac_referee_game_assignments"]
    assert Counter(r["official_number"] for r in rows) == {1: 8, 2: 8, 3: 8}
    assert found.discarded == {"game_of_league_gl": 3}
    assert rows[0]["official_name"] == "John Goble"


def test_a_team_page() -> None:
    """18 players of the Warriors."""
    rows = read("nba_official/team_roster_page.html.gz").rows["nbac_team_rosters"]
    assert ({r["team"] for r in rows}, len(rows)) == ({"GSW"}, 18)


def test_play_by_play_of_bigdataball() -> None:
    """Game 7 of the Finals of 2025: 91 to 103, five players a side on the floor at every action."""
    rows = read("bigdataball/pbp_sample.csv").rows["bigdataball_play_by_play"]
    points: Counter[str] = Counter()
    for row in rows:
        points[row["team"]] += row["points"] or 0
    assert (points["IND"], points["OKC"], len(rows)) == (91, 103, 510)
    assert all(len(r[side].split("; ")) == 5 for r in rows for side in ("home_players", "away_players"))
