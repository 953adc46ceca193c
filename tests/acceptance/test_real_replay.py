"""A week of real games with four sportsbooks' lines and their history.

The results are counted a second time from the Parquet files, with DuckDB and without Tipoff's code.
"""

# ruff: noqa: T201 - pytest -s shows the figures

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from shared.adapters.models import FileModels
from shared.map.loader import pipeline_map
from tests.support.local import runs

FIRST, LAST = date(2024, 2, 26), date(2024, 3, 3)
WEEK = f"BETWEEN DATE '{FIRST}' AND DATE '{LAST}'"
BASE = "SELECT game_id, player_id, has_prop_line FROM predictions WHERE system_id = 'moving_average'"
OUTCOMES = {"win", "loss", "push", "void", "pending", "ungradeable"}

# Main lines first seen 30 minutes before the tip or earlier; the tip of the schedule, 19:00 Eastern where it has none.
MAIN_LINES = f"""
SELECT DISTINCT p.game_id, p.player_id
FROM props_points p JOIN games g USING (game_id)
WHERE p.game_date {WEEK} AND p.line_type = 'standard' AND p.is_main_line AND p.player_id IS NOT NULL
  AND p.first_seen_utc <= COALESCE(
    g.tip_utc, timezone('America/New_York', g.game_date + INTERVAL 19 HOUR)) - INTERVAL 30 MINUTE
"""
# Players expected to play 15 minutes: that many on average over their last ten games played, this season or last; who
# played that day, and whom no report published before the tip had out.
EXPECTED = f"""
WITH numbered AS (
  SELECT player_id, game_date, minutes,
    ROW_NUMBER() OVER (PARTITION BY player_id, day ORDER BY game_date DESC, game_id DESC) AS n, day
  FROM box_scores, (SELECT UNNEST(generate_series(DATE '{FIRST}', DATE '{LAST}', INTERVAL 1 DAY))::DATE AS day)
  WHERE played AND minutes > 0 AND game_date < day AND season IN ('2022-23', '2023-24') AND SUBSTR(game_id, 1, 3) != '003'
),
usual AS (SELECT player_id, day FROM numbered WHERE n <= 10 GROUP BY ALL HAVING AVG(minutes) >= 15)
SELECT b.game_id, b.player_id
FROM box_scores b JOIN usual ON usual.player_id = b.player_id AND usual.day = b.game_date
WHERE b.game_date {WEEK} AND b.played AND b.minutes > 0
  AND NOT EXISTS (SELECT 1 FROM inactives i WHERE i.game_id = b.game_id AND i.player_id = b.player_id)
  AND NOT EXISTS (
    SELECT 1 FROM injury_snapshots s
    WHERE s.player_id = b.player_id AND s.status IN ('out', 'injured')
      AND timezone('America/New_York', b.game_date::TIMESTAMP) <= s.last_seen_utc
      AND s.first_seen_utc < timezone('America/New_York', b.game_date + INTERVAL 1 DAY)
  )
"""


@pytest.fixture(scope="module")
def real(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The week replayed once, six and a half seasons before it filled in and trained on."""
    home = tmp_path_factory.mktemp("real") / "home"
    return home, runs.replay(shared_data, FIRST, LAST, home)


@pytest.fixture(scope="module")
def db(real: tuple[Path, dict[str, Any]], shared_data: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Views of the files, and of the week's predictions."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET memory_limit = '500MB'")
    for name in ("games", "props_points", "inactives", "box_scores_2022-23", "box_scores_2023-24"):
        file = f"read_parquet('{shared_data / name}.parquet')"  # dates are ISO text there
        connection.execute(f'CREATE VIEW "{name}" AS SELECT * REPLACE (game_date::DATE AS game_date) FROM {file}')
    statuses = shared_data / "injury_snapshots.parquet"
    connection.execute(f"CREATE VIEW injury_snapshots AS SELECT * FROM read_parquet('{statuses}')")
    both = 'SELECT * FROM "box_scores_2022-23" UNION ALL BY NAME SELECT * FROM "box_scores_2023-24"'
    connection.execute(f"CREATE VIEW box_scores AS {both}")
    connection.execute(f"ATTACH '{real[0] / 'warehouse.duckdb'}' AS home (READ_ONLY)")
    connection.execute("CREATE VIEW predictions AS SELECT * FROM home.nba_predictions.player_prop_predictions")
    yield connection
    connection.close()


def one(db: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The only row of a query."""
    return db.execute(sql).fetchone()


def test_it_trained_on_earlier_games(real: tuple[Path, dict[str, Any]]) -> None:
    """The model's card ends on the day before, begins seasons earlier, and its hash is on every row it predicted."""
    cards = FileModels(real[0] / "models").cards("catboost_v8")
    assert [c["trained_through"] for c in cards] == ["2024-02-25"]
    assert cards[0]["first_date"] < "2018-12-31"
    assert cards[0]["rows"] > 80_000
    used = "SELECT DISTINCT model_hash FROM nba_predictions.player_prop_predictions WHERE system_id = 'catboost_v8'"
    assert runs.rows(real[0], used) == [(cards[0]["hash"],)]


def test_players_with_a_main_line_are_predicted(db: duckdb.DuckDBPyConnection) -> None:
    """At least 98 % of the player-games with a main line before the prediction's as_of, by every system's base."""
    lines, predicted, marked = one(
        db,
        f"SELECT COUNT(*), COUNT(b.game_id), COUNT(*) FILTER (WHERE b.has_prop_line) FROM ({MAIN_LINES}) m"
        f" LEFT JOIN ({BASE}) b USING (game_id, player_id)",
    )
    print(f"\nmain lines {lines}, predicted {predicted} ({predicted / lines:.2%}), with their line {marked}")
    assert lines > 400
    assert predicted >= 0.98 * lines
    assert marked >= 0.98 * lines


def test_players_expected_to_play_are_predicted_without_a_line(db: duckdb.DuckDBPyConnection) -> None:
    """Every other player expected to play 15 minutes or more is predicted, marked as without a line."""
    others = f"SELECT * FROM ({EXPECTED}) e ANTI JOIN ({MAIN_LINES}) m USING (game_id, player_id)"
    n, predicted = one(
        db, f"SELECT COUNT(*), COUNT(b.game_id) FROM ({others}) o LEFT JOIN ({BASE}) b USING (game_id, player_id)"
    )
    missing = db.execute(f"SELECT * FROM ({others}) o ANTI JOIN ({BASE}) b USING (game_id, player_id)").fetchall()
    print(f"\nexpected without a main line {n}, predicted {predicted}; missing {missing}")
    assert n > 50
    assert missing == []
    wrong = "SELECT COUNT(*) FROM predictions WHERE (line IS NULL) != (recommendation = 'NO_LINE') OR (line IS NULL) = has_prop_line"
    assert one(db, wrong) == (0,)


def test_outcomes_add_up_per_system(real: tuple[Path, dict[str, Any]], db: duckdb.DuckDBPyConnection) -> None:
    """Each system has one outcome per prediction, and all gradable predictions are graded."""
    report = real[1]
    assert {"moving_average", "similarity_balanced_v1", "catboost_v8", "ensemble_v1"} <= set(
        report["predictions_by_system"]
    )
    for system, counts in report["outcomes_by_system"].items():
        assert set(counts) == OUTCOMES
        assert sum(counts.values()) == report["predictions_by_system"][system]
    issued = dict(db.execute("SELECT system_id, COUNT(*) FROM predictions GROUP BY 1").fetchall())
    assert issued == report["predictions_by_system"]
    assert report["coverage"] == 1.0
    assert report["outcomes"]["pending"] == 0


def test_grades_agree_with_the_box_scores(db: duckdb.DuckDBPyConnection) -> None:
    """Win, loss, push and void computed from the Parquet files are equal for every row of the week."""
    differing = one(
        db,
        f"""
        SELECT COUNT(*), COUNT(*) FILTER (WHERE a.outcome != CASE
          WHEN b.minutes IS NULL OR b.minutes = 0 THEN 'void'
          WHEN a.line IS NULL THEN 'ungradeable'
          WHEN b.pts = a.line THEN 'push'
          WHEN (b.pts > a.line) = (a.p_over >= a.p_under) THEN 'win' ELSE 'loss' END)
        FROM home.nba_predictions.prediction_accuracy a
        LEFT JOIN box_scores b ON b.game_id = a.game_id AND b.player_id = a.player_id AND b.game_date {WEEK}
        WHERE a.recommendation IN ('PASS', 'NO_LINE') OR (a.recommendation = 'OVER') = (a.p_over >= a.p_under)
        """,
    )
    assert differing[0] > 3000
    assert differing[1] == 0


def test_no_line_is_later_than_the_as_of(db: duckdb.DuckDBPyConnection) -> None:
    """Each line is the last one that its book had offered by the prediction's as_of."""
    wrong = one(
        db,
        """
        SELECT COUNT(*), COUNT(*) FILTER (WHERE shown.first_seen_utc IS DISTINCT FROM p.line_known_at OR p.line_known_at > p.as_of
          OR p.as_of > p.tip_utc - INTERVAL 30 MINUTE)
        FROM predictions p LEFT JOIN (
          SELECT p.game_id, p.player_id, p.bookmaker, p.as_of, MAX(s.first_seen_utc) AS first_seen_utc
          FROM (SELECT DISTINCT game_id, player_id, bookmaker, as_of FROM predictions) p
          JOIN props_points s ON s.game_id = p.game_id AND s.player_id = p.player_id AND s.bookmaker = p.bookmaker
            AND s.line_type = 'standard' AND s.first_seen_utc <= p.as_of
          GROUP BY ALL
        ) shown USING (game_id, player_id, bookmaker, as_of)
        WHERE p.line IS NOT NULL
        """,
    )
    assert wrong[0] > 1500
    assert wrong[1] == 0


def test_every_phase_of_every_run_has_one_verdict(real: tuple[Path, dict[str, Any]]) -> None:
    """No dead letter, exactly one verdict per phase of each run, all complete."""
    home, report = real
    assert report["dead_letters"] == report["redeliveries"] == 0
    runs_of_week = [f"{d}.{kind}" for d in _dates(home) for kind in ("pregame", "postgame")]
    wanted = {f"{r}.1.{p}" for r in runs_of_week for p in pipeline_map().runs[r.rpartition(".")[2]].phases}
    verdicts = {i: v for i, v in runs.documents(home, "verdicts").items() if ".backfill." not in i}
    assert set(verdicts) == wanted
    assert {v["outcome"] for v in verdicts.values()} == {"complete"}
    assert report["verdicts"]["found"] == report["verdicts"]["expected"] == len(wanted)
    assert report["dates"] == len(_dates(home)) == 7


def _dates(home: Path) -> list[date]:
    sql = f"SELECT DISTINCT game_date FROM nba_raw.nbac_schedule WHERE game_date {WEEK} ORDER BY 1"
    return [d for (d,) in runs.rows(home, sql)]


def test_no_all_star_row_is_anywhere(real: tuple[Path, dict[str, Any]], db: duckdb.DuckDBPyConnection) -> None:
    """The folder has All-Star games; no table of the home has one."""
    assert one(db, "SELECT COUNT(*) > 20 FROM box_scores WHERE game_id LIKE '003%'") == (True,)
    tables = runs.rows(
        real[0],
        "SELECT table_schema || '.' || table_name FROM information_schema.columns"
        " WHERE column_name = 'game_id' AND table_schema LIKE 'nba_%'",
    )
    assert len(tables) > 10
    for (table,) in tables:
        assert runs.rows(real[0], f"SELECT COUNT(*) FROM {table} WHERE game_id LIKE '003%'") == [(0,)], table
