"""The history folder as a feed: what it gives at a moment, and what it refuses."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared.adapters.history_feeds import HistoryFeeds
from shared.contracts.history_files import HISTORY
from shared.contracts.work import Request
from shared.errors import ContractError, UserError
from tests.support.data.history_folder import BOX, DAY, ROWS, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in ROWS.items():
        write(tmp_path, name, rows)
    return tmp_path


@pytest.fixture
def ask(folder: Path) -> Callable[..., list[dict[str, Any]]]:
    feeds = HistoryFeeds(folder)

    def answer(name: str, known_by: datetime, first: date = DAY, last: date = DAY) -> list[dict[str, Any]]:
        window = {"from": first.isoformat(), "to": last.isoformat(), "known_by": known_by.isoformat()}
        return pq.read_table(pa.BufferReader(feeds.fetch(Request("history", name, window)).body)).to_pylist()

    return answer


def at(hour: int, minute: int = 0, day: int = 11) -> datetime:
    return datetime(2024, 1, day, hour, minute, tzinfo=UTC)


def test_only_the_asked_window_is_given(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """A slice holds the days asked for, both ends included, whatever else the file has."""
    assert [r["game_id"] for r in ask("games", at(12))] == ["0022300500"]
    assert len(ask("games", at(12), DAY, date(2024, 1, 11))) == 2
    assert ask("games", at(12), date(2024, 1, 12), date(2024, 2, 1)) == []


def test_a_box_score_appears_when_the_game_is_over(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """One overtime: 150 + 25 minutes after the tip, to the minute."""
    assert ask("box_scores", at(3, 24)) == []
    assert len(ask("box_scores", at(3, 25))) == len(ROWS["box_scores"])


def test_overtimes_are_hidden_until_the_game_is_over(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """A schedule read before the buzzer does not tell how long the game will take."""
    assert [r["overtimes"] for r in ask("games", at(3, 24))] == [None]
    assert [r["overtimes"] for r in ask("games", at(3, 25))] == [1]


def test_a_line_appears_when_it_was_seen_and_an_unstamped_one_half_an_hour_before_the_tip(
    ask: Callable[..., list[dict[str, Any]]],
) -> None:
    """No line is given before its time, and none is withheld after it."""
    seen = [
        [r["line"] for r in ask("props_points", moment)]
        for moment in (at(14, 59, 10), at(22, 0, 10), at(23, 59, 10), at(0))
    ]
    assert seen == [[], [10.5], [10.5, 11.5], [10.5, 11.5, 12.5]]


def test_a_status_is_shown_up_to_now_only(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """A status that lasts ten days more is, on the second day, only known to have lasted until now."""
    assert [r["last_seen_utc"] for r in ask("injury_snapshots", at(18, 0, 10))] == [at(18, 0, 10)]
    assert ask("injury_snapshots", at(11, 59, 8), date(2024, 1, 8), date(2024, 1, 8)) == []


def test_an_inactive_list_comes_half_an_hour_before_the_tip(ask: Callable[..., list[dict[str, Any]]]) -> None:
    """23:59 is too early, midnight UTC is the moment."""
    assert [len(ask("inactives", m)) for m in (at(23, 59, 10), at(0))] == [0, 1]


def test_hindsight_columns_are_not_given_at_all(folder: Path) -> None:
    """Columns outside the contract, such as which line closed, never leave the folder."""
    path = folder / "props_points.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.append_column("is_main_line", pa.array([True, False, True])), path)
    window = {"from": "2024-01-10", "to": "2024-01-10", "known_by": "2025-01-01T00:00:00+00:00"}
    given = pq.read_table(pa.BufferReader(HistoryFeeds(folder).fetch(Request("history", "props_points", window)).body))
    assert given.schema.names == list(HISTORY["props_points"].columns)


def test_files_of_several_seasons_are_one_history(folder: Path) -> None:
    """Seasons in any order, even overlapping, read as one table by date."""
    older = {**BOX, "game_id": "0022300001", "game_date": date(2023, 11, 1)}
    write(folder, "box_scores", [BOX]).rename(folder / "box_scores_a.parquet")
    write(folder, "box_scores", [older, {**BOX, "player_name": "Other One"}])
    window = {"from": "2023-11-01", "to": "2024-01-10", "known_by": "2025-01-01T00:00:00+00:00"}
    given = pq.read_table(pa.BufferReader(HistoryFeeds(folder).fetch(Request("history", "box_scores", window)).body))
    assert [r["game_date"] for r in given.to_pylist()] == [date(2023, 11, 1), DAY, DAY]


def test_an_optional_file_may_lack(folder: Path) -> None:
    """A folder without game lines answers with no bytes: there is no such source."""
    window = {"from": "2024-01-10", "to": "2024-01-10", "known_by": "2025-01-01T00:00:00+00:00"}
    assert HistoryFeeds(folder).fetch(Request("history", "game_lines", window)).body == b""


def test_a_missing_folder_or_needed_file_is_a_persons_mistake(folder: Path) -> None:
    """One line that names what is missing."""
    with pytest.raises(UserError, match="no such data folder"):
        HistoryFeeds(folder / "nowhere")
    (folder / "games.parquet").unlink()
    with pytest.raises(UserError, match=r"games\.parquet"):
        HistoryFeeds(folder)


def test_a_truncated_file_is_named(folder: Path) -> None:
    """Half a Parquet file is refused on opening, before anything is read from the others."""
    path = folder / "props_points.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ContractError, match=r"props_points\.parquet is not a whole Parquet file"):
        HistoryFeeds(folder)


def test_damage_inside_a_file_is_named(folder: Path) -> None:
    """A whole footer over spoiled pages is found when the file is read."""
    path = folder / "inactives.parquet"
    body = bytearray(path.read_bytes())
    body[4:200] = b"\xff" * 196
    path.write_bytes(body)
    with pytest.raises(ContractError, match=r"inactives\.parquet cannot be read"):
        HistoryFeeds(folder).fetch(
            Request(
                "history", "inactives", {"from": "2024-01-10", "to": "2024-01-10", "known_by": "2025-01-01T00:00:00Z"}
            )
        )


def test_a_missing_or_mistyped_column_is_named(folder: Path) -> None:
    """The column's name and the file's are in the message."""
    path = folder / "inactives.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.drop_columns(["player_name"]), path)
    with pytest.raises(ContractError, match=r"inactives\.parquet lacks the column\(s\) player_name"):
        HistoryFeeds(folder)
    pq.write_table(rows.set_column(3, "player_id", pa.array(["seven"])), path)
    window = {"from": "2024-01-10", "to": "2024-01-10", "known_by": "2025-01-01T00:00:00Z"}
    with pytest.raises(ContractError, match=r"inactives\.parquet cannot be read"):
        HistoryFeeds(folder).fetch(Request("history", "inactives", window))


def test_the_folder_knows_its_first_and_last_date(folder: Path) -> None:
    """Two games, two dates."""
    assert HistoryFeeds(folder).first_and_last_date() == (DAY, date(2024, 1, 11))


def changed(path: Path, **columns: Any) -> None:
    """Write the file again with these columns in place of its own; None leaves one out."""
    rows = pq.read_table(path)
    for name, values in columns.items():
        rows = rows.drop_columns([name])
        rows = rows if values is None else rows.append_column(name, values)
    pq.write_table(rows, path)


def everything(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a file in all of January 2024."""
    window = {"from": "2024-01-01", "to": "2024-01-31", "known_by": "2025-01-01T00:00:00+00:00"}
    return pq.read_table(pa.BufferReader(HistoryFeeds(folder).fetch(Request("history", name, window)).body)).to_pylist()


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64(), pa.int32()])
def test_ids_kept_as_numbers_get_their_zeros_again(folder: Path, kind: pa.DataType) -> None:
    """Also as floating numbers, as pandas writes them beside nulls."""
    for name, numbers in (("games", [22300500, 22300510]), ("props_points", [22300500] * 3)):
        changed(folder / f"{name}.parquet", game_id=pa.array(numbers, pa.int64()).cast(kind))
    assert [r["game_id"] for r in everything(folder, "games")] == ["0022300500", "0022300510"]
    assert {r["game_id"] for r in everything(folder, "props_points")} == {"0022300500"}


def test_times_without_zone_are_utc(folder: Path) -> None:
    """As text, or as a time stamp of no zone; a text with an offset keeps it."""
    games = folder / "games.parquet"
    changed(games, tip_utc=pa.array(["2024-01-11T00:30:00", "2024-01-11 19:30:00-05:00"]))
    assert [r["tip_utc"] for r in everything(folder, "games")] == [at(0, 30), at(0, 30, 12)]
    changed(games, tip_utc=pa.array([at(0, 30).replace(tzinfo=None), None], pa.timestamp("ms")))
    assert [r["tip_utc"] for r in everything(folder, "games")] == [at(0, 30), None]


def test_a_date_with_a_time_of_day_is_a_date(folder: Path) -> None:
    """As a table saved as text writes it."""
    changed(
        folder / "games.parquet", game_date=pa.array(["2024-01-10 00:00:00", "2024-01-11 00:00:00"], pa.large_string())
    )
    assert [r["game_date"] for r in everything(folder, "games")] == [DAY, date(2024, 1, 11)]


def test_a_column_that_is_of_no_need_may_lack(folder: Path) -> None:
    """It is null in every row."""
    changed(folder / "games.parquet", is_neutral_site=None, season=None, overtimes=None)
    changed(folder / "box_scores_2023-24.parquet", is_starter=None, comment=None, played=None)
    assert {(r["is_neutral_site"], r["season"]) for r in everything(folder, "games")} == {(None, None)}
    assert [(r["is_starter"], r["played"]) for r in everything(folder, "box_scores")][:1] == [(None, None)]


@pytest.mark.parametrize(
    ("name", "column", "values", "rule"),
    [
        ("games.parquet", "season", ["2024-25", "2024-25"], "another_season"),
        ("games.parquet", "game_id", ["401584893", "401584894"], "no_game_id"),
        ("games.parquet", "game_date", ["2023-01-10", "2023-01-11"], "date_of_another_season"),
        ("props_points.parquet", "game_id", ["22300500", None, None], "no_game_id"),
    ],
)
def test_a_file_of_which_most_rows_contradict_themselves_is_named(
    folder: Path, name: str, column: str, values: list[str | None], rule: str
) -> None:
    """With how many rows, the rule, and the first of them."""
    changed(folder / name, **{column: pa.array(values)})
    with pytest.raises(ContractError, match=rf"{name}: 2 of \d rows contradict their game ids; {rule}: "):
        everything(folder, name.removesuffix(".parquet"))


def test_a_row_that_contradicts_itself_costs_no_other(folder: Path) -> None:
    """The file is read; which of its rows are refused is the parser's part."""
    changed(folder / "props_points.parquet", game_id=pa.array(["22300500", "22300500", None]))
    assert [r["game_id"] for r in everything(folder, "props_points")] == ["0022300500", "0022300500", None]


def test_a_row_has_the_date_of_its_game(folder: Path) -> None:
    """Whether it has none or that of UTC; without either the row stays in its neighbours' window, to be refused there."""
    changed(
        folder / "props_points.parquet",
        game_date=pa.array([None, date(2024, 1, 11), None], pa.date32()),
        game_id=pa.array(["0022300500", "0022300500", "0022300999"]),
    )
    assert [r["game_date"] for r in everything(folder, "props_points")] == [DAY, DAY, None]


def test_a_game_listed_twice_has_its_last_tip(folder: Path) -> None:
    """A line without a time is known half an hour before the tip of the row that stands."""
    game = ROWS["games"][0]
    write(folder, "games", [game, {**game, "tip_utc": at(1)}])
    window = {"from": "2024-01-10", "to": "2024-01-10", "known_by": at(0, 29).isoformat()}
    shown = pq.read_table(pa.BufferReader(HistoryFeeds(folder).fetch(Request("history", "props_points", window)).body))
    assert shown["line"].to_pylist() == [10.5, 11.5]


def test_a_status_with_one_time_was_seen_at_that_time(folder: Path) -> None:
    """Its last time is its first one."""
    write(folder, "injury_snapshots", [{**ROWS["injury_snapshots"][0], "last_seen_utc": None}])
    assert [r["last_seen_utc"] for r in everything(folder, "injury_snapshots")] == [at(12, 0, 8)]
