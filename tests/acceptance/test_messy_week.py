"""A real week with four faults in it, beside the same week without: each fault costs its game, and no more.

Both weeks use the models that were trained before the first. What depends on a touched game is every later game
of its two teams and of their players' opponents, by form and ratings; what does not must be equal in every byte.
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.local import runs

START, FIRST, LAST = date(2024, 2, 1), date(2024, 2, 26), date(2024, 3, 3)
MISSING, ADDED = "0022300834", "0022300850"  # games without a box score, and with a player of seven points too many
FLAGS, LINES = "0022300845", "0022300860"  # games with three starters unknown, and with contradicting game lines
FILES = ("games", "box_scores_2023-24", "props_points", "game_lines", "injury_snapshots", "inactives")
Week = tuple[Path, dict[str, Any]]


def folder_of(shared_data: Path, folder: Path) -> Path:
    """The files of the format, cut to a month."""
    folder.mkdir()
    with duckdb.connect() as db:
        for name in FILES:
            day = "first_seen_utc" if name == "injury_snapshots" else "game_date"
            inside = f"{day}::DATE BETWEEN DATE '{START}' AND DATE '{LAST}'"
            db.execute(
                f"COPY (SELECT * FROM read_parquet('{shared_data / name}.parquet') WHERE {inside})"
                f" TO '{folder / name}.parquet' (FORMAT parquet)"
            )
    return folder


@pytest.fixture(scope="module")
def calm(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Week:
    """The week as it was."""
    folder = folder_of(shared_data, tmp_path_factory.mktemp("calm") / "data")
    home = folder.parent / "home"
    return home, runs.replay(folder, FIRST, LAST, home)


@pytest.fixture(scope="module")
def messy(calm: Week, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Week:
    """The week with its faults."""
    folder = folder_of(shared_data, tmp_path_factory.mktemp("messy") / "data")
    first = "ROW_NUMBER() OVER (PARTITION BY game_id, {} ORDER BY player_id)"
    starters, scorers = first.format("is_starter"), first.format("pts > 9")
    runs.change(
        folder,
        "box_scores_*.parquet",
        f"""
        SELECT * REPLACE (
          IF(game_id = '{FLAGS}' AND is_starter AND {starters} <= 3, NULL, is_starter) AS is_starter,
          IF(game_id = '{ADDED}' AND pts > 9 AND {scorers} = 1, pts + 7, pts) AS pts)
        FROM file WHERE game_id != '{MISSING}'
        """,
    )
    twice = f"SELECT * REPLACE (home_spread + {{0}} AS home_spread, total + {{0}} AS total) FROM file WHERE game_id = '{LINES}'"
    runs.change(
        folder, "game_lines.parquet", f"SELECT * FROM file UNION ALL {twice.format(1)} UNION ALL {twice.format(20)}"
    )
    home = folder.parent / "home"
    shutil.copytree(calm[0] / "models", home / "models")
    return home, runs.replay(folder, FIRST, LAST, home, "--no-train")


@pytest.fixture(scope="module")
def db(calm: Week, messy: Week) -> Iterator[duckdb.DuckDBPyConnection]:
    """Both homes."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, (home, _) in (("calm", calm), ("messy", messy)):
        connection.execute(f"ATTACH '{home / 'warehouse.duckdb'}' AS {name} (READ_ONLY)")
    yield connection
    connection.close()


def test_outcomes_add_up(messy: Week) -> None:
    """Each system has one outcome per prediction issued; only the predictions of the two games are pending."""
    report = messy[1]
    for system, counts in report["outcomes_by_system"].items():
        assert sum(counts.values()) == report["predictions_by_system"][system]
    assert sum(report["outcomes"].values()) == sum(report["predictions_by_system"].values()) > 2000
    assert set(report["pending_reasons"]) == {"no_box_score"}


def test_nearly_all_other_predictions_are_graded(db: duckdb.DuckDBPyConnection) -> None:
    """At least 98 % of the predictions of games that have a box score."""
    issued, graded = one(
        db,
        f"""
        SELECT COUNT(*), COUNT(a.outcome) FILTER (WHERE a.outcome != 'pending')
        FROM messy.nba_predictions.player_prop_predictions p
        LEFT JOIN messy.nba_predictions.prediction_accuracy a USING (system_id, game_id, player_id)
        WHERE p.game_id NOT IN ('{MISSING}', '{ADDED}')
        """,
    )
    assert issued > 2000
    assert graded >= 0.98 * issued


def test_both_games_are_named(messy: Week) -> None:
    """With the reason; the phases that went on without them are degraded, and none failed."""
    verdicts = {i: v for i, v in runs.documents(messy[0], "verdicts").items() if ".postgame." in i}
    assert {v["outcome"] for v in verdicts.values()} == {"complete", "degraded"}
    raw = {i[:10]: v["reason"] for i, v in verdicts.items() if i.endswith(".raw") and v["outcome"] == "degraded"}
    assert list(raw) == ["2024-02-27", "2024-02-29"]
    assert f"({MISSING}): the game is over, and its box score is not there" in raw["2024-02-27"]
    assert f"({ADDED}): the players of " in raw["2024-02-29"]
    assert " points, the team's score is " in raw["2024-02-29"]


def test_the_median_of_the_lines_stands_and_the_others_can_be_read(db: duckdb.DuckDBPyConnection) -> None:
    """Of three closing lines the middle one is the game's; those overruled are in quarantine, whole."""
    sql = (
        "SELECT home_spread, total FROM {}.nba_raw.odds_api_game_lines WHERE game_id = '{}' AND bookmaker = 'consensus'"
    )
    (before,), (after,) = (db.execute(sql.format(home, LINES)).fetchall() for home in ("calm", "messy"))
    assert after == (before[0] + 1, before[1] + 1)
    kept = db.execute(
        "SELECT CAST(row_json->>'home_spread' AS DOUBLE) FROM messy.nba_orchestration.quarantined_rows"
        f" WHERE rule = 'overruled' AND (row_json->>'game_id') = '{LINES}' AND (row_json->>'bookmaker') = 'consensus'"
    ).fetchall()
    assert sorted(spread for (spread,) in kept) == [before[0], before[0] + 20]


def test_what_no_fault_touches_is_equal_in_every_byte(db: duckdb.DuckDBPyConnection) -> None:
    """Predictions up to the first fault's night, and the grades of all other games of the dates with a game missing."""
    predictions = "SELECT * EXCLUDE (run_id, generation) FROM {}.nba_predictions.player_prop_predictions WHERE game_date <= DATE '2024-02-27'"
    assert differing(db, predictions) == 0
    grades = (
        "SELECT * EXCLUDE (run_id, generation, graded_at, known_at) FROM {}.nba_predictions.prediction_accuracy"
        f" WHERE game_date <= DATE '2024-02-27' AND game_id != '{MISSING}'"
    )
    assert differing(db, grades) == 0


def test_a_missing_starter_flag_costs_nothing(db: duckdb.DuckDBPyConnection) -> None:
    """Three rows without the flag, and no row fewer."""
    sql = "SELECT COUNT(*), COUNT(is_starter) FROM {}.nba_raw.nbac_gamebook_player_stats WHERE game_id = '{}'"
    (rows, flags), (same, fewer) = (one(db, sql.format(home, FLAGS)) for home in ("calm", "messy"))
    assert (same, fewer) == (rows, flags - 3)


def one(db: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The only row of a query."""
    return db.execute(sql).fetchone()


def differing(db: duckdb.DuckDBPyConnection, sql: str) -> int:
    """How many rows of the query are in one home only."""
    calm, messy = sql.format("calm"), sql.format("messy")
    return sum(int(one(db, f"SELECT COUNT(*) FROM ({a} EXCEPT ALL {b})")[0]) for a, b in ((calm, messy), (messy, calm)))
