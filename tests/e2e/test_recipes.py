"""The recipes of CONTRIBUTING.md for a system and for a source, followed to the letter in a copy of the tree."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import recipes
from tests.support.local import runs
from tests.support.local.runs import NEXT, Copy
from tipoff.sample.league import League

SYSTEM, FEED = "last_five", "projected_starters"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the tree in which a recipe may be followed."""
    return recipes.copy_tree(tmp_path / "tree")


def test_a_new_system_predicts_and_is_graded(
    tree: Path, folder: Path, replayed: tuple[Path, dict[str, Any]], copy: Copy
) -> None:
    """Four files: then a replayed date has the system's predictions, all of them graded, and nothing fails."""
    assert recipes.follow("Add a system", tree) == [
        "docs/cost.md",
        "docs/pipeline.md",
        f"functions/predict/systems/{SYSTEM}.py",
        "shared/pipeline.yaml",
    ]
    home = copy(replayed[0])
    window = ("--data", folder, "--from", NEXT, "--to", NEXT, "--home", home, "--no-train")
    recipes.run(tree, *runs.TIPOFF, "replay", *window)
    sql = """
        SELECT g.outcome, COUNT(*) FROM nba_predictions.player_prop_predictions p
        JOIN nba_predictions.prediction_accuracy g USING (game_id, player_id, system_id)
        WHERE p.system_id = ? AND p.game_date = ? AND g.brier IS NOT NULL = g.outcome IN ('win', 'loss')
        GROUP BY ALL
    """
    outcomes = dict(runs.rows(home, sql, SYSTEM, NEXT))
    predicted = "SELECT COUNT(*) FROM nba_predictions.player_prop_predictions WHERE system_id = ? AND game_date = ?"
    assert runs.rows(home, predicted, SYSTEM, NEXT) == [(sum(outcomes.values()),)]
    assert min(outcomes.get("win", 0), outcomes.get("loss", 0)) > 5
    verdicts = runs.documents(home, "verdicts", f"{NEXT}.")
    assert {doc["outcome"] for doc in verdicts.values()} == {"complete"}


def test_a_new_source_is_fetched_archived_parsed_and_written(tree: Path, tmp_path: Path) -> None:
    """Nine files: then a run asks the site, keeps the body, writes its rows, and names what it refused."""
    assert recipes.follow("Add a source", tree) == [
        "docs/cost.md",
        "docs/data-dictionary.md",
        "docs/pipeline.md",
        f"functions/process_raw/parsers/{FEED}.py",
        f"functions/scrape/plans/{FEED}.py",
        "shared/contracts/feeds/lineups.yaml",
        "shared/contracts/sources.yaml",
        "shared/contracts/tables/nba_raw.yaml",
        "shared/pipeline.yaml",
    ]
    day = min(game.fixture.game_date for game in League(7).games if game.sides)
    game, players = "0022400061", 500
    records = [{"game_id": game, "player_id": number} for number in range(players)]
    records += [{"game_id": game}, {"game_id": "22", "player_id": 7}]
    home, body = tmp_path / "home", json.dumps(records)
    live_run = (sys.executable, "-m", "tests.support.local.live_run")
    recipes.run(tree, *live_run, home, f"/starters/{day}.json", body)
    counted = f"SELECT game_id, game_date, COUNT(DISTINCT player_id) FROM nba_raw.{FEED} GROUP BY ALL"
    assert runs.rows(home, counted) == [(game, day, players)]
    done = runs.documents(home, "completions", f"{day}.pregame.1.")
    fetched, parsed = (done[f"{day}.pregame.1.{phase}.{FEED}"] for phase in ("scrape", "raw"))
    (artifact,) = fetched["evidence"]["artifacts"]
    assert (fetched["outcome"], artifact["bytes"], artifact["source"]) == ("ok", len(body), "lineups")
    assert (parsed["outcome"], parsed["found"]) == ("ok", players)
    assert parsed["refused"] == {"missing_field": 1, "nba_game": 1}
