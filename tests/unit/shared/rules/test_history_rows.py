"""What the game id says about a row of a history folder."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.history_rows import fitting, misfits, season_types, seasons, ten_digits, with_zone

SCHEMA = pa.schema(
    {
        "game_id": pa.string(), "game_date": pa.date32(), "season": pa.string(), "season_type": pa.string(),
        "tip_utc": pa.timestamp("us", "UTC"),
    }
)  # fmt: skip
GAME: dict[str, Any] = {
    "game_id": "0022300500", "game_date": date(2024, 1, 10), "season": "2023-24", "season_type": "Regular Season",
    "tip_utc": datetime(2024, 1, 11, 0, 30, tzinfo=UTC),
}  # fmt: skip


def rule_of(**changes: Any) -> str | None:
    """The rule that the game with these values breaks."""
    return misfits(pa.Table.from_pylist([{**GAME, **changes}], schema=SCHEMA)).to_pylist()[0]


def test_an_id_of_eight_digits_lacks_its_zeros() -> None:
    """Of a number kept as such; every other length is left as it is."""
    ids = pa.array(["22300500", "0022300500", "401584893", "x2300500", None])
    assert ten_digits(ids).to_pylist() == ["0022300500", "0022300500", "401584893", "x2300500", None]


@pytest.mark.parametrize(
    ("text", "with_offset"),
    [
        ("2024-01-11T00:30:00", "2024-01-11T00:30:00Z"),
        ("2024-01-11 00:30:00.5", "2024-01-11 00:30:00.5Z"),
        ("2024-01-11T00:30:00Z", "2024-01-11T00:30:00Z"),
        ("2024-01-10 19:30:00-05", "2024-01-10 19:30:00-05"),
        ("2024-01-10T19:30:00-0500", "2024-01-10T19:30:00-0500"),
        ("2024-01-10T19:30:00.25-05:00", "2024-01-10T19:30:00.25-05:00"),
        (None, None),
    ],
)
def test_a_time_without_zone_is_utc(text: str | None, with_offset: str | None) -> None:
    """An offset that is there is kept; the dashes of the date are none."""
    assert with_zone(pa.array([text], pa.string())).to_pylist() == [with_offset]


def test_the_id_says_season_and_type() -> None:
    """Year and type of the season, also of the last century; null for what is no NBA id."""
    ids = pa.array(["0022300500", "0049600401", "0012400001", "401584893", None])
    assert seasons(ids).to_pylist() == [2023, 1996, 2024, None, None]
    assert season_types(ids).to_pylist() == ["Regular Season", "Playoffs", None, None, None]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"season": "2024"},  # named by its end
        {"season": "2023"},
        {"season": "2023-2024"},
        {"season": "23/24"},  # says no year that could be compared
        {"season": None, "season_type": None, "tip_utc": None},
        {"season_type": "regular_season"},
        {"season_type": "02"},
        {"game_date": date(2023, 8, 1), "tip_utc": None},
        {"game_date": date(2024, 10, 31), "tip_utc": None},
        {"game_id": "0062300001"},  # a cup final, which some count as regular season
        {"game_id": "0032300001", "season_type": "All-Star"},
    ],
)
def test_rows_that_agree_with_their_id(changes: dict[str, Any]) -> None:
    """However a season and its type are named; what is null contradicts nothing."""
    assert rule_of(**changes) is None


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"game_id": None}, "no_game_id"),
        ({"game_id": "401584893"}, "no_game_id"),
        ({"game_date": None}, "no_game_date"),
        ({"game_date": date(2023, 7, 31)}, "date_of_another_season"),
        ({"game_date": date(2024, 11, 1)}, "date_of_another_season"),
        ({"season": "2024-25"}, "another_season"),
        ({"season": "2022"}, "another_season"),
        ({"season": "2025"}, "another_season"),
        ({"season_type": "Playoffs"}, "another_season_type"),
        ({"game_id": "0042300401", "season_type": "regular season"}, "another_season_type"),
        ({"tip_utc": datetime(2024, 1, 10, 0, 30, tzinfo=UTC)}, "tip_on_another_date"),
    ],
)
def test_rows_that_contradict_their_id(changes: dict[str, Any], rule: str) -> None:
    """The first broken rule is named."""
    assert rule_of(**changes) == rule


def test_a_file_without_season_or_tip_is_judged_by_its_dates() -> None:
    """Only what is there can contradict; the rows that fit are kept."""
    rows = pa.table({n: pa.array([GAME[n], GAME[n]], SCHEMA.field(n).type) for n in ("game_id", "game_date")})
    assert misfits(rows).to_pylist() == [None, None]
    assert fitting(rows) == rows


@given(st.integers(1946, 2045), st.sampled_from(["002", "004", "005", "006"]), st.integers(0, 99_999), st.booleans())
def test_a_number_says_as_much_as_the_id_it_was(year: int, kind: str, number: int, by_end: bool) -> None:
    """The season survives the loss of the zeros, whichever year it is named by."""
    game_id = f"{kind}{year % 100:02d}{number:05d}"
    restored = ten_digits(pa.array([str(int(game_id))]))
    assert restored.to_pylist() == [game_id]
    assert seasons(restored).to_pylist() == [year]
    row = {
        **GAME,
        "game_id": game_id,
        "game_date": date(year, 12, 1),
        "season": str(year + by_end),
        "season_type": None,
    }
    assert misfits(pa.Table.from_pylist([{**row, "tip_utc": None}], schema=SCHEMA)).to_pylist() == [None]
