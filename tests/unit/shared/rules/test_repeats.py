"""Which of several rows with one key stands: each rule by example, then what holds of any rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.rows import table
from shared.rules.repeats import middle_of, resolve, settle

NOON = datetime(2024, 1, 10, 12, tzinfo=UTC)
QUOTED = {"total": "number", "price": "american"}
SCHEMA = pa.schema(
    {
        "game": pa.string(), "known_at": pa.timestamp("us", "UTC"), "total": pa.float64(), "price": pa.int64(),
        "source": pa.string(), "contradiction": pa.string(),
    }
)  # fmt: skip


def row(total: float | None = None, price: int | None = None, hour: int | None = 0, **other: Any) -> dict[str, Any]:
    """A row of game `g`, known so many hours after noon; None: at an unknown time."""
    known_at = None if hour is None else NOON + timedelta(hours=hour)
    return {
        "game": "g",
        "known_at": known_at,
        "total": total,
        "price": price,
        "source": "s",
        "contradiction": None,
        **other,
    }


def resolved(*rows: dict[str, Any], quoted: dict[str, str] = QUOTED) -> list[dict[str, Any]]:
    """The rows of a table, resolved by game."""
    return resolve(pa.Table.from_pylist(list(rows), schema=SCHEMA), ("game",), quoted)[0].to_pylist()


def test_rows_of_different_keys_stay_as_they_are() -> None:
    """Nothing is marked, copied or counted."""
    rows = pa.Table.from_pylist([row(), row(game="h")], schema=SCHEMA)
    assert resolve(rows, ("game",), QUOTED) == (rows, 0)


def test_equal_rows_are_one_row() -> None:
    """The repeat is counted; no row contradicts another, so none is marked."""
    kept, identical = resolve(pa.Table.from_pylist([row(210.0)] * 3, schema=SCHEMA), ("game",), QUOTED)
    assert (kept.to_pylist(), identical) == ([row(210.0)], 2)


def test_the_newest_known_row_stands() -> None:
    """Also over a row whose time is not known; the others are kept as they are, and marked."""
    assert resolved(row(210.0), row(215.0, hour=1), row(220.0, hour=None)) == [
        row(215.0, hour=1, contradiction="newest"),
        row(210.0, contradiction="overruled"),
        row(220.0, hour=None, contradiction="overruled"),
    ]


def test_of_values_known_at_the_same_time_the_median_stands() -> None:
    """210, 212 and 240 leave 212; of two values their middle. The row that says so itself is not overruled."""
    assert resolved(row(210.0), row(240.0), row(212.0)) == [
        row(212.0, contradiction="median"),
        *(row(total, contradiction="overruled") for total in (210.0, 240.0, 212.0)[:2]),
    ]
    assert resolved(row(210.0), row(212.0))[0]["total"] == 211.0


def test_only_the_newest_rows_have_a_say_in_the_median() -> None:
    """An older value is overruled before the median is taken."""
    assert resolved(row(100.0, hour=-1), row(210.0), row(212.0))[0] == row(211.0, contradiction="median")


def test_rows_that_hold_different_columns_stand_together() -> None:
    """A spread in one row and a price in another do not contradict each other: the row that stands has both."""
    assert resolved(row(210.0), row(None, -110))[0] == row(210.0, -110, contradiction="median")


def test_without_quoted_values_the_first_row_stands() -> None:
    """A box score is no opinion of which there is a middle."""
    first, other = resolved(row(2.0), row(4.0), quoted={})
    assert (first["total"], first["contradiction"]) == (2.0, "first")
    assert (other["total"], other["contradiction"]) == (4.0, "overruled")


def test_a_missing_part_of_the_key_is_a_value() -> None:
    """Two rows without a game have the same key; the rule of required columns refuses both of them later."""
    assert [r["contradiction"] for r in resolved(row(1.0, game=None), row(3.0, game=None))] == [
        "median", "overruled", "overruled",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "kind", "middle"),
    [
        ([-110, -120, -130], "american", -120),
        ([-105, 105], "american", 100),
        ([-100, -100], "american", -100),
        ([None, 150], "american", 150),
        ([None, None], "american", None),
        ([-3.5, -4.5, None], "number", -4.0),
        ([NOON, None, NOON + timedelta(hours=1)], "latest", NOON + timedelta(hours=1)),
    ],
)
def test_the_middle_of_values(values: list[Any], kind: str, middle: Any) -> None:
    """American odds by what they pay: -105 and +105 are even money, not 0; of times the latest."""
    assert middle_of(values, kind) == middle


def test_every_raw_table_can_be_resolved() -> None:
    """Whatever a parser returns has the mark, the check that quarantines the overruled, and quotes that exist."""
    for name in ("nbac_schedule", "nbac_player_list", "nbac_gamebook_player_stats", "nbac_injury_report",
                 "odds_api_player_points_props", "odds_api_game_lines"):  # fmt: skip
        contract = table(f"nba_raw.{name}")
        assert contract.column("contradiction") is not None
        assert "overruled" in dict(contract.checks)
        assert all(contract.column(column) for column, _ in contract.quoted)


totals = st.one_of(st.none(), st.integers(400, 500).map(lambda n: n / 2))
prices = st.one_of(st.none(), st.integers(100, 400), st.integers(-400, -100))
some_rows = st.lists(st.builds(row, totals, prices, st.integers(0, 2), game=st.sampled_from("gh")), max_size=12)


@given(some_rows, st.permutations(range(12)))
def test_one_row_of_a_key_stands_whatever_the_order(rows: list[dict[str, Any]], order: list[int]) -> None:
    """With quoted values the order of the rows decides nothing, and no row of the source disappears."""
    kept = resolved(*rows)
    stands = [r for r in kept if r["contradiction"] != "overruled"]
    assert sorted(r["game"] for r in stands) == sorted({r["game"] for r in rows})
    values = [{**r, "contradiction": None} for r in kept]
    assert all(r in values for r in rows)
    again = resolved(*(rows[i] for i in order if i < len(rows)))
    assert sorted(map(str, kept)) == sorted(map(str, again))


@given(st.lists(prices.filter(bool), min_size=1, max_size=7))
def test_a_median_lies_between_the_values(values: list[int]) -> None:
    """No price pays more than the best of those quoted, nor less than the worst, and the middle one of three is quoted."""
    paid = [100 / -v if v < 0 else v / 100 for v in values]
    middle = middle_of(values, "american")
    assert middle is not None
    gain = 100 / -middle if middle < 0 else middle / 100
    assert min(paid) - 0.01 <= gain <= max(paid) + 0.01
    if len(values) % 2:
        assert gain == pytest.approx(sorted(paid)[len(paid) // 2], abs=1e-9)


def test_a_single_row_is_not_marked() -> None:
    """What no other row contradicts stays as it came."""
    assert settle([row(210.0)], QUOTED) == [row(210.0)]
