"""`tipoff demo`: the whole pipeline offline, and a second run changes nothing."""

import json
from pathlib import Path
from typing import Any

from shared.map.loader import pipeline_map
from tests.support.local import runs
from tests.support.local.runs import Copy, demonstrate
from tests.support.places import ROOT

Demo = tuple[Path, dict[str, Any]]


def test_the_second_run_changes_nothing(demo: Demo, copy: Copy) -> None:
    """The first run makes HTTP requests; the second makes none and prints the same, hashes included."""
    first = demo[1]
    assert first["requests"] > 100
    home = copy(demo[0])
    second = demonstrate(home)
    assert second["requests"] == 0
    assert second["hashes"] == first["hashes"]
    timed = {"seconds_total", "seconds_history", "seconds_training", "seconds_per_date", "requests", "home"}
    assert {k: v for k, v in second.items() if k not in timed} == {k: v for k, v in first.items() if k not in timed}
    for collection in ("verdicts", "completions", "manifests"):
        assert runs.documents(home, collection) == runs.documents(demo[0], collection)


def test_every_phase_of_every_generation_has_exactly_its_verdict(demo: Demo) -> None:
    """One verdict per phase of each generation opened, superseded ones included, and no other."""
    home = demo[0]
    wanted = {f"{m}.{phase}" for m, doc in runs.documents(home, "manifests").items() for phase in doc["phases"]}
    assert set(runs.documents(home, "verdicts")) == wanted
    tips = {m for m in runs.documents(home, "manifests") if ".pregame." in m}
    assert len(tips) > 1, "a live source is read at every tip minus the lead"
    kinds = {k: len(r.phases) for k, r in pipeline_map().runs.items()}
    assert len(wanted) == kinds["backfill"] + kinds["postgame"] + len(tips) * kinds["pregame"]


def test_it_shows_picks_that_are_all_graded(demo: Demo) -> None:
    """There are picks and grades, no pending outcome, no dead letter, and every phase is complete."""
    home, report = demo
    assert len(report["picks"]) > 10
    assert {p["outcome"] for p in report["picks"]} <= {"win", "loss", "push", "void"}
    assert {g["system_id"] for g in report["grades"]} == set(report["predictions_by_system"])
    assert {"moving_average", "similarity_balanced_v1", "catboost_v8", "ensemble_v1"} <= {
        g["system_id"] for g in report["grades"]
    }
    assert report["outcomes"]["pending"] == report["dead_letters"] == report["alerts"] == 0
    assert report["coverage"] == 1.0
    assert {p["outcome"] for p in report["path"]} == {"complete"}
    ungraded = """
        SELECT COUNT(*) FROM nba_predictions.player_prop_predictions p
        ANTI JOIN nba_predictions.prediction_accuracy a
          ON a.game_id = p.game_id AND a.player_id = p.player_id AND a.system_id = p.system_id
          AND a.prediction_generation = p.generation
        WHERE p.generation = (SELECT MAX(generation) FROM nba_predictions.player_prop_predictions)
    """
    assert runs.rows(home, ungraded) == [(0,)]


def test_the_readme_shows_a_pick_of_the_demo(demo: Demo) -> None:
    """Every figure in the README's row is that of the first pick shown by the demo."""
    home, report = demo
    pick = report["picks"][0]
    _, board, _ = runs.here("picks", report["day"], "--system", report["system"], "--home", home, "--json")
    listed = next(p for p in json.loads(board)["picks"] if p["player_name"] == pick["player_name"])
    row = next(
        x for x in (ROOT / "README.md").read_text("utf-8").splitlines() if x.startswith(f"| {pick['player_name']},")
    )
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        f"{pick['player_name']}, {pick['team']} {'v' if pick['is_home'] else '@'} {pick['opponent']}",
        f"{listed['side']} {listed['line']:g}",
        f"{listed['bookmaker']}, {listed['odds']:+d}",
        f"{listed['chance']:.1%}",
        f"{listed['market_chance']:.1%}",
        f"{listed['ev']:+.1%}",
        f"{pick['actual_points']:g}",
        pick["outcome"],
    ]


def test_the_sample_season_has_shots_and_so_has_zones(demo: Demo) -> None:
    """With shot data in the input the zone tables have rows and the features use them."""
    home = demo[0]
    for table in ("player_shot_zone_analysis", "team_defense_zone_analysis"):
        assert runs.rows(home, f"SELECT COUNT(*) > 20 FROM nba_precompute.{table}") == [(True,)]
    last = "(SELECT MAX(game_date) FROM nba_precompute.ml_feature_store_v2)"
    sql = f"SELECT COUNT(*) FILTER (WHERE zone_source = 'shot_data') * 2 > COUNT(*) FROM nba_precompute.ml_feature_store_v2 WHERE game_date = {last}"
    assert runs.rows(home, sql) == [(True,)]


def test_no_exhibition_game_enters(demo: Demo) -> None:
    """The sample's schedule has an All-Star game on its opening day: it is in no table."""
    for table in ("nba_raw.nbac_schedule", "nba_raw.nbac_gamebook_player_stats", "nba_analytics.player_game_summary"):
        assert runs.rows(demo[0], f"SELECT COUNT(*) FROM {table} WHERE game_id NOT LIKE '002%'") == [(0,)]
