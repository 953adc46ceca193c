"""The NBA's JSON feeds on small made-up documents: what becomes a row, what is refused, and why."""

from datetime import date
from typing import Any

import pytest

from functions.process_raw.feeds.nba.ids import date_of, league_of
from functions.process_raw.feeds.nba_stats.boxscore_v2 import ADVANCED, HUSTLE, USAGE
from functions.process_raw.feeds.nba_stats.boxscore_v3 import snake
from functions.process_raw.feeds.nba_stats.result_sets import seconds_of, team_minutes_of
from shared.contracts.payload_tables import payload_tables
from tests.unit.functions.process_raw.feeds.made_up import (
    GAME,
    action,
    log_row,
    outcome,
    result_sets,
    scoreboard_game,
    v2_line,
    v3_game,
    v3_player,
)  # fmt: skip

STATS, CDN = "nba_stats", "nba_cdn"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-04-14T00:00:00", date(2024, 4, 14)), ("APR 14, 2024", date(2024, 4, 14)), ("01/08/2025", date(2025, 1, 8)),
        ("20250108", date(2025, 1, 8)), ("TUESDAY, OCTOBER 22, 2019", date(2019, 10, 22)), ("soon", None), (None, None),
    ],
)  # fmt: skip
def test_dates_in_every_form(text: Any, day: date | None) -> None:
    """Each of the NBA's ways to write a date gives that date; other text none."""
    assert date_of(text) == day


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [("36:42", 2202), ("36.000000:42", 2202), (36, 2160), (48.4, 2904), ("", None), (None, None), ("x", None), (True, None)],
)  # fmt: skip
def test_minutes_in_every_form(minutes: Any, seconds: int | None) -> None:
    """Text with seconds, whole and decimal minutes; nothing where he did not play."""
    assert seconds_of(minutes) == seconds


def test_minutes_of_a_team_are_those_of_five_players() -> None:
    """A log that states the game's own 48.0 minutes means 240 of the team."""
    assert [team_minutes_of(m) for m in (240, "265:00", 48.0, None)] == [240, 265, 240, None]


def test_names_of_columns() -> None:
    """Camel case becomes words."""
    given = ("offensiveRating", "pacePer40", "contestedShots2pt", "PIE", "percentageAssistedFGM")
    words = ("offensive_rating", "pace_per_40", "contested_shots_2pt", "pie", "percentage_assisted_fgm")
    assert tuple(map(snake, given)) == words


def test_leagues_by_game_id() -> None:
    """The first two digits name the league."""
    assert [league_of(i) for i in (GAME, "1022500165", 22300001, "9900000000")] == [
        "NBA", "WNBA", "NBA", "unknown league",
    ]  # fmt: skip


def test_a_schedule_lists_league_games_and_names_what_is_off() -> None:
    """Preseason and undecided games are counted; a postponed game says so; a game without time has no tip."""
    teams = {"homeTeam": {"teamTricode": "BOS", "score": 101}, "awayTeam": {"teamTricode": "NYK", "score": 99}}
    common = {"gameStatus": 3, "gameStatusText": "Final", "gameDateEst": "2024-01-15T00:00:00Z", **teams}
    games = [
        {**common, "gameId": GAME, "gameDateTimeUTC": "2024-01-16T00:30:00Z", "arenaName": "TD Garden"},
        {**common, "gameId": "0022300002", "gameStatus": 1, "gameStatusText": "PPD"},
        {**common, "gameId": "0012300001"},
    ]
    found = outcome(CDN, {"leagueSchedule": {"leagueId": "00", "gameDates": [{"games": games}]}})
    rows = {r["game_id"]: r for r in found.rows["nbac_schedule"]}
    assert (found.kind, found.discarded) == ("schedule", {"not_a_league_game": 1})
    assert (rows[GAME]["game_status"], rows[GAME]["home_points"], rows[GAME]["arena"]) == ("final", 101, "TD Garden")
    assert (rows["0022300002"]["game_status"], rows["0022300002"]["tip_utc"]) == ("postponed", None)


@pytest.mark.parametrize("feed", [CDN, STATS])
def test_a_scoreboard_and_a_day_without_games(feed: str) -> None:
    """Points only once a game has begun; no games is an empty slate, which is a refusal that says so."""
    upcoming = scoreboard_game(gameId="0022300002", gameStatus=1, gameStatusText="7:30 pm ET")
    found = outcome(feed, {"scoreboard": {"leagueId": "00", "games": [scoreboard_game(), upcoming]}})
    assert [(r["game_status"], r["home_points"], r["status_text"]) for r in found.rows["nbac_schedule"]] == [
        ("final", 101, "Final"),
        ("scheduled", None, "7:30 pm ET"),
    ]
    assert found.rows["nbac_schedule"][0]["game_date"] == date(2024, 1, 15)
    assert outcome(feed, {"scoreboard": {"leagueId": "00", "games": []}}).rule == "empty_slate"


def test_another_league_is_named_and_parsed() -> None:
    """A WNBA box score gives rows under its own league."""
    document = v3_game("Traditional", [v3_player()], [v3_player(personId=2)])
    document["boxScoreTraditional"]["gameId"] = "1022500165"
    found = outcome(STATS, document)
    assert (found.league, len(found.rows["nbac_player_boxscores"])) == ("WNBA", 2)


def test_play_by_play_sums_to_the_score() -> None:
    """Shots have their zone; a shot that is missing from the actions is a contradiction with the score."""
    actions = [
        action(1, "2pt", score=(2, 0), shotResult="Made"),
        action(2, "3pt", "NYK", score=(2, 3), shotResult="Made", xLegacy=0, yLegacy=250),
        action(3, "freethrow", score=(3, 3), shotResult="Made", isFieldGoal=0),
        action(4, "2pt", score=(3, 3), shotResult="Missed", area="Mid-Range"),
        action(5, "rebound", score=(3, 3), isFieldGoal=0),
    ]
    found = outcome(CDN, {"game": {"gameId": GAME, "actions": actions}})
    rows = found.rows["nbac_play_by_play"]
    assert [(r["shot_value"], r["is_made"], r["shot_zone"]) for r in rows] == [
        (2, True, "restricted_area"), (3, True, "three"), (1, True, None), (2, False, "mid_range"), (None, None, None),
    ]  # fmt: skip
    assert rows[0]["clock_seconds"] == 690.5
    torn = outcome(CDN, {"game": {"gameId": GAME, "actions": actions[1:]}})
    assert torn.rule == "contradiction"


def test_play_by_play_of_version_3() -> None:
    """A free throw is missed where its description says so; the score stands where an action states none."""
    common = {
        "period": 1,
        "clock": "PT10M00.00S",
        "teamTricode": "BOS",
        "shotValue": 0,
        "scoreHome": "",
        "scoreAway": "",
    }
    free = {**common, "actionType": "Free Throw", "isFieldGoal": 0}
    actions = [
        {**free, "actionId": 1, "description": "A Free Throw 1 of 2 (1 PTS)", "scoreHome": "1", "scoreAway": "0"},
        {**free, "actionId": 2, "description": "MISS A Free Throw 2 of 2"},
        {**common, "actionId": 3, "actionType": "Made Shot", "isFieldGoal": 1, "shotValue": 3, "shotResult": "Made",
         "xLegacy": 0, "yLegacy": 250, "scoreHome": "4", "scoreAway": "0", "description": "x"},
    ]  # fmt: skip
    rows = outcome(STATS, {"game": {"gameId": GAME, "actions": actions}}).rows["nbac_play_by_play"]
    assert [(r["is_made"], r["shot_value"], r["home_points"]) for r in rows] == [
        (True, 1, 1),
        (False, 1, None),
        (True, 3, 4),
    ]


def test_odds_of_todays_games() -> None:
    """Prices and lines may be text or numbers; each side of each book is a row."""
    outcomes = [{"type": side, "odds": "1.91", "spread": "-2.5", "opening_spread": -3} for side in ("home", "away")]
    books = [{"id": "b1", "name": "Book ", "countryCode": "US", "outcomes": outcomes}]
    games = [
        {
            "gameId": GAME,
            "homeTeamId": "1610612738",
            "awayTeamId": "1610612752",
            "markets": [{"name": "spread", "books": books}],
        }
    ]
    rows = outcome(CDN, {"games": games}).rows["nbac_game_odds"]
    assert [(r["side"], r["price_decimal"], r["line"], r["opening_line"], r["home_team"]) for r in rows] == [
        ("home", 1.91, -2.5, -3.0, "BOS"),
        ("away", 1.91, -2.5, -3.0, "BOS"),
    ]
    assert outcome(CDN, {"games": []}).rule == "empty_slate"


def test_player_movement() -> None:
    """Ids are whole numbers, 0 is none."""
    row = {
        "TRANSACTION_DATE": "2025-07-16T00:00:00", "Transaction_Type": "Signing", "GroupSort": "Signing 1", "PLAYER_ID": 7.0,
        "TEAM_ID": 1610612738.0, "Additional_Sort": 0.0, "TRANSACTION_DESCRIPTION": "Signed.",
    }  # fmt: skip
    (found,) = outcome(CDN, {"NBA_Player_Movement": {"rows": [row]}}).rows["nbac_player_movement"]
    assert (found["player_id"], found["team"], found["other_team_id"]) == (7, "BOS", None)


def test_game_logs_of_players_and_teams() -> None:
    """Home and away by the matchup, also where both rows of a neutral site say the same."""
    found = outcome(STATS, result_sets("leaguegamelog", {"LeagueID": "00"}, Log=[log_row(MATCHUP="BOS @ NYK")]))
    (row,) = found.rows["nbac_player_boxscores"]
    assert (row["opponent"], row["is_home"], row["seconds_played"], row["points"]) == ("NYK", False, 1800, 6)
    team = {n: v for n, v in log_row(MATCHUP="NYK @ BOS", MIN=240).items() if not n.startswith("PLAYER")}
    (row,) = outcome(STATS, result_sets("leaguegamefinder", Log=[team])).rows["nbac_team_boxscore"]
    assert (row["team"], row["opponent"], row["is_home"], row["minutes"]) == ("BOS", "NYK", True, 240)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"PTS": 7}, "points_add_up"), ({"FGM": 5, "PTS": 12}, "makes_within_attempts"), ({"PTS": "6"}, "wrong_type"),
        ({"PLAYER_ID": None}, "missing_field"), ({"FGM": -1, "PTS": 0}, "fgm_out_of_range"),
        ({"MATCHUP": "BOS vs. BOS"}, "two_teams"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_refused(change: dict[str, Any], rule: str) -> None:
    """Points that do not add up, makes beyond attempts, wrong types and the like: the row is refused, the other stays."""
    found = outcome(STATS, result_sets("leaguegamelog", Log=[log_row(), log_row(**{"PLAYER_ID": 2, **change})]))
    assert (len(found.rows["nbac_player_boxscores"]), set(found.refused)) == (1, {rule})


def test_a_box_score_of_version_2() -> None:
    """Who has no minutes did not play, for the reason of his comment; players sum to their team."""
    players = [v2_line(), v2_line(PLAYER_ID=2, MIN=None, COMMENT="DNP - Coach's Decision", START_POSITION="", PTS=None)]
    players += [v2_line(PLAYER_ID=3, TEAM_ABBREVIATION="NYK")]
    teams = [v2_line(MIN="240:00"), v2_line(MIN="240:00", TEAM_ABBREVIATION="NYK")]
    found = outcome(STATS, result_sets("boxscore", PlayerStats=players, TeamStats=teams))
    rows = found.rows["nbac_player_boxscores"]
    assert [(r["player_status"], r["dnp_reason"], r["opponent"]) for r in rows] == [
        ("played", None, "NYK"), ("dnp", "DNP - Coach's Decision", "NYK"), ("played", None, "BOS"),
    ]  # fmt: skip
    assert [r["minutes"] for r in found.rows["nbac_team_boxscore"]] == [240, 240]
    teams[0]["PTS"] = 7
    assert outcome(STATS, result_sets("boxscore", PlayerStats=players, TeamStats=teams)).rule == "contradiction"


def test_a_box_score_of_version_3() -> None:
    """A DNP has empty minutes; players sum to their team."""
    idle = v3_player(personId=2, comment="DNP - Injury", position="", statistics={"minutes": "", "points": 0})
    found = outcome(STATS, v3_game("Traditional", [v3_player(), idle], [v3_player(personId=3)]))
    rows = found.rows["nbac_player_boxscores"]
    assert [(r["player_status"], r["points"], r["is_starter"]) for r in rows] == [
        ("played", 6, True), ("dnp", None, False), ("played", 6, True),
    ]  # fmt: skip
    assert [(r["team"], r["points"]) for r in found.rows["nbac_team_boxscore"]] == [("BOS", 6), ("NYK", 6)]
    assert (
        outcome(STATS, v3_game("Traditional", [v3_player()], [v3_player(personId=3)], points=8)).rule == "contradiction"
    )


@pytest.mark.parametrize(
    ("table", "columns"),
    [("advanced", ADVANCED), ("usage", USAGE), ("hustle", HUSTLE)],
)
def test_measures_of_version_2_fill_the_columns_of_version_3(table: str, columns: dict[str, str]) -> None:
    """Each header of version 2 has a column of the table."""
    name = f"nbac_player_boxscores_{table}"
    assert set(columns.values()) <= payload_tables()[name].columns.keys()
    who = {n: v2_line()[n] for n in ("GAME_ID", "PLAYER_ID", "PLAYER_NAME", "TEAM_ABBREVIATION", "MIN")}
    found = outcome(STATS, result_sets("boxscore", PlayerStats=[{**who, **dict.fromkeys(columns, 0.25)}]))
    assert (found.kind, found.rows[name][0][next(iter(columns.values()))]) == (f"boxscore_{table}_v2", 0.25)


def test_measures_of_version_3() -> None:
    """A measure gives a row per player; a new figure is drift, not a column."""
    player = v3_player(statistics={"minutes": "30:10", "usagePercentage": 0.2, "somethingNew": 1})
    found = outcome(STATS, v3_game("Usage", [player], []))
    assert (
        found.rows["nbac_player_boxscores_usage"][0]["usage_percentage"],
        found.rows["nbac_player_boxscores_usage"][0]["seconds_played"],
    ) == (0.2, 1810)
    assert ("somethingNew", "new_field") in {(d.field, d.change) for d in found.drift}


def test_a_summary_of_version_2() -> None:
    """Score, officials without padding, inactive players."""
    summary = {"GAME_ID": GAME, "GAME_DATE_EST": "2024-01-15T00:00:00", "GAME_STATUS_ID": 3, "GAME_STATUS_TEXT": "Final",
               "HOME_TEAM_ID": 1610612738, "VISITOR_TEAM_ID": 1610612752}  # fmt: skip
    lines = [{"TEAM_ID": 1610612738, "PTS": 101}, {"TEAM_ID": 1610612752, "PTS": 99}]
    found = outcome(STATS, result_sets(
        "boxscoresummary", GameSummary=[summary], LineScore=lines,
        Officials=[{"OFFICIAL_ID": 1, "FIRST_NAME": "A", "LAST_NAME": "B", "JERSEY_NUM": "6   "}],
        InactivePlayers=[{"PLAYER_ID": 9, "FIRST_NAME": "C", "LAST_NAME": "D", "TEAM_ABBREVIATION": "NYK"}],
    ))  # fmt: skip
    (game,) = found.rows["nbac_schedule"]
    assert (game["home_team"], game["home_points"], game["away_points"], game["game_status"]) == (
        "BOS",
        101,
        99,
        "final",
    )
    assert found.rows["nbac_referee_game_assignments"][0]["jersey"] == "6"
    assert found.rows["nbac_gamebook_player_stats"][0]["player_status"] == "inactive"


def test_a_summary_of_version_3() -> None:
    """The same of version 3, where inactives stand with their team."""
    home = {"teamTricode": "BOS", "score": 101, "inactives": [{"personId": 9, "firstName": "C", "familyName": "D"}]}
    stated = scoreboard_game(homeTeam=home, officials=[{"personId": 1, "name": "A B", "jerseyNum": "6  "}])
    found = outcome(STATS, {"boxScoreSummary": stated})
    assert {name: len(rows) for name, rows in found.rows.items()} == {
        "nbac_schedule": 1, "nbac_referee_game_assignments": 1, "nbac_gamebook_player_stats": 1,
    }  # fmt: skip


def test_a_scoreboard_of_version_2_counts_a_repeated_game_once() -> None:
    """The same game for another broadcaster is an identical repeat."""
    header = {"GAME_ID": GAME, "GAME_DATE_EST": "2024-01-15T00:00:00", "GAME_STATUS_ID": 3, "GAME_STATUS_TEXT": "Final",
              "HOME_TEAM_ID": 1610612738, "VISITOR_TEAM_ID": 1610612752}  # fmt: skip
    lines = [{"GAME_ID": GAME, "TEAM_ID": t, "TEAM_ABBREVIATION": n, "PTS": p} for t, n, p in
             ((1610612738, "BOS", 101), (1610612752, "NYK", 99))]  # fmt: skip
    found = outcome(STATS, result_sets("scoreboardV2", GameHeader=[header, header], LineScore=lines))
    assert ([r["home_points"] for r in found.rows["nbac_schedule"]], found.discarded) == (
        [101],
        {"identical_repeat": 1},
    )


def test_lists_of_players() -> None:
    """A team only for who is on a roster; index and roster in their own tables."""
    listed = {
        "PERSON_ID": 1,
        "DISPLAY_FIRST_LAST": "A B",
        "ROSTERSTATUS": 0,
        "TEAM_ABBREVIATION": "BOS",
        "FROM_YEAR": "2020",
    }
    (row,) = outcome(STATS, result_sets("commonallplayers", P=[listed])).rows["nbac_player_list"]
    assert (row["team"], row["from_year"]) == (None, 2020)
    indexed = {
        "PERSON_ID": 1,
        "PLAYER_FIRST_NAME": "A",
        "PLAYER_LAST_NAME": "B",
        "TEAM_ABBREVIATION": "BOS",
        "ROSTER_STATUS": 1.0,
    }
    (row,) = outcome(STATS, result_sets("playerindex", P=[indexed])).rows["nbac_player_list"]
    assert (row["player_name"], row["team"]) == ("A B", "BOS")
    on_roster = {"TeamID": 1610612738, "PLAYER": "A B", "PLAYER_ID": 1, "BIRTH_DATE": "MAR 14, 1988", "WEIGHT": "185"}
    (row,) = outcome(STATS, result_sets("commonteamroster", CommonTeamRoster=[on_roster])).rows["nbac_team_rosters"]
    assert (row["team"], row["birth_date"], row["weight_pounds"]) == ("BOS", date(1988, 3, 14), 185)


def test_season_figures_stints_and_fantasy_lines() -> None:
    """Figures as the request asked for, stints in seconds, lines of the game that the request named."""
    team = {"TEAM_ID": 1610612738, "TEAM_NAME": "Boston Celtics", "GP": 82, "W": 61, "L": 21, "PTS": 118.2}
    (row,) = outcome(STATS, result_sets("leaguedashteamstats", {"Season": "2024-25"}, Teams=[team])).rows[
        "nbac_team_season_stats"
    ]
    assert (row["team"], row["season"], row["points"]) == ("BOS", 2024, 118.2)
    stint = {"GAME_ID": GAME, "TEAM_ID": 1610612738, "PERSON_ID": 1, "PLAYER_FIRST": "A", "PLAYER_LAST": "B",
             "IN_TIME_REAL": 0.0, "OUT_TIME_REAL": 4980.0}  # fmt: skip
    sets = result_sets("gamerotation", AwayTeam=[{**stint, "PERSON_ID": 2}], HomeTeam=[stint])
    row = outcome(STATS, sets).rows["nbac_rotations"][1]
    assert row["out_second"] == 498
    line = {
        n: v
        for n, v in log_row(FAN_DUEL_PTS=9.5, LOCATION="Home").items()
        if n not in ("GAME_ID", "GAME_DATE", "MATCHUP")
    }
    (row,) = outcome(STATS, result_sets("infographicfanduelplayer", {"gameId": GAME}, P=[line])).rows[
        "nbac_player_boxscores"
    ]
    assert (row["game_id"], row["is_home"]) == (GAME, True)


def test_matchups() -> None:
    """A row for each defender of each attacker."""
    defender = v3_player(personId=2, statistics={"matchupMinutes": "1:05", "playerPoints": 3})
    found = outcome(STATS, v3_game("Matchups", [{**v3_player(), "matchups": [defender]}], []))
    (row,) = found.rows["nbac_player_matchups"]
    assert (row["opponent_player_id"], row["matchup_seconds"], row["player_points"]) == (2, 65, 3)


def test_other_resources_are_refused_by_name() -> None:
    """An empty answer is an empty slate, any other an unknown kind; both name the resource."""
    empty = outcome(STATS, {"resource": "videoevents", "resultSets": {"Meta": {"videoUrls": []}, "playlist": []}})
    other = outcome(STATS, result_sets("franchisehistory", Teams=[{"TEAM_ID": 1}]))
    assert (empty.rule, other.rule) == ("empty_slate", "unknown_kind")
    assert "videoevents" in empty.reason
    assert "franchisehistory" in other.reason


@pytest.mark.parametrize(
    "document",
    [
        {"resource": "x", "resultSets": [{"name": "S", "headers": ["GAME_ID", "GAME_ID"], "rowSet": []}]},
        {"resource": "x", "resultSets": [{"name": "S", "headers": [*log_row()], "rowSet": [[1]]}]},
        {"game": {"gameId": "x", "actions": []}}, {"boxScoreSummary": {"homeTeam": None}},
        {"boxScoreTraditional": {"homeTeam": {}}}, {"scoreboard": {"games": [{"gameStatus": 1, "homeTeam": 1}]}},
    ],
)  # fmt: skip
def test_torn_documents_are_refused(document: Any) -> None:
    """A document of a known kind whose inside is torn gives a rule and no row."""
    found = outcome(STATS, document)
    assert found.rule
    assert not found.has_rows
