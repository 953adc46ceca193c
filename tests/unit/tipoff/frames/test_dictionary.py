"""The dictionary of columns is whole, and the same as a page, a frame and a command."""

import json

import pytest

import tipoff
from shared.contracts.rows import table, tables
from shared.errors import UserError
from tests.support.local import runs
from tests.support.places import ROOT
from tipoff.frames import dictionary

PAGE = ROOT / "docs" / "data-dictionary.md"


def test_the_committed_page_is_the_generated_one() -> None:
    """docs/data-dictionary.md says what the contracts say; after a change run `make docs`."""
    assert PAGE.read_text("utf-8") == dictionary.markdown()


def test_every_column_of_every_table_is_explained() -> None:
    """Meaning and null of each column; a new one is explained by a note behind it in its contract, or here by name.

    The other place is tipoff/frames/dictionary.yaml.
    """
    entries = [e for t in tables().values() for e in dictionary.entries(t)]
    assert [f"{e.table}.{e.column}" for e in entries if not e.meaning or not e.null] == []
    assert {e.null == "never null" for e in entries if table(e.table).column(e.column).required} == {True}  # type: ignore[union-attr]


def test_the_dictionary_explains_no_column_that_is_gone() -> None:
    """Each name of dictionary.yaml is a column, with at most meaning, unit and null."""
    known = {name for t in tables().values() for c in t.columns for name in (c.name, f"{t.name}.{c.name}")}
    words = dictionary._words()
    assert set(words["columns"]) - known == set()
    assert {len(entry) for entry in words["columns"].values()} <= {1, 2, 3}
    assert set(words["known_at"]) - set(tables()) == set()


def test_a_note_behind_a_column_is_its_meaning_and_its_null() -> None:
    """What stands after `null` in a note says what null means; the words before it are the meaning."""
    of = {e.column: e for e in dictionary.entries(table("nba_predictions.prediction_accuracy"))}
    assert (of["over_hit"].meaning, of["over_hit"].null) == (
        "actual > line",
        "where equal, not played or without a line",
    )
    assert (of["actual_points"].unit, of["actual_points"].null) == ("points", "did not play, or no result yet")
    assert of["game_id"].is_key
    features = {e.column: e for e in dictionary.entries(table("nba_precompute.ml_feature_store_v2"))}
    assert features["points_avg_last_5"].meaning == "points per game, last 5"
    assert features["points_avg_last_5"].unit == "points"


def test_the_frame_has_what_the_page_has() -> None:
    """One row per column of every table, or of the one that is named by its short name; a wrong name is refused."""
    every = tipoff.load_dictionary()
    assert len(every) == sum(len(t.columns) for t in tables().values())
    assert set(every.columns) >= {"table", "grain", "column", "unit", "meaning", "null", "known_at", "is_key"}
    one = tipoff.load_dictionary("prediction_accuracy")
    assert set(one["loader"]) == {"load_grades"}
    with pytest.raises(UserError, match="did you mean"):
        tipoff.load_dictionary("prediction_acuracy")


def test_the_command_prints_the_same() -> None:
    """`tipoff tables`: all tables, one table's columns, JSON and the page; a wrong name is one line."""
    assert "load_box_scores" in runs.here("tables")[1]
    assert "signed_error" in runs.here("tables", "prediction_accuracy")[1]
    (shown,) = json.loads(runs.here("tables", "prediction_accuracy", "--json")[1])
    assert [c["column"] for c in shown["columns"]] == [c.name for c in table(shown["table"]).columns]
    assert runs.here("tables", "--markdown")[1] == PAGE.read_text("utf-8")
    code, out, err = runs.here("tables", "nothing")
    assert (code, out, err.count("\n")) == (2, "", 1)
