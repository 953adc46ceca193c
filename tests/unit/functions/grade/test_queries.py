"""From tables to grades: players who played or not, the last status before the tip, the daily performance."""

from datetime import timedelta

import pytest

from functions.grade import core
from functions.phase3_to_grading import core as gate
from functions.predict import core as predict
from shared.map.loader import pipeline_map
from tests.support.data.slates import AS_OF, DAY, TIP, WITHOUT_LINE, features, inputs, played, work
from tests.support.data.unit_queries import ask, put, warehouse

PREDICTIONS = "nba_predictions.player_prop_predictions"
GAME = "0022300001"


def game(game_id=GAME, status="scheduled"):
    return {
        "game_id": game_id,
        "game_date": DAY,
        "season": 2023,
        "season_type": "Regular Season",
        "tip_utc": TIP,
        "tip_source": "schedule",
        "home_team": "BOS",
        "away_team": "NYK",
        "game_status": status,
        "known_at": TIP - timedelta(days=14),
        "known_at_source": "assumed",
        "source": "test",
    }


def tonight(player_id, **changes):
    known = TIP + timedelta(minutes=150)
    return played(game_id=GAME, game_date=DAY, player_id=player_id, known_at=known, **changes)


def report(player_id, status, minutes_before_tip):
    return {
        "game_date": DAY,
        "player_id": player_id,
        "player_name": "A Player",
        "player_lookup": "aplayer",
        "injury_status": status,
        "known_at": TIP - timedelta(minutes=minutes_before_tip),
        "known_at_source": "report",
        "source": "test",
    }


def whole_team(team, opponent):
    """A team row, which exists only for a complete box score."""
    counts = dict.fromkeys(("fgm", "fga", "fg3m", "fg3a", "ftm", "fta", "oreb", "dreb", "ast", "tov"), 10)
    return {
        "game_id": GAME,
        "game_date": DAY,
        "season": 2023,
        "season_type": "Regular Season",
        "team": team,
        "opponent": opponent,
        "is_home": team == "BOS",
        "points": 100,
        "won": team == "BOS",
        **counts,
        "team_seconds": 14400,
        "opponent_seconds": 14400,
        "overtimes": 0,
        "possessions_milli": 100000,
        "known_at": TIP + timedelta(minutes=150),
        "source": "test",
    }


@pytest.fixture
def tables():
    """Players 1 to 4 of a game that was played, 5 of one without a box score; 4 has no line."""
    tables = warehouse()
    slate = features({"line": 12.5}, {"line": 12.5}, {"line": 12.5}, WITHOUT_LINE, {"game_id": "0022300002"})
    rows = predict.compute("moving_average", work(), inputs(slate), None).rows
    put(tables, PREDICTIONS, rows.to_pylist(), unit="moving_average")
    put(tables, "nba_raw.nbac_schedule", [game(), game("0022300002")])
    dnp = {"is_dnp": True, "seconds_played": None, "points": None}
    put(tables, "nba_analytics.player_game_summary", [tonight(1), tonight(2, **dnp), tonight(4)])
    put(tables, "nba_analytics.team_offense_game_summary", [whole_team("BOS", "NYK"), whole_team("NYK", "BOS")])
    return tables


def grades(tables):
    inputs = {"predictions": ask(tables, "grade", "prediction_accuracy", "predictions")}
    return core.compute("grade", work(), inputs, None).rows


def test_each_prediction_gets_its_outcome(tables):
    """Played, DNP, not listed, no line, no box score: five predictions, five outcomes."""
    graded = {r["player_id"]: r for r in grades(tables).to_pylist()}
    assert [graded[p]["outcome"] for p in range(1, 6)] == ["win", "void", "void", "ungradeable", "pending"]
    assert (graded[1]["actual_points"], graded[4]["absolute_error"] is not None) == (20, True)
    assert [graded[p]["void_reason"] for p in (2, 3)] == ["dnp_unknown", "dnp_unknown"]


def test_the_last_status_before_the_tip_decides_the_void_reason(tables):
    """An earlier report and one after the tip do not count."""
    reports = [report(2, "questionable", 300), report(2, "out", 20), report(2, "available", -5)]
    put(tables, "nba_raw.nbac_injury_report", reports)
    graded = {r["player_id"]: r for r in grades(tables).to_pylist()}
    assert graded[2]["void_reason"] == "dnp_injury_confirmed"


def test_a_postponed_game_leaves_its_predictions_pending(tables):
    """Their reason is game_postponed, and they stay in the denominator."""
    put(tables, "nba_raw.nbac_schedule", [game("0022300002", "postponed")], generation=2)
    graded = {r["player_id"]: r for r in grades(tables).to_pylist()}
    assert (graded[5]["outcome"], graded[5]["pending_reason"]) == ("pending", "game_postponed")
    assert len(graded) == 5


def test_a_newer_generation_supersedes(tables):
    """Only the current generation is graded; each prediction once."""
    slate = features({"line": 30.5})
    rows = predict.compute("moving_average", work(generation=2), inputs(slate), None).rows
    put(tables, PREDICTIONS, rows.to_pylist(), generation=2, unit="moving_average")
    (row,) = grades(tables).to_pylist()
    assert (row["prediction_generation"], row["line"]) == (2, 30.5)


def test_the_daily_performance_adds_up(tables):
    """system_daily_performance counts every grade, and scores the market on the same rows."""
    put(tables, "nba_predictions.prediction_accuracy", grades(tables).to_pylist())
    (row,) = ask(tables, "grade", "system_daily_performance", "").to_pylist()
    parts = ("wins", "losses", "pushes", "voids", "pending", "ungradeable")
    assert [int(row[p]) for p in parts] == [1, 0, 0, 2, 1, 1]
    assert int(row["predictions"]) == 5
    assert row["line_mae"] == pytest.approx(7.5)
    assert row["mae_with_line"] == pytest.approx(abs(row["bias"]), abs=0.5)
    assert (row["hit_rate"], row["market_brier"]) == (1.0, pytest.approx(0.25))


def test_the_gate_counts_player_games_not_predictions(tables):
    """A second system changes no count; a DNP and a player whom a complete box score does not list have a result."""
    rows = predict.compute("moving_average", work(), inputs(features({}, {})), None).rows.to_pylist()
    others = [{**r, "system_id": "other"} for r in rows]
    before = ask(tables, "phase3_to_grading", "grading_readiness", "coverage").to_pylist()
    put(tables, PREDICTIONS, others, unit="other")
    after = ask(tables, "phase3_to_grading", "grading_readiness", "coverage").to_pylist()
    assert before == after
    assert after[0] == {
        "without": "NYK at BOS (0022300002)",
        "scheduled": 2,
        "called_off": 0,
        "games_with_box_scores": 1,
        "issued": 5,
        "predicted": 5,
        "predicted_with_line": 4,
        "actual": 4,
        "actual_with_line": 3,
    }
    decision = gate.compute(
        "decide",
        work(settings=pipeline_map().coverage),
        {"coverage": ask(tables, "phase3_to_grading", "grading_readiness", "coverage")},
        None,
    )
    assert (decision.outcome, "NYK at BOS" in decision.reason) == ("partial", True)


def test_known_at_of_a_grade_is_the_runs_as_of(tables):
    """It is the as_of of the run that made the grade."""
    assert set(grades(tables).column("known_at").to_pylist()) == {AS_OF}


def test_half_a_box_score_leaves_its_players_pending(tables):
    """With one team's row missing an unlisted player is not void: the whole game is pending."""
    put(tables, "nba_analytics.team_offense_game_summary", [whole_team("BOS", "NYK")], generation=2)
    graded = {r["player_id"]: r["outcome"] for r in grades(tables).to_pylist()}
    assert set(graded.values()) == {"pending"}
    counts = ask(tables, "phase3_to_grading", "grading_readiness", "coverage").to_pylist()[0]
    assert (int(counts["games_with_box_scores"]), int(counts["actual"])) == (0, 3)
