"""Repairs repair: what reads a change follows over runs and dates, a healthy date stays as it is, nothing else is done."""

import json
from datetime import date
from pathlib import Path
from shutil import copytree
from typing import Any

from shared.adapters.local.files import HomeFiles
from shared.adapters.local.queue import SqliteQueue
from shared.clock import SystemClock
from shared.contracts.events import RunRequested, message
from shared.map.loader import pipeline_map
from tests.support.local import runs
from tests.support.local.runs import FIRST, LAST, NEXT, Copy

Replayed = tuple[Path, dict[str, Any]]
CONTENT = {
    "nba_predictions.player_prop_predictions": "run_id, generation, predicted_at, upstream_outcome",
    "nba_predictions.prediction_accuracy": "run_id, generation, prediction_generation, graded_at, known_at",
}


GAME_OF_TEAMS_THAT_PLAY_AGAIN = """
    SELECT MIN(a.game_id) FROM nba_raw.nbac_schedule a JOIN nba_raw.nbac_schedule b
    ON a.home_team IN (b.home_team, b.away_team) WHERE a.game_date = ? AND b.game_date = ?
"""


def content(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that stand of predictions and grades, without what names their generation and their making."""
    scope = {"nba_predictions.player_prop_predictions": "game_date, system_id"}
    return {
        name: runs.rows(
            home,
            f"SELECT * EXCLUDE ({left_out}) FROM {name} QUALIFY generation = MAX(generation)"
            f" OVER (PARTITION BY {scope.get(name, 'game_date')}) ORDER BY game_id, player_id, system_id",
        )
        for name, left_out in CONTENT.items()
    }


def rerun(home: Path, *arguments: object, ends: int = 0) -> dict[str, Any]:
    """`tipoff rerun --json`, done without asking."""
    code, out, err = runs.here("rerun", *arguments, "--home", home, "--yes", "--json")
    assert code == ends, err
    told: dict[str, Any] = json.loads(out)
    return told


def redone(told: dict[str, Any]) -> dict[str, set[str]]:
    """The cells that were done again, by run."""
    return {
        run["run_id"].rpartition(".")[0]: {c["name"] for c in run["changes"] if c["result"] != "carried"}
        for run in told["done"]
    }


def test_a_healthy_date_stays_as_it_is(replayed: Replayed, copy: Copy) -> None:
    """Done again as a whole, or from one phase on: equal content, and a sentence that says so."""
    home = copy(replayed[0])
    before = content(home)
    units = sum(
        len(phase.units) for kind in ("pregame", "postgame") for phase in pipeline_map().runs[kind].phases.values()
    )
    code, out, err = runs.here("rerun", LAST, "--home", home, "--yes")
    assert code == 0, err
    assert f"nothing changed: {units} units done again, all with the same hash" in " ".join(out.split())
    assert content(home) == before
    told = rerun(home, LAST, "--phase", "ensemble")
    assert (told["is_unchanged"], told["stopped"]) == (True, "")
    assert redone(told) == {
        f"{LAST}.pregame": {"ensemble.ensemble_v1", "ensemble.ensemble_v1_1"},
        f"{LAST}.postgame": {"grade.prediction_accuracy"},
    }, "grades name the generation of their predictions"
    assert content(home) == before
    assert redone(rerun(home, "--from", FIRST, "--to", LAST, "--only", "failed")) == {}
    report = json.loads(runs.here("status", LAST, "--home", home, "--json")[1])
    assert report["outcomes"]["pending"] == 0


def test_a_repaired_model_leads_to_graded_predictions_in_one_command(
    folder: Path, replayed: Replayed, copy: Copy, tmp_path: Path
) -> None:
    """Its system, the ensembles and all grades end as if the model had never been damaged, also from --kind pregame."""
    home, calm = copy(replayed[0]), copytree(replayed[0], tmp_path / "calm")
    runs.replay(folder, NEXT, NEXT, calm, "--no-train")
    (model,) = {p for p in (home / "models" / "champion").glob("*.cbm") if p.stem == current(home, "champion")}
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2])
    runs.replay(folder, NEXT, NEXT, home, "--no-train")
    assert len(content(home)["nba_predictions.player_prop_predictions"]) < len(
        content(calm)["nba_predictions.player_prop_predictions"]
    )
    model.write_bytes(whole)
    told = rerun(home, NEXT, "--only", "failed", "--kind", "pregame")
    assert "predict.champion" in redone(told)[f"{NEXT}.pregame"]
    assert "predict.moving_average" not in redone(told)[f"{NEXT}.pregame"]
    assert content(home) == content(calm)
    report = json.loads(runs.here("status", NEXT, "--home", home, "--json")[1])
    assert sum(report["outcomes"].values()) == sum(
        1 for row in runs.rows(calm, f"SELECT 1 FROM {next(iter(CONTENT))} WHERE game_date = ?", NEXT)
    )
    assert report["pending_reasons"] == {}
    assert redone(rerun(home, NEXT, "--only", "failed")) == {}


def current(home: Path, system: str) -> str:
    """The hash of the model in use."""
    pointer = json.loads((home / "models" / system / "current.json").read_text("utf-8"))
    return str(pointer["hash"])


def test_several_dates_end_as_if_nothing_had_been_missing(
    folder: Path, replayed: Replayed, copy: Copy, tmp_path: Path
) -> None:
    """A game that one date's results lacked changes the next date's predictions too, and no earlier date's."""
    bad, home, calm = copy(folder), copy(replayed[0]), copytree(replayed[0], tmp_path / "calm")
    runs.replay(folder, NEXT, NEXT, calm, "--no-train")
    ((game,),) = runs.rows(calm, GAME_OF_TEAMS_THAT_PLAY_AGAIN, FIRST, NEXT)
    runs.change(bad, "box_scores_*", f"SELECT * FROM file WHERE game_id != '{game}'")
    rerun(home, FIRST, "--kind", "postgame", "--phase", "scrape", "--data", bad)
    runs.replay(folder, NEXT, NEXT, home, "--no-train")
    assert predictions_of(home, NEXT) != predictions_of(calm, NEXT)
    told = rerun(home, "--from", FIRST, "--to", NEXT, "--kind", "postgame", "--phase", "scrape")
    assert content(home) == content(calm)
    done = redone(told)
    assert f"{FIRST}.pregame" not in done, "nothing that it reads has changed"
    assert f"{NEXT}.pregame" in done
    assert list(done) == sorted(done, key=lambda r: (r[:10], r.endswith("postgame"))), "each run after what it reads"


def predictions_of(home: Path, day: date) -> list[tuple[Any, ...]]:
    """A date's predictions that stand."""
    return [row for row in content(home)["nba_predictions.player_prop_predictions"] if day in row]


def test_it_stops_where_a_run_fails_and_says_how_to_carry_on(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """Exit code 5, what is done, and the command for the rest."""
    bad, home = copy(folder), copy(replayed[0])
    runs.change(bad, "box_scores_*", f"SELECT * FROM file WHERE NOT (game_date = DATE '{FIRST}' AND is_starter)")
    told = rerun(home, "--from", FIRST, "--to", LAST, "--kind", "postgame", "--phase", "scrape", "--data", bad, ends=5)
    assert [r["run_id"] for r in told["done"]] == [f"{FIRST}.postgame.2"]
    assert f"{FIRST}.postgame is failed: team: " in told["stopped"]
    assert f"Done: {FIRST}.pregame. " in told["stopped"]
    wanted = f"tipoff rerun --from {FIRST} --to {LAST} --kind postgame --phase scrape --home"
    assert wanted in told["stopped"]
    rerun(home, "--from", FIRST, "--to", LAST, "--kind", "postgame", "--phase", "scrape")
    outcomes = json.loads(runs.here("status", FIRST, "--home", home, "--json")[1])["outcomes"]
    assert (sum(outcomes.values()) > 0, outcomes["pending"]) == (True, 0)


def test_what_others_asked_for_stays_queued(replayed: Replayed, copy: Copy) -> None:
    """A repair delivers its own messages only."""
    home = copy(replayed[0])
    queue = SqliteQueue(HomeFiles(home).queue, SystemClock(), pipeline_map().engine)
    for number, kind in enumerate(("pregame", "postgame")):
        asked = RunRequested(request_id=f"{FIRST}.{kind}@operator-{number}", kind=kind, from_date=FIRST, to_date=FIRST)
        queue.publish([message("nba-run-trigger", asked)])
    rerun(home, FIRST, "--kind", "postgame", "--phase", "track_record")
    assert queue.counts()["queued"] == 2
    runs_now = runs.documents(home, "runs", f"{FIRST}.")
    assert {i: d["generation"] for i, d in runs_now.items()} == {f"{FIRST}.pregame": 1, f"{FIRST}.postgame": 2}
    queue.close()
