"""No prediction uses later data: future rows planted into every table change no byte of it.

Through the real pipeline: rows are planted into a home that has replayed up to a date; then that date's postgame run,
which makes the next slate's caches, is repeated, and the next date's pregame run follows. Each kind of row is planted
with a known_at one second too late, which must change nothing, and once in time, which must change a prediction.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pyarrow as pa
import pytest

from shared.contracts.events import RunRequested
from shared.map.loader import pipeline_map
from tests.support.local import runs
from tests.support.local.runs import LAST, NEXT
from tipoff.local import calendar

SECOND, LEAD = timedelta(seconds=1), timedelta(minutes=30)
Plant = Callable[[datetime], list[str]]
Made = dict[str, pa.Table]
MADE = {
    "predictions": "SELECT * FROM nba_predictions.player_prop_predictions WHERE game_date = $day ORDER BY ALL",
    "features": "SELECT * FROM nba_precompute.ml_feature_store_v2 WHERE game_date = $day ORDER BY ALL",
    "caches": "SELECT * FROM nba_precompute.player_daily_cache WHERE cache_date = $day ORDER BY ALL",
}
# The first game of the slate; the run's own as_of is later because of the later games.
GAME = f"(SELECT * FROM nba_raw.nbac_schedule WHERE game_date = DATE '{NEXT}' ORDER BY tip_utc, game_id LIMIT 1)"
SIDES = f"(SELECT home_team FROM {GAME} UNION SELECT away_team FROM {GAME})"
OWN = f"(SELECT game_id FROM {GAME}) AS game_id, DATE '{NEXT}' AS game_date"
OLDER = f"'0022409999' AS game_id, DATE '{LAST - timedelta(days=9)}' AS game_date"
POINTS = "points + 30 AS points, fgm + 15 AS fgm, fga + 15 AS fga"
TEAM = "points + 60 AS points, NOT won AS won, possessions_milli + 20000 AS possessions_milli"
ALLOWED = "points_allowed + 60 AS points_allowed"


def copied(table: str, side: str, changes: str, where: str = "TRUE") -> Plant:
    """Insert changed copies of the newest rows of the game's two teams in `table`."""
    newest = f"QUALIFY game_date = MAX(game_date) OVER (PARTITION BY {side})"
    rows = f"(SELECT * FROM {table} WHERE {side} IN {SIDES} AND {where} {newest})"
    return lambda known: [
        f"INSERT INTO {table} SELECT * REPLACE ({changes}, {runs.instant(known)} AS known_at) FROM {rows}"
    ]


def together(*parts: Plant) -> Plant:
    """Several kinds of rows as one."""
    return lambda known: [statement for part in parts for statement in part(known)]


def box_score(changes: str) -> Plant:
    """Raw and analytics rows of a game in which every player scored 30 more."""
    tables = ("nba_raw.nbac_gamebook_player_stats", "nba_analytics.player_game_summary")
    return together(*(copied(t, "team", f"{changes}, {POINTS}", "points IS NOT NULL") for t in tables))


def team_rows(changes: str) -> Plant:
    """Both team tables' rows of a game with the opposite result."""
    return together(
        copied("nba_analytics.team_offense_game_summary", "team", f"{changes}, {TEAM}"),
        copied("nba_analytics.team_defense_game_summary", "defending_team", f"{changes}, {ALLOWED}"),
    )


def injury(known: datetime) -> list[str]:
    """Half of the players of both teams are out."""
    return [
        f"""
        INSERT INTO nba_raw.nbac_injury_report BY NAME
        SELECT DISTINCT DATE '{NEXT}' AS game_date, team, player_id, player_name, player_lookup, 'out' AS injury_status,
          'planted' AS reason, {runs.instant(known)} AS known_at, 'first_seen' AS known_at_source, 'planted' AS source,
          'planted' AS run_id, 1 AS generation
        FROM nba_raw.nbac_gamebook_player_stats WHERE team IN {SIDES} AND player_id % 2 = 0
        """
    ]


KINDS: dict[str, Plant] = {
    "the game's own box score": box_score(OWN),
    "a later box score of an earlier date": box_score(OLDER),
    "a team's row": team_rows(OLDER),
    "the game's own result": team_rows(OWN),
    "a line": copied(
        "nba_raw.odds_api_player_points_props",
        "team",
        f"{OWN}, points_line + 3 AS points_line",
        "bookmaker = 'draftkings'",
    ),
    "a spread and total": copied("nba_raw.odds_api_game_lines", "home_team", f"{OWN}, total + 20 AS total"),
    "an injury status": injury,
}
IN_CACHES = ("the game's own box score", "a later box score of an earlier date")


@pytest.fixture(scope="module")
def moments(replayed: tuple[Path, dict[str, Any]], folder: Path) -> tuple[datetime, datetime, datetime]:
    """The moments of the slate's caches, of its first game's as_of, and of the run's as_of, which is later."""
    ((first, last),) = runs.rows(
        replayed[0], "SELECT MIN(tip_utc), MAX(tip_utc) FROM nba_raw.nbac_schedule WHERE game_date = ?", NEXT
    )
    assert first < last
    return calendar.morning(NEXT, pipeline_map()), first - LEAD, last - LEAD


def made(start: Path, folder: Path, home: Path, statements: list[str]) -> Made:
    """The next slate's caches, features and predictions in a copy of the home with planted rows."""
    copytree(start, home)
    opened = runs.open_home(home, folder)
    for statement in statements:
        ((planted,),) = [r.values() for r in opened.read(statement).to_pylist()]
        assert planted > 0, statement
    at = calendar.postgame_at(opened.days[LAST], pipeline_map())
    opened.replay.clock.advance_to(at)
    again = RunRequested(request_id="again", kind="postgame", from_date=LAST, to_date=LAST, as_of=at)
    opened.replay.runtime.request(again)
    opened.replay.runtime.settle(f"{LAST}.postgame", opened.replay.clock)
    opened.run("pregame", NEXT)
    tables = {name: opened.read(sql, {"day": NEXT}) for name, sql in MADE.items()}
    opened.close()
    assert tables["predictions"].num_rows > 100
    return tables


@pytest.fixture(scope="module")
def calm(replayed: tuple[Path, dict[str, Any]], folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same tables without any planted row."""
    return made(replayed[0], folder, tmp_path_factory.mktemp("calm") / "home", [])


def test_rows_known_too_late_change_no_byte(
    calm: Made,
    replayed: tuple[Path, dict[str, Any]],
    folder: Path,
    tmp_path: Path,
    moments: tuple[datetime, datetime, datetime],
) -> None:
    """Every kind of row, known a second after the game's as_of and after the run's: all tables are equal."""
    _, first, last = moments
    late = [s for plant in KINDS.values() for known in (first + SECOND, last + SECOND) for s in plant(known)]
    planted = made(replayed[0], folder, tmp_path / "home", late)
    for name, rows in calm.items():
        assert planted[name].equals(rows), name


def test_rows_known_after_the_caches_change_no_cache(
    calm: Made,
    replayed: tuple[Path, dict[str, Any]],
    folder: Path,
    tmp_path: Path,
    moments: tuple[datetime, datetime, datetime],
) -> None:
    """Box scores known a second after 06:00 are not in the caches of 06:00, but may be in the features."""
    caches, _, _ = moments
    late = [s for kind in IN_CACHES for s in KINDS[kind](caches + SECOND)]
    planted = made(replayed[0], folder, tmp_path / "home", late)
    assert planted["caches"].equals(calm["caches"])
    assert not planted["features"].equals(calm["features"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_known_in_time_change_predictions(
    kind: str,
    calm: Made,
    replayed: tuple[Path, dict[str, Any]],
    folder: Path,
    tmp_path: Path,
    moments: tuple[datetime, datetime, datetime],
) -> None:
    """The control: known a second earlier, each kind changes predictions of this game and of no other."""
    caches, first, _ = moments
    planted = made(
        replayed[0], folder, tmp_path / "home", KINDS[kind]((caches if kind in IN_CACHES else first) - SECOND)
    )
    changed = differing(calm["predictions"], planted["predictions"])
    own = {r["game_id"] for r in calm["predictions"].to_pylist() if r["tip_utc"] - LEAD == first}
    assert changed
    assert changed <= own
    assert planted["caches"].equals(calm["caches"]) == (kind not in IN_CACHES)


def differing(one: pa.Table, other: pa.Table) -> set[str]:
    """The games with a prediction that differs."""

    def by_key(rows: pa.Table) -> dict[tuple[Any, ...], Any]:
        return {tuple(r[n] for n in ("game_id", "player_id", "system_id")): plain(r) for r in rows.to_pylist()}

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        """Rounded, because the last bits of a matrix sum may depend on the number of rows."""
        floats = {k: round(v, 9) for k, v in row.items() if isinstance(v, float)}
        return {**row, **floats, "points_pmf": [round(p, 9) for p in row["points_pmf"]]}

    first, second = by_key(one), by_key(other)
    return {key[0] for key in first.keys() | second.keys() if first.get(key) != second.get(key)}
