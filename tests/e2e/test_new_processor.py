"""A new processor needs one map entry, one query and a table contract to be expected, run, counted and shown."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from shared.contracts import rows
from shared.map import loader as maps
from shared.sql import queries
from tests.support.local import runs
from tests.support.local.runs import NEXT, Copy

NAME = "bench_scoring"
CONTRACT = {
    "about": "Points of a team's bench in a game.",
    "key": ["game_id", "team"],
    "partition": "game_date",
    "write": "replace",
    "columns": {
        "game_id": "STRING required",
        "game_date": "DATE required",
        "team": "STRING required",
        "bench_points": "INT64 required",
        "known_at": "TIMESTAMP required",
        "source": "STRING required",
    },
    "checks": {"not_negative": "bench_points >= 0"},
}
ENTRY = {
    "query": f"{NAME}.sql",
    "reads": {"nba_analytics.player_game_summary": 0},
    "writes": f"nba_analytics.{NAME}",
}
QUERY = """
SELECT game_id, game_date, team, CAST(SUM(points) AS INT64) AS bench_points, MAX(known_at) AS known_at, 'sum' AS source
FROM nba_analytics.player_game_summary
WHERE NOT is_dnp AND NOT is_starter
GROUP BY game_id, game_date, team
"""
PHASE = {
    "after": "player",
    "function": "analytics",
    "units": [NAME],
    "deadline_min": 170,
    "publishes": "nba-phase3-analytics-complete",
}


def forget() -> None:
    """Clear the caches of map and contracts."""
    maps.pipeline_map.cache_clear()
    rows.tables.cache_clear()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout's map, contracts and queries in a folder of their own, with the new processor added to them."""
    copytree(rows.TABLES_DIR, tmp_path / "tables")
    copytree(
        queries.FUNCTIONS_DIR, tmp_path / "functions", ignore=lambda _, names: [n for n in names if n.endswith("c")]
    )
    raw = yaml.safe_load(maps.MAP_PATH.read_text("utf-8"))
    raw["functions"]["analytics"]["units"][NAME] = ENTRY
    raw["runs"]["postgame"]["phases"]["bench"] = PHASE
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(raw, sort_keys=False))
    (tmp_path / "functions" / "analytics" / "queries" / f"{NAME}.sql").write_text(QUERY)
    contracts = tmp_path / "tables" / "nba_analytics.yaml"
    contracts.write_text(contracts.read_text("utf-8") + "\n" + yaml.safe_dump({NAME: CONTRACT}, sort_keys=False))
    monkeypatch.setattr(maps, "MAP_PATH", tmp_path / "pipeline.yaml")
    monkeypatch.setattr(rows, "TABLES_DIR", tmp_path / "tables")
    monkeypatch.setattr(queries, "FUNCTIONS_DIR", tmp_path / "functions")
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


@pytest.mark.usefixtures("house")
def test_it_is_expected_run_completed_and_counted(
    folder: Path, replayed: tuple[Path, dict[str, Any]], copy: Copy
) -> None:
    """Without Python code the manifest expects it, its rows are written and checked, and status shows it done."""
    home = copy(replayed[0])
    report = runs.replay(folder, NEXT, NEXT, home, "--no-train")
    assert report["verdicts"]["found"] == report["verdicts"]["expected"] == report["verdicts"]["complete"]
    run = f"{NEXT}.postgame.1"
    assert runs.documents(home, "manifests", run)[run]["phases"]["bench"]["units"] == [NAME]
    completion = runs.documents(home, "completions", f"{run}.bench")[f"{run}.bench.{NAME}"]
    assert (completion["outcome"], completion["found"]) == ("ok", 2 * report["games"])
    sums = """
        SELECT COUNT(*), COUNT(*) FILTER (WHERE s.bench_points = p.points) FROM nba_analytics.bench_scoring s JOIN (
          SELECT game_id, team, SUM(points) AS points FROM nba_analytics.player_game_summary WHERE NOT is_starter GROUP BY ALL
        ) p USING (game_id, team)
    """
    assert runs.rows(home, sums) == [(2 * report["games"],) * 2]
    code, out, _ = runs.here("status", NEXT, "--home", home, "--json")
    phases = {(r["kind"], p["phase"]): p for r in json.loads(out)["runs"] for p in r["phases"]}
    assert code == 0
    assert (phases["postgame", "bench"]["completed"], phases["postgame", "bench"]["expected"]) == (1, 1)


def test_a_query_that_reads_what_the_entry_does_not_declare_is_refused(
    house: Path, folder: Path, replayed: tuple[Path, dict[str, Any]], copy: Copy
) -> None:
    """The new unit fails with the table's name, its phase fails, and all other phases are complete."""
    home = copy(replayed[0])
    path = house / "functions" / "analytics" / "queries" / f"{NAME}.sql"
    path.write_text(QUERY.replace("WHERE", "JOIN nba_raw.nbac_schedule USING (game_id, game_date) WHERE"))
    report = runs.replay(folder, NEXT, NEXT, home, "--no-train", ends=5)
    verdict = runs.documents(home, "verdicts", f"{NEXT}.postgame.1.bench").popitem()[1]
    assert verdict["outcome"] == "failed"
    assert "reads nba_raw.nbac_schedule, which its unit does not declare" in verdict["reason"]
    assert report["verdicts"]["complete"] == report["verdicts"]["found"] - 1
    assert report["dead_letters"] == 0
