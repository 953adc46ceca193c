"""The player level waits for the team level's verdict; a failed team level blocks all later phases."""

import json
from pathlib import Path
from typing import Any

from tests.support.local import runs
from tests.support.local.runs import LAST, NEXT, Copy

Replayed = tuple[Path, dict[str, Any]]
ZONES = ("player_shot_zone_analysis", "team_defense_zone_analysis")


def test_the_player_level_is_requested_by_the_team_levels_verdict(replayed: Replayed) -> None:
    """The request for the player level is in the outbox of the team level's verdict, which needs both team tables."""
    home = replayed[0]
    run = f"{LAST}.postgame.1"
    verdict = runs.documents(home, "verdicts", f"{run}.team")[f"{run}.team"]
    assert [m["id"] for m in verdict["outbox"]] == [f"{run}.player.player_game_summary"]
    raw = runs.documents(home, "verdicts", f"{run}.raw")[f"{run}.raw"]
    assert {m["id"] for m in raw["outbox"]} == {
        f"{run}.team.{unit}" for unit in ("team_offense_game_summary", "team_defense_game_summary")
    }


def test_a_failed_team_level_blocks_all_later_phases(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """No box score adds up without its starters: the phase fails, later phases are blocked and state the reason."""
    data, home = copy(folder), copy(replayed[0])
    runs.change(data, "box_scores_*", f"SELECT * FROM file WHERE NOT (game_date = DATE '{NEXT}' AND is_starter)")
    report = runs.replay(data, NEXT, NEXT, home, "--no-train", ends=5)
    run = f"{NEXT}.postgame.1"
    verdicts = {k.removeprefix(f"{run}."): v for k, v in runs.documents(home, "verdicts", f"{run}.").items()}
    games = runs.rows(home, "SELECT game_id FROM nba_raw.nbac_schedule WHERE game_date = ?", NEXT)
    assert verdicts["raw"]["outcome"] == "degraded"
    assert all(game in verdicts["raw"]["reason"] for (game,) in games), "each is held back by name"
    assert verdicts["team"]["outcome"] == "failed"
    failed = verdicts["team"]["failed"]
    assert len(failed) == 1, "settled at once, by the first of the two units to fail: both are needed"
    assert set(failed) < {"team_offense_game_summary", "team_defense_game_summary"}
    assert "no_box_scores" in verdicts["team"]["reason"], "the reason has a type"
    blocked = {
        "player": "blocked: team is failed",
        "grading_gate": "blocked: player is failed",
        "caches": "blocked: player is failed",
        "grade": "blocked: grading_gate is failed",
        "track_record": "blocked: grade is failed",
    }
    assert {k: (v["outcome"], v["reason"]) for k, v in verdicts.items() if k in blocked} == {
        k: ("failed", reason) for k, reason in blocked.items()
    }
    assert {v["outcome"] for v in runs.documents(home, "verdicts", f"{NEXT}.pregame.1.").values()} == {"complete"}
    asked = runs.documents(home, "completions", f"{run}.")
    assert not [unit for unit in asked if unit.removeprefix(f"{run}.").split(".")[0] in blocked]
    for table in ("nba_analytics.player_game_summary", "nba_predictions.prediction_accuracy"):
        assert runs.rows(home, f"SELECT COUNT(*) FROM {table} WHERE game_date = ?", NEXT) == [(0,)]
    assert report["verdicts"]["found"] == report["verdicts"]["expected"]
    assert report["dead_letters"] == 0
    issued = sum(report["predictions_by_system"].values())
    assert issued == sum(report["outcomes"].values()) == report["outcomes"]["pending"] > 0, "none leaves the count"
    assert report["coverage"] == 0.0
    ((why, pending),) = report["pending_reasons"].items()
    assert pending == issued
    assert why.startswith("grading_blocked: team is failed: ")
    alerts = runs.documents(home, "alerts")
    assert any(NEXT.isoformat() in a["sentence"] for a in alerts.values())
    code, out, _ = runs.here("status", NEXT, "--home", home, "--json")
    told = json.loads(out)
    assert (code, told["outcomes"], told["pending_reasons"]) == (5, report["outcomes"], report["pending_reasons"])


def test_without_shot_data_the_zones_say_no_source(replayed: Replayed) -> None:
    """A history folder has no shots: both zone units end as `no_source`, no row is made up, the phase is complete."""
    home = replayed[0]
    for day in ("2024-11-14", "2024-11-15"):
        docs = runs.documents(home, "completions", f"{day}.postgame.1.caches.")
        ends = {unit.rpartition(".")[2]: (d["outcome"], d["found"], "shot" in d["reason"]) for unit, d in docs.items()}
        assert {u: ends[u] for u in ZONES} == dict.fromkeys(ZONES, ("no_source", 0, True))
        assert runs.documents(home, "verdicts", f"{day}.postgame.1.caches").popitem()[1]["outcome"] == "complete"
    for table in ZONES:
        assert runs.rows(home, f"SELECT COUNT(*) FROM nba_precompute.{table}") == [(0,)]
    sources = "SELECT DISTINCT zone_source, shot_zone_mismatch_score FROM nba_precompute.ml_feature_store_v2"
    assert runs.rows(home, sources) == [("no_source", None)]
