"""The feature queries on a tiny league: what they compute, and that nothing known later changes anything."""

from datetime import timedelta
from statistics import mean, stdev
from typing import Any

import pytest

from functions.precompute.core import judge, ready
from shared.adapters.local.warehouse import DuckTables
from shared.contracts.features import ALL_FEATURES, CATBOOST_V8_FEATURES, FEATURES
from shared.contracts.rows import table
from tests.support.data.feature_chain import GAMES, SLATE, answer, missing_caches, run
from tests.support.data.tiny_league import (
    AS_OF,
    FIRST,
    SECOND,
    SLATE_DAY,
    box_rows,
    features_of,
    game_line_row,
    game_row,
    injury_row,
    line_row,
    make_league,
    put,
    slate,
)


@pytest.fixture(name="league")
def fresh_league() -> DuckTables:
    """Raw tables and game summaries of the league, with lines, a spread and an injury for the slate."""
    return make_league()


@pytest.fixture(scope="module", name="quiet")
def shared_league() -> tuple[DuckTables, dict[str, list[dict[str, Any]]]]:
    """One league with its slate's rows, for tests that change nothing."""
    tables = make_league()
    return tables, slate(tables)


def history_of(tables: DuckTables, player_id: int) -> list[dict[str, Any]]:
    sql = "SELECT * FROM nba_analytics.player_game_summary WHERE player_id = $id AND NOT is_dnp ORDER BY game_date"
    return tables.read(sql, {"id": player_id}).to_pylist()


def test_form_is_what_python_counts(quiet):
    """Averages, spread, rest and shares equal those re-derived in plain Python from the same games."""
    league, rows = quiet
    row, past = features_of(rows, 0), history_of(league, 0)
    points = [r["points"] for r in past]
    assert row["points_avg_last_5"] == mean(points[-5:])
    assert row["points_avg_last_10"] == mean(points[-10:])
    assert row["points_avg_season"] == pytest.approx(mean(points))
    assert row["points_std_last_10"] == pytest.approx(stdev(points[-10:]))
    assert row["minutes_avg_last_10"] == 48
    week = [r for r in past if 1 <= (SLATE_DAY - r["game_date"]).days <= 7]
    assert (row["games_in_last_7_days"], row["minutes_load_last_7d"]) == (len(week), 48 * len(week))
    assert row["pct_three"] == pytest.approx(sum(3 * r["fg3m"] for r in past[-20:]) / sum(points[-20:]))
    against = [r["points"] for r in past if r["opponent"] == "NYK"]
    assert (row["games_vs_opponent"], row["avg_points_vs_opponent"]) == (len(against), pytest.approx(mean(against)))


def test_usage_is_the_published_formula(quiet):
    """Usage equals Basketball-Reference's formula, and the five who play all game share 100 %."""
    league, _ = quiet
    sql = "SELECT game_id, team, SUM(usage_rate) AS total, COUNT(usage_rate) AS players FROM nba_analytics.player_game_summary GROUP BY ALL"
    teams = league.read(sql).to_pylist()
    assert {r["players"] for r in teams} == {5}
    assert [r["total"] for r in teams] == pytest.approx([100] * len(teams))


def test_usage_below_three_minutes_is_not_said(league):
    """Two minutes on the floor and a DNP have no usage rate; the rows stay."""
    cameo = {"seconds_played": 120, "points": 5}
    raw = league.read(
        "SELECT * EXCLUDE (run_id, generation) FROM nba_raw.nbac_gamebook_player_stats WHERE player_id = 5"
    )
    first = raw.to_pylist()[0]
    zero = dict.fromkeys(("fg3m", "fg3a", "oreb", "dreb", "ast", "stl", "blk", "tov", "pf"), 0)
    shots = {"fgm": 2, "fga": 4, "ftm": 1, "fta": 2}
    put(league, "nba_raw.nbac_gamebook_player_stats", [{**first, **zero, **shots, **cameo, "player_status": "played"}])
    run(league, GAMES, FIRST, SLATE_DAY)
    rows = league.read(
        "SELECT usage_rate, is_dnp, points FROM nba_analytics.player_game_summary WHERE player_id = 5"
    ).to_pylist()
    assert {r["usage_rate"] for r in rows} == {None}
    assert sorted((r["is_dnp"], r["points"]) for r in rows if not r["is_dnp"]) == [(False, 5)]


def test_a_team_without_one_of_its_players_is_refused(league):
    """When a box score lacks a player, neither team of the game gets a row: half a sum is no sum."""
    raw = league.read("SELECT * EXCLUDE (run_id, generation) FROM nba_raw.nbac_gamebook_player_stats")
    rows = [r for r in raw.to_pylist() if (r["game_id"], r["player_id"]) != ("0022300000", 0)]
    tables = DuckTables(None)
    put(tables, "nba_raw.nbac_gamebook_player_stats", rows)
    refused = run(tables, GAMES[:2], FIRST, SLATE_DAY)
    assert sum(refused.values()) == 4
    assert (
        "0022300000"
        not in tables.read("SELECT game_id FROM nba_analytics.team_offense_game_summary")["game_id"].to_pylist()
    )


def test_lines_are_the_last_known_most_balanced_by_preference(quiet):
    """DraftKings comes first though FanDuel moved later; consensus and opening are medians over the books."""
    _, rows = quiet
    row = next(r for r in rows["upcoming_player_game_context"] if r["player_id"] == 0)
    assert (row["bookmaker"], row["line"], row["under_price"]) == ("draftkings", 22.5, -120)
    assert (row["consensus_line"], row["opening_line"], row["line_books"]) == (22.0, 21.5, 2)


def test_a_player_known_only_by_his_line_is_in_the_slate(quiet):
    """A line alone makes a player a candidate, for the team it names; without form he has no features, and counts so."""
    _, rows = quiet
    row = features_of(rows, 777)
    assert (row["team"], row["line"], row["has_line"], row["is_expected"]) == ("NYK", 9.5, True, False)
    assert (row["points_avg_last_5"], row["fatigue_score"], row["cache_source"]) == (None, None, "none")
    assert row["feature_quality_score"] <= 49


def test_injuries_and_the_game_line(quiet):
    """The latest status counts, spread and total are medians, and an absent star is counted for his team-mates."""
    _, rows = quiet
    status = {r["player_id"]: r["injury_status"] for r in rows["upcoming_player_game_context"]}
    assert (status[1], status[2], status[3]) == ("out", "probable", "not_listed")
    home = next(r for r in rows["upcoming_team_game_context"] if r["team"] == "BOS")
    assert (home["home_spread"], home["game_total"], home["implied_team_total"]) == (-5.0, 221.0, 113.0)
    factors = {r["player_id"]: r for r in rows["player_composite_factors"]}
    average = next(r for r in rows["player_daily_cache"] if r["player_id"] == 1)["points_avg_season"]
    assert factors[0]["points_out"] == pytest.approx(average, abs=0.001)
    assert (factors[1]["points_out"], factors[100]["points_out"]) == (0, 0)


def test_rest_and_rates(quiet):
    """Days of rest, games in seven days, win share and rates are the season's so far."""
    league, rows = quiet
    row = next(r for r in rows["upcoming_team_game_context"] if r["team"] == "BOS")
    sql = "SELECT o.*, d.points_allowed FROM nba_analytics.team_offense_game_summary o JOIN nba_analytics.team_defense_game_summary d ON d.game_id = o.game_id AND d.defending_team = o.team WHERE o.team = 'BOS'"
    past = league.read(sql).to_pylist()
    assert (row["days_rest"], row["is_back_to_back"], row["team_games"]) == (4, False, 14)
    assert row["games_last_7_days"] == sum(1 <= (SLATE_DAY - r["game_date"]).days <= 7 for r in past)
    assert row["team_win_pct"] == pytest.approx(mean(r["won"] for r in past))
    possessions = sum(r["possessions_milli"] for r in past) / 1000
    assert row["team_off_rating"] == pytest.approx(100 * sum(r["points"] for r in past) / possessions)
    assert row["team_def_rating"] == pytest.approx(100 * sum(r["points_allowed"] for r in past) / possessions)
    assert row["team_pace"] == pytest.approx(possessions / len(past))


def test_a_late_box_score_hides_no_back_to_back(league):
    """Rest is by the schedule: a game of yesterday counts though nobody has its box score; a called-off one does not."""
    yesterday = game_row(899, SLATE_DAY - timedelta(days=1), "BOS", "DEN")
    for status, days, is_back_to_back in (("scheduled", 1, True), ("postponed", 4, False)):
        put(league, "nba_raw.nbac_schedule", [{**yesterday, "game_status": status}])
        row = next(r for r in slate(league)["upcoming_team_game_context"] if r["team"] == "BOS")
        assert (row["days_rest"], row["is_back_to_back"]) == (days, is_back_to_back)


def test_a_game_that_was_not_scheduled_yet_is_no_rest(league):
    """An earlier game that entered the schedule after the prediction time is not known then."""
    added = game_row(899, SLATE_DAY - timedelta(days=1), "BOS", "DEN", known_at=AS_OF + SECOND)
    put(league, "nba_raw.nbac_schedule", [added])
    row = next(r for r in slate(league)["upcoming_team_game_context"] if r["team"] == "BOS")
    assert row["days_rest"] == 4


def test_more_than_a_week_of_rest_is_a_week(league):
    """Opening night after a summer: rest of team and player is the map's seven days, as after a week."""
    gone = f"DELETE FROM nba_raw.nbac_schedule WHERE game_date BETWEEN DATE '{FIRST}' AND DATE '{SLATE_DAY - timedelta(days=1)}'"
    league.read(gone)
    for name in GAMES:
        league.read(f"UPDATE nba_analytics.{name} SET game_date = game_date - 200")
    rows = slate(league)
    assert {r["days_rest"] for r in rows["upcoming_team_game_context"]} == {7}
    assert (features_of(rows, 0)["days_rest"], features_of(rows, 0)["rest_advantage"]) == (7.0, 0.0)


def test_pace_is_half_the_difference_of_the_teams(quiet):
    """The original's formula: the opponent's pace less the own, halved once, at most 3 either way."""
    _, rows = quiet
    pace = {r["team"]: r["team_pace"] for r in rows["upcoming_team_game_context"]}
    score = {r["player_id"]: r["pace_score"] for r in rows["player_composite_factors"]}
    assert score[0] == pytest.approx((pace["NYK"] - pace["BOS"]) / 2)
    assert score[100] == pytest.approx((pace["BOS"] - pace["NYK"]) / 2)
    assert 0.0 < abs(score[0]) < 3.0


def test_a_total_is_not_set_against_the_spread_of_another_moment(league):
    """The points that a team is expected to score come from rows with both; a newer total alone changes the total."""
    alone = {**game_line_row(0.0, 240.0, AS_OF), "home_spread": None}
    put(league, "nba_raw.odds_api_game_lines", [alone])
    sides = {r["team"]: r for r in slate(league)["upcoming_team_game_context"] if r["game_id"] == "0022300900"}
    assert (sides["BOS"]["game_total"], sides["BOS"]["home_spread"]) == (223.0, -5.0)
    assert (sides["BOS"]["implied_team_total"], sides["NYK"]["implied_team_total"]) == (113.0, 108.0)


def test_a_traded_player_stands_on_one_team(league):
    """Both his teams play on the date: the newer claim places him, unless it was made after the game's time."""
    for known_at, game in ((AS_OF, "0022300901"), (AS_OF + SECOND, "0022300900")):
        listed = {
            "list_date": SLATE_DAY, "player_id": 0, "player_name": "BOS 0", "player_lookup": "bos0", "team": "DEN",
            "known_at": known_at, "known_at_source": "timestamp", "source": "test",
        }  # fmt: skip
        league.read("DELETE FROM nba_raw.odds_api_player_points_props")
        put(league, "nba_raw.nbac_player_list", [listed])
        found = [r["game_id"] for r in slate(league)["upcoming_player_game_context"] if r["player_id"] == 0]
        assert game in found
        assert found == [game] or known_at > AS_OF


def test_a_game_of_the_same_date_moves_nobody(league):
    """A run that predicts a date has no box score of it: neither has a backfill, though it was known in time."""
    (early,) = (g for g in [game_row(902, SLATE_DAY, "LAL", "DEN", tip_utc=AS_OF - timedelta(hours=9))])
    box = {**next(box_rows(early, 1)), "player_id": 3, "player_name": "BOS 3", "player_lookup": "bos3"}
    summary = {c: box.get(c) for c in ("game_id", "game_date", "season", "season_type", "team", "opponent", "is_home")}
    summary |= {
        "player_id": 3,
        "player_name": "BOS 3",
        "player_lookup": "bos3",
        "is_dnp": True,
        "known_at": AS_OF - SECOND,
    }
    put(league, "nba_analytics.player_game_summary", [{**summary, "source": "test"}])
    found = [r["team"] for r in slate(league)["upcoming_player_game_context"] if r["player_id"] == 3]
    assert found == ["BOS"]


def test_zones_add_up_and_face_the_defence(quiet):
    """With shot locations the four shares add up to one, mismatch and zone source say so."""
    _, rows = quiet
    assert rows["player_shot_zone_analysis"]
    assert len(rows["team_defense_zone_analysis"]) == 4
    row = rows["ml_feature_store_v2"][0]
    assert (row["zone_source"], row["shot_zone_mismatch_score"] is None) == ("shot_data", False)


def test_without_shot_locations_there_are_no_zones(league):
    """A feed without points in the paint gives zero zone rows and NULL features, not zeros."""
    for name in ("nba_analytics.player_game_summary", "nba_analytics.team_defense_game_summary"):
        column = "points_in_paint" if "player" in name else "opp_points_in_paint"
        rows = league.read(f"SELECT * EXCLUDE (run_id, generation) REPLACE (NULL AS {column}) FROM {name}").to_pylist()
        put(league, name, rows)
    rows = slate(league)
    assert (rows["player_shot_zone_analysis"], rows["team_defense_zone_analysis"]) == ([], [])
    assert {(r["zone_source"], r["pct_paint"]) for r in rows["ml_feature_store_v2"]} == {("no_source", None)}


# The original system's `quality_scorer.py`: weights by source, caps by missing required features, tiers by score.
WEIGHTS = {"phase4": 100, "phase3": 87, "none": 87, "calculated": 100, "market": 100}
DEFAULT = 40
CAPS = ((5, 49), (1, 69))
TIERS = ((95, "gold"), (85, "silver"), (70, "bronze"), (0, "poor"))


def score_quality(row: dict[str, Any]) -> tuple[float, str, int]:
    """Score, tier and missing required features: the mean weight of the features that count, capped.

    A missing optional feature does not count, a missing required one counts as a default.
    """
    weights, defaults = [], 0
    for feature in (FEATURES[name] for name in CATBOOST_V8_FEATURES):
        if row[feature.name] is not None:
            weights.append(WEIGHTS[row["cache_source"] if feature.origin == "cache" else feature.origin])
        elif feature.required:
            weights.append(DEFAULT)
            defaults += 1
    cap = next((limit for count, limit in CAPS if defaults >= count), 100)
    score = min(cap, sum(weights) / len(weights))
    return score, next(name for floor, name in TIERS if score >= floor), defaults


def test_the_quality_score_is_the_originals(quiet):
    """The query agrees with the rule in plain Python on score, tier and defaults for every row of the slate."""
    _, rows = quiet
    for row in rows["ml_feature_store_v2"]:
        scored = (row["feature_quality_score"], row["quality_tier"], row["default_feature_count"])
        assert scored == score_quality(row)


def test_the_quality_score_counts_the_originals_features():
    """Of the 33, 11 required ones come from the cache and 15 others are required; each weighs the same."""
    counted = [f for f in FEATURES.values() if f.weight]
    assert tuple(f.name for f in counted) == CATBOOST_V8_FEATURES
    assert {f.weight for f in counted} == {1}
    required = [f.origin == "cache" for f in counted if f.required]
    assert (sum(required), len(required)) == (11, 26)


def test_the_store_has_every_named_feature():
    """Every feature of the contract is a column of the feature store."""
    store = table("nba_precompute.ml_feature_store_v2")
    assert [f for f in ALL_FEATURES if store.column(f) is None] == []
    assert len(CATBOOST_V8_FEATURES) == 33


def test_postponed_games_are_not_in_the_slate(league):
    """A postponed game has neither contexts nor caches."""
    put(league, "nba_raw.nbac_schedule", [game_row(900, SLATE_DAY, "BOS", "NYK", game_status="postponed")])
    rows = slate(league)
    assert {r["team"] for r in rows["upcoming_team_game_context"]} == {"LAL", "DEN"}
    assert {r["team"] for r in rows["player_daily_cache"]} == {"LAL", "DEN"}


def test_where_everybody_was_foreseen_nothing_is_missing(league):
    """Then the top-up would give no row, and is not asked for one."""
    slate(league)
    found = answer(league, "player_daily_cache_top_up", SLATE_DAY, SLATE_DAY).num_rows
    assert missing_caches(league, SLATE_DAY) == found == 0


def test_no_cache_where_some_are_missing_is_a_failure():
    """Nobody missing is a stated fact before the query; missing and none made, say refused, is never silence."""
    unit = "player_daily_cache_top_up"
    early = ready(unit, {"missing": 0})
    assert early is not None
    assert (early.outcome, early.reason) == ("empty", "nothing_missing")
    assert ready(unit, {"missing": 2}) is None
    assert judge(unit, {"missing": 2}, 1).outcome == "ok"
    assert judge(unit, {"missing": 2}, 0).outcome == "failed"


def test_the_top_up_finds_whom_the_morning_missed(league):
    """A player without a cache row gets the same form from the top-up, weighted 87; a repeat gives the same row."""
    before = features_of(slate(league), 0)
    context = "nba_analytics.upcoming_player_game_context"
    league.read(f"INSERT INTO {context} SELECT * REPLACE (999 AS player_id) FROM {context} LIMIT 1")  # a rookie
    league.read("DELETE FROM nba_precompute.player_daily_cache WHERE player_id = 0")
    assert answer(league, "player_daily_cache_top_up", SLATE_DAY, SLATE_DAY)["player_id"].to_pylist() == [0]
    assert missing_caches(league, SLATE_DAY) == 1
    league.read(f"DELETE FROM {context} WHERE player_id = 999")
    run(league, SLATE[5:], SLATE_DAY, SLATE_DAY)
    assert answer(league, "player_daily_cache_top_up", SLATE_DAY, SLATE_DAY).num_rows == 1
    row = next(
        r for r in answer(league, "ml_feature_store_v2", SLATE_DAY, SLATE_DAY).to_pylist() if r["player_id"] == 0
    )
    assert (row["points_avg_last_10"], row["cache_source"]) == (before["points_avg_last_10"], "phase3")
    assert row["feature_quality_score"] < before["feature_quality_score"]


def test_a_trade_takes_a_player_along(league):
    """A player list known by the prediction time moves a player to his new team; one known later does not."""
    listed = {
        "list_date": SLATE_DAY, "player_id": 0, "player_name": "BOS 0", "player_lookup": "bos0", "team": "NYK",
        "known_at": AS_OF + SECOND, "known_at_source": "timestamp", "source": "test",
    }  # fmt: skip
    sql = "DELETE FROM nba_raw.odds_api_player_points_props"
    league.read(sql)
    put(league, "nba_raw.nbac_player_list", [listed])
    assert features_of(slate(league), 0)["team"] == "BOS"
    put(league, "nba_raw.nbac_player_list", [{**listed, "known_at": AS_OF}])
    assert features_of(slate(league), 0)["team"] == "NYK"


def test_whom_books_quote_in_one_game_is_in_no_other(league):
    """A list that lags a trade keeps him out of his old team's game, from the moment of the quote on."""
    quote = line_row(0, 20.5, AS_OF, game_id="0022300901", team=None)

    def games_of_him(**changes: Any) -> list[tuple[str, str]]:
        league.read("DELETE FROM nba_raw.odds_api_player_points_props")
        put(league, "nba_raw.odds_api_player_points_props", [{**quote, **changes}])
        found = slate(league)["upcoming_player_game_context"]
        return [(r["game_id"], r["team"]) for r in found if r["player_id"] == 0]

    assert games_of_him(known_at=AS_OF + SECOND) == [("0022300900", "BOS")]
    assert games_of_him() == []
    assert games_of_him(team="DEN") == [("0022300901", "DEN")]


@pytest.mark.parametrize(("status", "is_there"), [("available", True), ("questionable", True), ("out", False)])
def test_whom_the_injury_report_brings_back_is_in_the_slate(league, status, is_there):
    """Absent for longer than a listing lasts, he is a candidate once reported as likely to play, not while out."""
    put(league, "nba_raw.nbac_injury_report", [injury_row(888, status, AS_OF)])
    found = [r for r in slate(league)["upcoming_player_game_context"] if r["player_id"] == 888]
    assert [(r["team"], r["source"], r["injury_status"]) for r in found] == [
        ("BOS", "injury_report", status)
    ] * is_there


def test_a_return_reported_after_the_prediction_time_brings_nobody(league):
    """A report one second too late is not read."""
    put(league, "nba_raw.nbac_injury_report", [injury_row(888, "available", AS_OF + SECOND)])
    assert 888 not in {r["player_id"] for r in slate(league)["upcoming_player_game_context"]}


def test_the_injury_report_moves_nobody_who_was_listed_elsewhere(league):
    """A man of another team's box score of the last days stays there, whatever team a report names."""
    put(league, "nba_raw.nbac_injury_report", [injury_row(200, "available", AS_OF)])
    found = [r for r in slate(league)["upcoming_player_game_context"] if r["player_id"] == 200]
    assert [(r["team"], r["game_id"]) for r in found] == [("LAL", "0022300901")]


@pytest.mark.parametrize(("minutes_after", "stamp", "status"), [
    (31, "timestamp", "not_listed"), (30, "timestamp", "out"), (-60, "timestamp", "out"), (31, "assumed", "out"),
])  # fmt: skip
def test_an_offer_well_after_the_word_that_he_is_out_overtakes_it(league, minutes_after, stamp, status):
    """A book does not offer points on a man who is out; an offer without a time of its own says nothing about that."""
    said_at = AS_OF - timedelta(hours=2)
    put(league, "nba_raw.nbac_injury_report", [injury_row(3, "out", said_at)])
    offer = line_row(3, 9.5, said_at + timedelta(minutes=minutes_after), known_at_source=stamp)
    put(league, "nba_raw.odds_api_player_points_props", [offer])
    found = next(r for r in slate(league)["upcoming_player_game_context"] if r["player_id"] == 3)
    assert (found["has_line"], found["injury_status"]) == (True, status)
