"""The contracts of the rows that one payload gives."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contracts import payload_tables
from shared.contracts.payload_tables import checked_rows

TEAM = {"game_id": "0022300001", "team": "BOS", "points": 101}


def test_a_row_has_every_column_and_equal_rows_count_once() -> None:
    """A column that the parser does not give is null; a repeat is counted."""
    kept, refused, repeats = checked_rows("nbac_team_boxscore", [TEAM, dict(TEAM)])
    assert ([r["points"] for r in kept], refused, repeats) == ([101], {}, 1)
    assert kept[0]["fgm"] is None


def test_rows_that_contradict_each_other_are_all_refused() -> None:
    """Of two scores of one team neither can be believed."""
    kept, refused, _ = checked_rows("nbac_team_boxscore", [TEAM, {**TEAM, "points": 102}])
    assert (kept, [r["points"] for r in refused["contradicting_rows"]]) == ([], [101, 102])


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"points": None}, "points_missing"), ({"points": 301}, "points_out_of_range"),
        ({"points": "101"}, "points_wrong_type"), ({"points": True}, "points_wrong_type"),
        ({"team": " "}, "team_wrong_type"), ({"game_date": datetime(2024, 1, 1, tzinfo=UTC)}, "game_date_wrong_type"),
        ({"minutes": float("nan")}, "minutes_wrong_type"), ({"is_home": 1}, "is_home_wrong_type"),
    ],
)  # fmt: skip
def test_a_row_is_refused_under_the_rule_that_it_breaks(change: dict[str, Any], rule: str) -> None:
    """Types, ranges and required columns; the rule names the column."""
    assert checked_rows("nbac_team_boxscore", [{**TEAM, **change}])[1].keys() == {rule}


def test_words_and_dates() -> None:
    """A column with a list of words refuses any other; a date is a date."""
    row = {**{n: TEAM[n] for n in ("game_id", "team")}, "player_name": "A B", "game_date": date(2024, 1, 1)}
    assert len(checked_rows("nbac_gamebook_player_stats", [{**row, "player_status": "dnp"}])[0]) == 1
    assert (
        "player_status_out_of_range" in checked_rows("nbac_gamebook_player_stats", [{**row, "player_status": "x"}])[1]
    )


def test_a_column_of_no_table_is_a_fault_of_the_parser() -> None:
    """It raises, so that a test of the parser finds it."""
    with pytest.raises(KeyError, match="pointz"):
        checked_rows("nbac_team_boxscore", [{**TEAM, "pointz": 1}])


@pytest.mark.parametrize("given", [{"key": ["b"], "columns": {"a": "text"}}, {"key": ["a"], "columns": {"a": "words"}}])
def test_a_table_that_cannot_be_is_refused(given: dict[str, Any]) -> None:
    """A key without column and an unknown type name the table."""
    with pytest.raises(ValueError, match="payload table t"):
        payload_tables._table("t", {"about": "", **given})
