"""A new feature is one entry in features.yaml and its expression in the query: all else is made from the two."""

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

from tests.support.places import ROOT

NAME = "points_last_5_against_season"
LABEL = "points of the last 5 games against the season"
ENTRY = f"    {NAME}: {{group: points scored, label: {LABEL}, origin: cache, weight: 2, required: true, range: [-81, 81]}}\n"
SQL = f"    cached.points_avg_last_5 - cached.points_avg_season AS {NAME},\n"
# Run in the copy: the feature at each place that names features, and the rows of a slate.
LOOK = f"""
import json
from functions.predict.predictions import feature_hashes
from functions.predict.slate import Slate
from functions.predict.systems import champion
from shared.contracts.features import ALL_FEATURES, CATBOOST_V8_FEATURES, FEATURES
from shared.contracts.rows import table
from tests.support.data.tiny_league import features_of, make_league, slate
from tipoff.operate.map_docs import markdown
from tipoff.slate.explanation import label
from tipoff.training.permutation_importance import PLAYER_GROUPS
from shared.map.loader import pipeline_map

store = table("nba_precompute.ml_feature_store_v2")
rows = slate(make_league())
hashes = []
for change in (0.0, 1.0):
    row = features_of(rows, 0)
    hashes += feature_hashes(Slate(store.to_arrow([{{**row, "{NAME}": row["{NAME}"] + change}}])))
print(json.dumps({{
    "column": store.column("{NAME}").type,
    "bigquery": [c for c in store.bigquery_schema() if c["name"] == "{NAME}"],
    "rules": [rule for rule, _ in store.checks],
    "is_read": ["{NAME}" in names for names in (ALL_FEATURES, champion.SCORE_FEATURES, CATBOOST_V8_FEATURES)],
    "is_hashed": hashes[0] != hashes[1],
    "words": label("{NAME}"),
    "groups": [group for group, names in PLAYER_GROUPS.items() if "{NAME}" in names],
    "is_documented": "{NAME}" in markdown(pipeline_map()),
    "row": {{n: features_of(rows, 0)[n] for n in ("{NAME}", "points_avg_last_5", "points_avg_season")}},
    "without": features_of(rows, 777)["{NAME}"],
    "defaults": features_of(rows, 777)["default_feature_count"],
    "missing": [f.name for f in FEATURES.values() if f.required and features_of(rows, 777)[f.name] is None],
}}))
"""


def looked(tree: Path) -> dict:
    """What a process that runs in the tree says."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    command = [sys.executable, "-c", LOOK]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict = json.loads(done.stdout)
    return answer


def add_to(path: Path, after: str, line: str) -> None:
    """Put a line behind the first one that begins with a text."""
    before, start, rest = path.read_text("utf-8").partition(f"\n{after}")
    assert start
    following, _, rest = rest.partition("\n")
    path.write_text(f"{before}{start}{following}\n{line}{rest}", "utf-8")


def test_two_files_make_a_feature(tmp_path: Path) -> None:
    """Column, check, models, hash, words, importance group, quality score and document follow from entry and SQL."""
    for top in ("shared", "functions", "tipoff", "tests"):
        copytree(ROOT / top, tmp_path / top, ignore=ignore_patterns("__pycache__"))
    add_to(tmp_path / "shared" / "contracts" / "features.yaml", "    projected_minutes:", ENTRY)
    query = tmp_path / "functions" / "precompute" / "queries" / "ml_feature_store_v2.sql"
    add_to(query, "    cached.minutes_avg_last_10, cached.ppm_avg_last_10,", SQL)
    answer = looked(tmp_path)
    assert answer["column"] == "FLOAT64"
    assert answer["bigquery"] == [{"name": NAME, "type": "FLOAT64", "mode": "NULLABLE"}]
    assert f"{NAME}_in_range" in answer["rules"]
    assert answer["is_read"] == [True, True, False]
    assert answer["is_hashed"]
    assert answer["words"] == LABEL
    assert answer["groups"] == ["points scored"]
    assert answer["is_documented"]
    row = answer["row"]
    assert row[NAME] == row["points_avg_last_5"] - row["points_avg_season"] != 0.0
    assert answer["without"] is None
    assert NAME in answer["missing"]
    assert answer["defaults"] == len(answer["missing"])
