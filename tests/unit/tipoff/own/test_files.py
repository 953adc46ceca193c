"""A user's Python file: walked forward, graded and shown beside the others; its mistakes cost only itself."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tipoff
from functions.predict.distribution import chances, pmf_of
from shared.map.loader import pipeline_map
from tests.support.local import homes, runs, walked
from tests.support.local.walked import DAYS, POINTS, as_of, game

MEAN = """
import pandas as pd

def forecast(features):
    return pd.DataFrame({"mean": features["points_avg_last_5"], "std": 6.0})
"""


def write(path: Path, code: str) -> Path:
    """A user's file."""
    path.write_text(code, "utf-8")
    return path


def add(home: Path, code: str, name: str = "mine") -> tuple[int, str, str]:
    """`tipoff systems add` of a file with this code."""
    return runs.here("systems", "add", write(home.parent / f"{name}.py", code), "--home", home)


def evaluated(home: Path) -> tuple[dict[str, Any], str]:
    """The report of `tipoff evaluate`, and what it said on stderr."""
    code, out, err = runs.here("evaluate", "--home", home, "--json")
    assert code == 0, err
    return json.loads(out), err


def predictions(home: Path, system: str = "mine") -> Any:
    """Its prediction rows."""
    frame = tipoff.load_predictions(home=home)
    return frame[frame["system_id"] == system].reset_index(drop=True)


def test_a_file_predicts_every_date_and_is_graded_as_the_others_are(home: Path) -> None:
    """The rows have the mean and the chances of its distribution; outcomes and points come from the box scores."""
    code, out, err = add(home, MEAN)
    assert (code, err) == (0, "")
    assert "mine: 18 predictions on 3 dates, 18 graded" in out
    rows = predictions(home)
    assert rows["game_date"].dt.date.tolist() == [day for day in DAYS for _ in walked.PLAYERS]
    expected = rows["player_id"].to_numpy(float) + 10.0
    np.testing.assert_allclose(rows["predicted_points"], expected, atol=0.02)
    over = chances(pmf_of(expected, np.full(18, 6.0)), np.full(18, 20.5))[0]
    lined = rows["line"].notna().to_numpy()
    np.testing.assert_allclose(rows["p_over"].to_numpy(float)[lined], over[lined])
    grades = tipoff.load_grades(home=home)
    mine = grades[grades["system_id"] == "mine"]
    assert mine["actual_points"].dropna().tolist() == [*POINTS.values()] * 3
    assert mine["outcome"].value_counts().to_dict() == {"win": 9, "loss": 3, "ungradeable": 3, "void": 3}


def test_it_has_its_row_in_evaluate(home: Path) -> None:
    """The report has it beside the formula; nothing but it is added to the report's systems."""
    before = set(evaluated(home)[0]["filters"])
    add(home, MEAN)
    report = evaluated(home)[0]
    assert set(report["filters"]) == before | {"mine"}
    assert report["outcomes"]["void"] >= 3


def test_it_sees_a_date_at_a_time_and_no_result_that_was_not_known(home: Path) -> None:
    """Features of one date without results, dates in order; the past ends before the date's first prediction time."""
    seen = home.parent / "seen.jsonl"
    code = f"""
import json, pandas as pd

def forecast(features, past):
    with open({str(seen)!r}, "a") as file:
        row = dict(days=sorted(set(features["game_date"].astype(str))), columns=list(features), past=len(past))
        newest = "" if past.empty else past["result_known_at"].max().isoformat()
        file.write(json.dumps(row | dict(newest=newest, points=sorted(map(int, past["actual_points"])))) + "\\n")
    features["line"] = 0.0
    past["actual_points"] = 0
    return pd.DataFrame({{"mean": 15.0, "std": 6.0}}, index=features.index)
"""
    assert add(home, code)[0] == 0
    told = [json.loads(line) for line in seen.read_text("utf-8").splitlines()]
    assert [t["days"] for t in told] == [[str(day)] for day in DAYS]
    assert [t["past"] for t in told] == [0, 5, 10]
    assert all(t["newest"] < as_of(day).isoformat() for t, day in zip(told, DAYS, strict=True))
    assert told[2]["points"] == sorted([*POINTS.values()] * 2)
    assert not {c for t in told for c in t["columns"] if c.startswith(("actual", "result"))}
    assert set(predictions(home)["line"].dropna()) == {20.5}


def test_dates_that_its_model_has_seen_are_not_predicted(home: Path) -> None:
    """TRAINED_THROUGH states the last date with known results; later dates are predicted."""
    assert add(home, f'TRAINED_THROUGH = "{DAYS[1]}"\n{MEAN}')[0] == 0
    assert set(predictions(home)["game_date"].dt.date) == {DAYS[2]}


def test_a_distribution_by_key_columns_is_taken_whole(home: Path) -> None:
    """A pmf may be shorter than 81 values; players that are left out have no row."""
    code = """
def forecast(features):
    answer = features[["game_id", "player_id"]].iloc[::-1].head(2).reset_index(drop=True)
    answer["pmf"] = [[0.25, 0.0, 0.75], [1.0]]
    return answer
"""
    assert add(home, code)[0] == 0
    rows = predictions(home)
    assert rows["player_id"].tolist() == [5, 6] * 3
    assert rows["predicted_points"].tolist() == [0.0, 1.5] * 3
    assert rows["points_pmf"].map(sum).tolist() == [1.0] * 6


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "def forecast(features):\n    x = 1\n    return features['nothing']\n",
            "mine.py line 3, in forecast: KeyError",
        ),
        ("import pandas\n1 / 0\n", "mine.py line 2, in <module>: ZeroDivisionError: division by zero"),
        ("def forecast(features:\n", "mine.py line 1: '(' was never closed"),
        ("def forecast(features):\n    raise SystemExit(3)\n", "mine.py line 2, in forecast: SystemExit: 3"),
        ("import nothing_of_the_kind\n", "mine.py line 1, in <module>: ModuleNotFoundError"),
        ("forecast = 5\n", "has no function forecast: define forecast(features)"),
        ("def forecast(a, b, c): ...\n", "takes 3 arguments"),
        ("def forecast(features): ...\n", "returned NoneType, not a DataFrame"),
        ("def forecast(features): return features[['line']].assign(mean=1.0)\n", "has no column std"),
        ("def forecast(features): return features[[]].assign(mean=1.0, std=0.0)\n", "row 0: mean 1 and std 0"),
        ("def forecast(features): return features[[]].assign(mean=float('nan'), std=1.0)\n", "mean nan and std 1"),
        ("def forecast(features): return features[[]].assign(mean=80.0, std=1.0)\n", "from 0 to below 80"),
        ("def forecast(features): return features[[]].assign(pmf=[[0.5, 0.4]] * 6)\n", "2 values that add up to 0.9"),
        ("def forecast(features): return features[[]].assign(pmf=[[1.5, -0.5]] * 6)\n", "none negative"),
        ("def forecast(features): return features[[]].assign(pmf=[[0.0] * 81 + [1.0]] * 6)\n", "at most 81"),
        (
            "def forecast(f): return f[[]].assign(mean=1.0, std=1.0).set_index(f['player_id'])\n",
            "which the features lack",
        ),
        (
            "import pandas as pd\ndef forecast(f):\n    f = f[[]].assign(mean=1.0, std=1.0)\n    return pd.concat([f, f])\n",
            "twice",
        ),
        ("TRAINED_THROUGH = 'noon'\ndef forecast(f): ...\n", "TRAINED_THROUGH of mine.py is 'noon'"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_stored(home: Path, code: str, message: str) -> None:
    """Exit 2, the user's file and line, no system afterwards."""
    exit_code, out, err = add(home, code)
    assert (exit_code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert json.loads(runs.here("systems", "list", "--home", home, "--json")[1])["own"] == []
    assert not (home / "draft").exists()


def test_a_crash_later_costs_only_that_system_and_only_from_there(home: Path) -> None:
    """A new date at which one file fails: the other predicts it, evaluate goes on and says which line failed."""
    new = date(2024, 2, 27)
    fails = MEAN.replace(
        "    return", f"    assert features['game_id'].iloc[0] != '{game(new)}', 'no such game'\n    return"
    )
    add(home, fails, "fragile")
    add(home, MEAN, "sound")
    app = homes.make_app(home)
    walked.fill_date(app, new)
    app.close()
    report, err = evaluated(home)
    assert f"fragile stopped at {new}: fragile.py line 5, in forecast: AssertionError: no such game" in err
    assert "sound" not in err
    assert {"fragile", "sound"} <= set(report["filters"])
    assert len(predictions(home, "sound")) == 24
    assert len(predictions(home, "fragile")) == 18


def test_only_what_is_new_or_changed_is_predicted_again(home: Path) -> None:
    """Unchanged dates are left alone; a date whose features were computed anew is predicted anew, and graded again."""
    calls = home.parent / "calls"
    code = f"{MEAN}\nfirst = forecast\ndef forecast(features):\n    open({str(calls)!r}, 'a').write('x')\n    return first(features)\n"
    add(home, code)
    evaluated(home)
    assert calls.read_text("utf-8") == "xxx"
    app = homes.make_app(home)
    again = walked.features_of(DAYS[1], points_avg_last_5=33.0).to_pylist()
    walked.put(app, "nba_precompute.ml_feature_store_v2", again, DAYS[1], generation=2)
    walked.grade_date(app, DAYS[1], generation=2)
    app.close()
    assert "mine: 18 predictions through 2024-02-26" in runs.here("systems", "update", "--home", home)[1]
    assert calls.read_text("utf-8") == "xxxx"
    changed = predictions(home).set_index("game_date")["predicted_points"]
    assert [round(changed[str(day)].max()) for day in DAYS] == [16, 33, 16]
    grades = tipoff.load_grades(home=home)
    assert (grades["system_id"] == "mine").sum() == 18


def test_a_name_is_free_and_shadows_nothing(home: Path) -> None:
    """Neither a built-in system's name, nor one that is taken, nor one that is no name."""
    for name in pipeline_map().functions["predict"].units:
        code, _, err = add(home, MEAN, name)
        assert (code, "is a built-in system" in err) == (2, True)
    file = write(home.parent / "1st.py", MEAN)
    assert "cannot name a system" in runs.here("systems", "add", file, "--home", home)[2]
    assert runs.here("systems", "add", file, "--name", "first", "--home", home)[0] == 0
    assert "has a system first already" in runs.here("systems", "add", file, "--name", "first", "--home", home)[2]


def test_list_and_remove(home: Path) -> None:
    """What there is, with its dates; after remove it is nowhere, and the user's file is still there."""
    add(home, MEAN)
    (listed,) = json.loads(runs.here("systems", "list", "--home", home, "--json")[1])["own"]
    assert (listed["name"], listed["kind"], listed["predictions"], listed["grades"]) == ("mine", "file", 18, 18)
    assert (listed["first"], listed["through"]) == (str(DAYS[0]), str(DAYS[-1]))
    assert "mine" in runs.here("systems", "list", "--home", home)[1]
    assert runs.here("systems", "remove", "mine", "--home", home)[0] == 0
    assert predictions(home).empty
    assert (home.parent / "mine.py").exists()
    assert "no own system yet" in runs.here("systems", "list", "--home", home)[1]
    code, _, err = runs.here("systems", "remove", "mine", "--home", home)
    assert (code, "has no own system mine; there is none" in err) == (2, True)


def test_a_home_without_predictions_says_what_to_run(tmp_path: Path) -> None:
    """There is nothing to walk over."""
    homes.make_app(tmp_path / "home").close()
    code, _, err = add(tmp_path / "home", MEAN)
    assert (code, "run tipoff replay" in err) == (2, True)
    assert "cannot be read" in runs.here("systems", "add", tmp_path / "no.py", "--home", tmp_path / "home")[2]
