"""Nothing that became known after a game's prediction time changes any of its rows."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.local.warehouse import DuckTables
from tests.support.data.feature_chain import GAMES, SLATE, answer, run
from tests.support.data.tiny_league import (
    AS_OF,
    SECOND,
    SLATE_DAY,
    TIP,
    box_rows,
    game_line_row,
    game_row,
    games,
    injury_row,
    line_row,
    make_league,
    put,
    slate,
)


@pytest.fixture(name="league")
def fresh_league() -> DuckTables:
    """Raw tables and game summaries of the league, with lines, a spread and an injury for the slate."""
    return make_league()


def later_box(game: dict[str, Any], known_at: datetime) -> list[dict[str, Any]]:
    rows = []
    for row in box_rows(game, 3):
        more = {"fgm": row["fgm"] + 10, "fga": row["fga"] + 12, "points": row["points"] + 20} if "fgm" in row else {}
        rows.append({**row, **more, "known_at": known_at})
    return rows


def plant_box(tables: DuckTables, rows: list[dict[str, Any]]) -> None:
    put(tables, "nba_raw.nbac_gamebook_player_stats", rows)
    day = rows[0]["game_date"]
    assert run(tables, GAMES, day, day) == {}


def own_result(tables: DuckTables) -> None:
    plant_box(tables, later_box(games()[-2], TIP + timedelta(minutes=150)))


def result_of_the_other_game(tables: DuckTables) -> None:
    """Known after the early game's prediction time, before the late one's, in which nobody of it plays."""
    game = game_row(902, SLATE_DAY, "BOS", "NYK")
    plant_box(tables, later_box(game, AS_OF + SECOND))


def late_correction(tables: DuckTables) -> None:
    """A game of an earlier date that became known one second too late."""
    game = game_row(903, SLATE_DAY - timedelta(days=1), "BOS", "NYK")
    plant_box(tables, later_box(game, AS_OF + SECOND))


def late_team_row(tables: DuckTables) -> None:
    for name in ("team_offense_game_summary", "team_defense_game_summary"):
        full = f"nba_analytics.{name}"
        rows = tables.read(
            f"SELECT * EXCLUDE (run_id, generation) FROM {full} WHERE game_id = '0022300000'"
        ).to_pylist()
        put(tables, full, [{**r, "game_id": "0022300990", "known_at": AS_OF + SECOND} for r in rows])


def late_lines(tables: DuckTables) -> None:
    late = AS_OF + SECOND
    put(tables, "nba_raw.odds_api_player_points_props", [
        line_row(0, 30.5, late, bookmaker="draftkings"), line_row(3, 11.5, late), line_row(888, 7.5, late, team="NYK"),
    ])  # fmt: skip
    put(tables, "nba_raw.odds_api_game_lines", [game_line_row(-20.0, 300.0, late)])


def late_injuries(tables: DuckTables) -> None:
    put(tables, "nba_raw.nbac_injury_report", [injury_row(i, "out", AS_OF + SECOND) for i in (0, 2, 3)])


@pytest.mark.parametrize(
    "plant", [own_result, result_of_the_other_game, late_correction, late_team_row, late_lines, late_injuries]
)
def test_later_rows_change_nothing(league, plant):
    """A planted row known after a game's prediction time leaves every row of that game as it was."""

    def early(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
        mine = ("BOS", "NYK")
        caches = SLATE[3:7]
        return {
            name: [r for r in rows if name in caches or r["game_id"] == "0022300900" or r.get("team") in mine]
            for name, rows in found.items()
        }

    before = early(slate(league))
    plant(league)
    assert early(slate(league)) == before


def test_the_same_rows_known_in_time_do_change_things(league):
    """The planted correction is seen by the later game's prediction and by a slate after it: the tests above can fail."""
    before = slate(league)
    game = game_row(903, SLATE_DAY - timedelta(days=1), "BOS", "NYK")
    plant_box(league, later_box(game, AS_OF))
    after = slate(league)
    assert after["upcoming_team_game_context"] != before["upcoming_team_game_context"]
    assert before["ml_feature_store_v2"] != after["ml_feature_store_v2"]


def test_a_run_before_the_lead_sees_less(league):
    """A run whose own as_of is earlier than tip minus lead uses the earlier one, in every row."""
    noon = datetime(2023, 12, 1, 17, 0, tzinfo=UTC)
    rows = answer(league, "upcoming_player_game_context", SLATE_DAY, SLATE_DAY, noon).to_pylist()
    assert {r["as_of"] for r in rows} == {noon}
    assert {r["has_line"] for r in rows} == {False}


def test_the_morning_is_six_eastern_on_both_sides_of_dst(league):
    """Caches are as of 06:00 US Eastern: 11:00 UTC in winter, 10:00 UTC in summer."""
    summer = date(2024, 6, 14)
    put(league, "nba_raw.nbac_schedule", [game_row(904, summer, "BOS", "NYK")])
    winter_rows = answer(league, "player_daily_cache", SLATE_DAY, SLATE_DAY)["as_of"].to_pylist()
    summer_rows = answer(league, "player_daily_cache", summer, summer)["as_of"].to_pylist()
    assert set(winter_rows) == {datetime(2023, 12, 1, 11, tzinfo=UTC)}
    assert set(summer_rows) == {datetime(2024, 6, 14, 10, tzinfo=UTC)}
