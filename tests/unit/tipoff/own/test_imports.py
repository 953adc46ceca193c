"""Predictions that were made elsewhere: taken with the time they were made at, refused after the tip by row."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import tipoff
from tests.support.local import runs
from tests.support.local.walked import DAYS, PLAYERS, as_of, game, tip


def rows(**changes: Any) -> list[dict[str, Any]]:
    """A prediction per player of each date, made two hours before the tip."""
    return [
        {
            "game_id": game(d),
            "player_id": n,
            "made_at": tip(d) - timedelta(hours=2),
            "mean": n + 9.0,
            "std": 6.0,
            **changes,
        }
        for d in DAYS
        for n in PLAYERS
    ]


def bring_in(
    home: Path, listed: list[dict[str, Any]], suffix: str = "csv", name: str = "theirs"
) -> tuple[int, str, str]:
    """`tipoff systems import` of these rows; CSV loses the leading zeros of a game id that was a number."""
    path, frame = home.parent / f"elsewhere.{suffix}", pd.DataFrame(listed)
    if suffix == "csv":
        if "game_id" in frame:
            frame["game_id"] = frame["game_id"].str.lstrip("0")
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    return runs.here("systems", "import", path, "--name", name, "--home", home)


def predictions(home: Path, name: str = "theirs") -> pd.DataFrame:
    """The imported rows."""
    frame = tipoff.load_predictions(home=home)
    return frame[frame["system_id"] == name].reset_index(drop=True)


def test_csv_and_parquet_give_the_same_rows_which_are_graded(home: Path) -> None:
    """Same distributions, lines and grades; predicted_at is when they were made; evaluate shows both."""
    assert bring_in(home, rows())[:2] == (0, "theirs: 18 predictions imported\n")
    assert bring_in(home, rows(), "parquet", "same")[0] == 0
    one, other = predictions(home), predictions(home, "same")
    unlike = ["system_id", "model_hash"]
    pd.testing.assert_frame_equal(one.drop(columns=unlike), other.drop(columns=unlike))
    assert one["predicted_at"].tolist() == [tip(d) - timedelta(hours=2) for d in DAYS for _ in PLAYERS]
    grades = tipoff.load_grades(home=home)
    assert grades["system_id"].value_counts().to_dict() == {"same": 18, "theirs": 18, "moving_average": 3}
    report = json.loads(runs.here("evaluate", "--home", home, "--json")[1])
    assert {"same", "theirs"} <= set(report["filters"])


def test_what_was_made_after_the_tip_is_refused_with_its_row(home: Path) -> None:
    """The first such row is named with both times; nothing of the file is stored."""
    listed = rows()
    listed[7]["made_at"] = tip(DAYS[1]) + timedelta(seconds=1)
    code, out, err = bring_in(home, listed)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"elsewhere.csv, row 8 (game {game(DAYS[1])}, player 2) was made at" in err
    assert f"after the tip at {tip(DAYS[1]).isoformat()}" in err
    assert predictions(home).empty
    assert not list((home / "systems").glob("*"))
    every = [{**row, "made_at": datetime.fromisoformat("2024-06-01T00:00:00+00:00")} for row in rows()]
    assert "; and 15 more" in bring_in(home, every)[2]


def test_the_tip_itself_is_in_time_and_after_the_prediction_time_there_is_no_line(home: Path) -> None:
    """Made at the prediction time: with its line. A second later: known more than the line did, so without one."""
    listed = rows()[:3]
    for row, made in zip(listed, (as_of(DAYS[0]), as_of(DAYS[0]) + timedelta(seconds=1), tip(DAYS[0])), strict=True):
        row["made_at"] = made
    code, out, _ = bring_in(home, listed)
    assert (code, "2 were made after the prediction time, so they have no line" in out) == (0, True)
    found = predictions(home)
    assert found["line"].isna().tolist() == [False, True, True]
    assert found["recommendation"].tolist()[1:] == ["NO_LINE", "NO_LINE"]


def test_further_rows_are_added_and_none_is_rewritten(home: Path) -> None:
    """A second file under the same name adds its rows; a row that was imported before is refused by number."""
    first, later = rows()[:6], rows()[6:]
    assert bring_in(home, first)[0] == 0
    assert "row 1 (game" in bring_in(home, rows()[5:])[2]
    assert bring_in(home, later)[0] == 0
    assert len(predictions(home)) == 18


def test_rows_of_no_slate_are_counted_and_left_out(home: Path) -> None:
    """An unknown player beside known ones; a file of unknown ones alone is refused."""
    unknown = {**rows()[0], "player_id": 99}
    assert "1 rows fit no player" in bring_in(home, [*rows(), unknown])[1]
    assert "none of its 1 games and players" in bring_in(home, [unknown], name="other")[2]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"made_at": "2024-02-24T12:00:00"}, "row 1: made_at is '2024-02-24T12:00:00': a time needs an offset"),
        ({"made_at": "noon"}, "row 1: made_at is 'noon'"),
        ({"player_id": "x"}, "row 1: player_id is 'x'"),
        ({"game_id": "x"}, "row 1: game_id is 'x': an NBA game id has ten digits"),
        ({"std": -1.0}, "row 1: mean 10 and std -1"),
        ({"pmf": "[0.5]"}, "row 1: the pmf has 1 values that add up to 0.5"),
    ],
)
def test_a_row_that_is_wrong_is_named(home: Path, change: dict[str, Any], message: str) -> None:
    """Exit 2, one line, nothing stored."""
    code, out, err = bring_in(home, rows(**change))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_a_file_that_is_wrong_is_named(home: Path) -> None:
    """Doubled rows, missing columns, no rows, another format; and the name of a system with a file."""
    assert "row 19 (game" in bring_in(home, [*rows(), rows()[0]])[2]
    assert (
        "has no column made_at" in bring_in(home, [{k: v for k, v in r.items() if k != "made_at"} for r in rows()])[2]
    )
    empty = home.parent / "empty.csv"
    empty.write_text("game_id,player_id,made_at,mean,std\n", "utf-8")
    assert "has no rows" in runs.here("systems", "import", empty, "--home", home)[2]
    broken = home.parent / "broken.parquet"
    broken.write_bytes(b"x")
    assert "cannot be read as parquet" in runs.here("systems", "import", broken, "--home", home)[2]
    assert "give a .csv or a .parquet" in runs.here("systems", "import", home / "warehouse.duckdb", "--home", home)[2]
    mine = home.parent / "theirs.py"
    mine.write_text("def forecast(f): return f[[]].assign(mean=1.0, std=1.0)\n", "utf-8")
    assert runs.here("systems", "add", mine, "--home", home)[0] == 0
    assert "theirs is a system with a file" in bring_in(home, rows())[2]


def test_a_distribution_in_csv_is_a_json_list(home: Path) -> None:
    """P(points = k) as text."""
    listed = [{**row, "pmf": "[0.5, 0.5]"} for row in rows()]
    assert bring_in(home, listed)[0] == 0
    assert set(predictions(home)["predicted_points"]) == {0.5}
