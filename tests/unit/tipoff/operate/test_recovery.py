"""The recovery commands on a real home: dead letters, quarantine, reruns."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.local.queue import SqliteQueue
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested, UnitRequested, message
from shared.map.loader import pipeline_map
from tests.support.local.homes import DAY, NOW, make_app, play
from tipoff.cli import main

RUN = f"{DAY}.pregame"


def tipoff(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    """Exit code, the JSON printed (None if none was), and stderr."""
    code = main.run([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out.lstrip().startswith(("{", "[")) else None, err


def queue_of(home: Path) -> SqliteQueue:
    return SqliteQueue(home / "queue.db", VirtualClock(NOW), {**pipeline_map().engine, "max_attempts": 1})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a whole pregame run and nothing queued."""
    app = make_app(tmp_path)
    play(app, "pregame")
    app.close()
    queue = queue_of(tmp_path)
    while (delivery := queue.lease()) is not None:
        queue.ack(delivery)
    return tmp_path


def test_dead_letters_are_listed_shown_and_sent_again(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By number or by message id, one or all; none twice."""
    queue = queue_of(home)
    unit = UnitRequested(run_id=RUN, generation=1, phase="raw", unit="odds_api_game_lines", to="process_raw")
    queue.publish([message("nba-phase1-scrapers-complete", unit)])
    delivery = queue.lease()
    assert delivery is not None
    assert queue.nack(delivery, "boom")
    _, listed, _ = tipoff(capsys, "dlq", "list", "--home", home, "--json")
    assert [(x["message"], x["error"]) for x in listed] == [(unit.event_id, "boom")]
    _, shown, _ = tipoff(capsys, "dlq", "show", listed[0]["id"], "--home", home)
    assert shown["event"]["unit"] == "odds_api_game_lines"
    assert tipoff(capsys, "dlq", "redrive", "--home", home)[0] == 2
    assert tipoff(capsys, "dlq", "redrive", "nothing", "--home", home)[0] == 2
    _, sent, _ = tipoff(capsys, "dlq", "redrive", unit.event_id, "--home", home, "--json")
    assert sent == {"redriven": 1, "messages": [unit.event_id]}
    _, sent, _ = tipoff(capsys, "dlq", "redrive", "--all", "--home", home, "--json")
    assert sent["redriven"] == 0
    assert queue.counts()["queued"] == 1


def test_quarantined_things_are_released_as_what_they_are(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A request is sent again; a row, and a message whose unit has ended, mean a new generation; garbage stays."""
    app = make_app(home)
    request = RunRequested(request_id="r", kind="pregame", from_date=DAY)
    unit = UnitRequested(run_id=RUN, generation=1, phase="raw", unit="odds_api_game_lines", to="process_raw")
    app.engine.quarantine("request.r", "why", request.model_dump_json())
    app.engine.quarantine(unit.event_id, "why", unit.model_dump_json())
    app.engine.quarantine(f"{RUN}.1.raw.odds_api_player_points_props.no_such_player.0", "no_such_player", "{'a': 1}")
    app.engine.quarantine("event.x", "not an event", "garbage")
    app.close()
    _, listed, _ = tipoff(capsys, "quarantine", "list", "--home", home, "--json")
    assert len(listed) == 4
    assert tipoff(capsys, "quarantine", "release", "event.x", "--home", home, "--json")[0] == 2
    assert tipoff(capsys, "quarantine", "release", RUN, "--home", home, "--json")[0] == 2, "two start so"
    _, sent, _ = tipoff(capsys, "quarantine", "release", "request.r", "--home", home, "--json")
    assert sent["message"] == "request.r"
    for held, cell in (
        (unit.event_id, "raw.odds_api_game_lines"),
        (f"{RUN}.1.raw.odds_api_player", "raw.odds_api_player_points_props"),
    ):
        _, sent, _ = tipoff(capsys, "quarantine", "release", held, "--home", home, "--json")
        assert f"{RUN} gets generation 2: {cell} is done again" in sent["sentence"]
    _, listed, _ = tipoff(capsys, "quarantine", "list", "--home", home, "--json")
    assert [x["id"].startswith("event.x") for x in listed] == [True]


def test_a_plan_is_shown_and_nothing_is_done(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--dry-run opens no generation; a date, phase or filter that is not there is one line."""
    code, report, _ = tipoff(capsys, "rerun", DAY, "--home", home, "--phase", "raw", "--dry-run", "--json")
    assert code == 0
    (plan,) = report["plans"]
    assert {c["phase"] for c in plan["cells"] if c["does"] == "runs"} == {"raw"}
    assert report["done"] == []
    assert queue_of(home).counts()["queued"] == 0
    for wrong in (["2020-01-01"], [DAY, "--phase", "nope"], [DAY, "--only", "nope"], [DAY, "--kind", "nope"]):
        code, _, err = tipoff(capsys, "rerun", *wrong, "--home", home, "--yes")
        assert (code, err.count("\n")) == (2, 1)


def test_a_run_that_moved_on_is_not_repaired_by_an_old_plan(home: Path) -> None:
    """A request built on a generation that has passed changes nothing, and says so in quarantine."""
    app = make_app(home)
    app.engine.open_run(RunRequested(request_id="newer", kind="pregame", from_date=DAY, as_of=NOW))
    from shared.work.handle import handle
    from tipoff.local.runtime import step_of

    old = RunRequested(request_id="old", kind="pregame", from_date=DAY, as_of=NOW, base=1, redo=("raw.x",))
    handle(message("nba-run-trigger", old), step_of("scrape"), app)
    assert app.engine.current_generation(RUN) == 2
    assert "planned on another" in app.state.find("quarantine", "held")[0].doc["reason"]
    app.close()
