"""`tipoff replay` on the sample history folder: the report adds up for any content and any first date."""

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.map.loader import pipeline_map
from tests.support.local import runs
from tests.support.local.runs import FIRST, LAST, NEXT, Copy
from tipoff.sample.league import DEFAULT_START, League

KEYS = {
    *("dates", "games", "predictions_by_system", "outcomes", "coverage", "verdicts", "events", "redeliveries"),
    *("dead_letters", "quarantined", "seconds_total", "seconds_training", "seconds_per_date"),
}
OUTCOMES = {"win", "loss", "push", "void", "pending", "ungradeable"}
Replayed = tuple[Path, dict[str, Any]]
PREDICTIONS = "nba_predictions.player_prop_predictions"


def check(report: dict[str, Any]) -> None:
    """Properties of every report."""
    assert set(report) >= KEYS
    assert set(report["outcomes"]) == OUTCOMES
    assert set(report["seconds_per_date"]) == {"p50", "p99", "first20_mean", "last20_mean"}
    by_system = report["outcomes_by_system"]
    assert {s: sum(counts.values()) for s, counts in by_system.items()} == report["predictions_by_system"]
    assert {o: sum(c[o] for c in by_system.values()) for o in OUTCOMES} == report["outcomes"]
    assert report["outcomes"]["pending"] == 0
    assert report["coverage"] in (1.0, None)
    assert report["dead_letters"] == report["redeliveries"] == 0
    phases = sum(len(pipeline_map().runs[kind].phases) for kind in ("pregame", "postgame"))
    verdicts = report["verdicts"]
    assert verdicts["expected"] == verdicts["found"] == report["dates"] * phases
    assert verdicts["found"] == sum(n for outcome, n in verdicts.items() if outcome not in ("expected", "found"))


def test_the_report_adds_up(replayed: Replayed) -> None:
    """All keys are present, outcomes add up per system, all gradable rows are graded, one verdict per phase and run."""
    report = replayed[1]
    check(report)
    assert (report["dates"], report["from"], report["to"]) == (2, str(FIRST), str(LAST))
    wanted = {"moving_average", "similarity_balanced_v1", "catboost_v8", "ensemble_v1"}
    assert set(report["predictions_by_system"]) >= wanted
    assert report["outcomes"]["win"] > 0 < report["outcomes"]["loss"]
    assert report["coverage"] == 1.0
    assert report["verdicts"]["complete"] == report["verdicts"]["found"]
    assert report["quarantined"] == {"rows": {}, "messages": 0}


def test_every_command_counts_the_same(replayed: Replayed, tmp_path: Path) -> None:
    """Status of each date, evaluate and an export row by row have the outcomes of the replay's report."""
    home, report = replayed
    told = [json.loads(runs.here("status", day, "--home", home, "--json")[1])["outcomes"] for day in (FIRST, LAST)]
    assert {o: sum(t[o] for t in told) for o in OUTCOMES} == report["outcomes"]
    assert json.loads(runs.here("evaluate", "--home", home, "--json")[1])["outcomes"] == report["outcomes"]
    file = tmp_path / "outcomes.json"
    runs.here("export", "prediction_outcomes", "--home", home, "--out", file)
    listed = Counter(row["outcome"] for row in json.loads(file.read_text("utf-8")))
    assert dict(listed) == {o: n for o, n in report["outcomes"].items() if n}


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        ("status", "phase3_to_grading"),
        ("picks --system ensemble_v1", "Player"),
        ("trace", "from raw bytes"),
        ("evaluate", "champion_no_line"),
        ("rerun --dry-run", "scrape.odds_api_player_points_props"),
    ],
)
def test_tables_fit_a_terminal_of_80_columns(
    replayed: Replayed, command: str, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the columns that matter most: names and values whole, and a line that names what has no room."""
    monkeypatch.setenv("COLUMNS", "80")
    home, (name, *options) = replayed[0], command.split()
    who = [runs.rows(home, f"SELECT MIN(player_name) FROM {PREDICTIONS} WHERE game_date = ?", LAST)[0][0]]
    date = [] if name == "evaluate" else [LAST]
    code, out, err = runs.here(name, *(who if name == "trace" else []), *date, *options, "--home", home)
    assert code == 0, err
    rows = [line for line in out.splitlines() if "   " in line.strip()]
    assert rows
    assert max(map(len, rows)) <= 80
    assert "…" not in out
    assert whole in out


def test_players_with_a_line_or_expected_to_play_are_predicted(replayed: Replayed, league: League) -> None:
    """By the league's own data, every player with a line 30 minutes before the tip has a base prediction."""
    from tipoff.sample.lines import history

    wanted = set()
    for day in (FIRST, LAST):
        for game in (g for g in league.slate(day) if g.sides):
            as_of = game.fixture.tip - timedelta(minutes=30)
            for books in history(league, game.number)[0].values():
                for offers in books:
                    wanted |= {(game.fixture.game_id, o.player_id) for o in offers if o.since <= as_of}
    sql = f"SELECT game_id, player_id, line FROM {PREDICTIONS} WHERE system_id = 'moving_average'"
    lines = {(g, p): line for g, p, line in runs.rows(replayed[0], sql)}
    assert wanted
    assert {key for key in wanted if lines.get(key) is None} == set()
    assert {key for key, line in lines.items() if line is not None} == wanted
    assert set(lines) - wanted, "no player was predicted without a line"


def test_a_season_from_its_first_day(folder: Path, tmp_path: Path) -> None:
    """Without earlier games there is no average and no model to train; days later moving_average predicts."""
    start = DEFAULT_START
    report = runs.replay(folder, start, start + timedelta(days=4), tmp_path / "home")
    check(report)
    assert report["predictions_by_system"].get("moving_average", 0) > 0
    assert "catboost_v8" not in report["predictions_by_system"]
    sql = f"SELECT MIN(game_date) FROM {PREDICTIONS} WHERE system_id = 'moving_average'"
    assert runs.rows(tmp_path / "home", sql) == [(start + timedelta(days=1),)]


def test_lines_without_timestamps_count_as_known_at_the_lead(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """A line with a null `first_seen_utc` is assumed known 30 minutes before the tip, marked so, and used."""
    data, home = copy(folder), copy(replayed[0])
    one_per_player = (
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY game_id, player_id, bookmaker ORDER BY first_seen_utc) = 1"
    )
    runs.change(
        data,
        "props_points.parquet",
        f"SELECT * REPLACE (NULL::TIMESTAMPTZ AS first_seen_utc) FROM file {one_per_player}",
    )
    report = runs.replay(data, NEXT, NEXT, home, "--no-train")
    check(report)
    sql = f"SELECT COUNT(line), COUNT(*) FILTER (WHERE line IS NULL), BOOL_AND(line_known_at = as_of) FROM {PREDICTIONS} WHERE game_date = ?"
    with_line, without, at_the_lead = runs.rows(home, sql, NEXT)[0]
    assert with_line > 0 < without
    assert at_the_lead
    sources = "SELECT DISTINCT known_at_source FROM nba_raw.odds_api_player_points_props WHERE game_date = ?"
    assert runs.rows(home, sources, NEXT) == [("assumed",)]


@pytest.mark.parametrize("file_is_there", [True, False], ids=["no row", "no file"])
def test_dates_without_any_line_are_predicted_without(
    file_is_there: bool, folder: Path, replayed: Replayed, copy: Copy
) -> None:
    """Every player expected to play is predicted and marked NO_LINE, ungradeable or void; the verdicts are written."""
    data, home = copy(folder), copy(replayed[0])
    if file_is_there:
        runs.change(data, "props_points.parquet", f"SELECT * FROM file WHERE game_date < DATE '{NEXT}'")
    else:
        (data / "props_points.parquet").unlink()
    report = runs.replay(data, NEXT, NEXT, home, "--no-train")
    check(report)
    assert report["predictions_by_system"]["ensemble_v1"] > 0
    assert report["outcomes"]["ungradeable"] + report["outcomes"]["void"] == sum(report["outcomes"].values())
    sql = f"SELECT DISTINCT recommendation, line, p_over FROM {PREDICTIONS} WHERE game_date = ?"
    assert runs.rows(home, sql, NEXT) == [("NO_LINE", None, None)]
    unit = runs.documents(home, "completions", f"{NEXT}.pregame.1.scrape.odds_api_player_points_props")
    raw = runs.documents(home, "completions", f"{NEXT}.pregame.1.raw.odds_api_player_points_props")
    ends = {d["outcome"] for d in (*unit.values(), *raw.values())}
    assert ends == ({"ok", "empty"} if file_is_there else {"ok", "no_source"})


def test_without_a_model_no_train_is_refused(folder: Path, tmp_path: Path) -> None:
    """Without any model --no-train is one line on stderr and exit code 2."""
    start = DEFAULT_START
    window = ["--from", start, "--to", start, "--home", tmp_path / "home"]
    code, _, err = runs.here("replay", "--data", folder, *window, "--no-train")
    assert (code, err.strip().count("\n")) == (2, 0)
    assert "no trained model" in err


def test_train_through_ends_the_training_there(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """The model's card has that date, and the date's predictions use that model."""
    home = copy(replayed[0])
    through = FIRST - timedelta(days=3)
    runs.replay(folder, NEXT, NEXT, home, "--train-through", through)
    hashes = f"SELECT DISTINCT model_hash FROM {PREDICTIONS} WHERE system_id = 'catboost_v8' AND game_date = ?"
    cards = cards_of(home)
    assert {c["trained_through"] for c in cards.values()} == {str(through), str(FIRST - timedelta(days=1))}
    ((used,),) = runs.rows(home, hashes, NEXT)
    assert cards[used]["trained_through"] == str(through)
    ((before,),) = runs.rows(home, hashes, LAST)
    assert cards[before]["trained_through"] == str(FIRST - timedelta(days=1))


def cards_of(home: Path) -> dict[str, dict[str, Any]]:
    """The cards of the home's models by hash."""
    from shared.adapters.models import FileModels

    return {c["hash"]: c for c in FileModels(home / "models").cards()}


def test_a_model_trained_on_a_date_does_not_predict_it(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """--train-through later than the day before is cut to the day before."""
    home = copy(replayed[0])
    runs.replay(folder, NEXT, NEXT, home, "--train-through", NEXT + timedelta(days=30))
    assert max(c["trained_through"] for c in cards_of(home).values()) == str(LAST)


def test_a_repeated_replay_changes_nothing(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """The same command again has the same counts."""
    again = runs.replay(folder, FIRST, LAST, copy(replayed[0]))
    for name in KEYS - {"seconds_total", "seconds_training", "seconds_per_date"}:
        assert again[name] == replayed[1][name], name


def test_the_order_of_dates_is_kept(replayed: Replayed) -> None:
    """No prediction is later than 30 minutes before its tip, and none has a line from after its as_of."""
    sql = f"SELECT COUNT(*), COUNT(*) FILTER (WHERE as_of > tip_utc - INTERVAL 30 MINUTE OR line_known_at > as_of) FROM {PREDICTIONS}"
    ((n, late),) = runs.rows(replayed[0], sql)
    assert n > 0
    assert late == 0
    assert isinstance(FIRST, date)
