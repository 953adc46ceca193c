"""What is said: JSON as Cloud Logging reads it, once for each thing that was decided."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.local.memory import MemoryState
from shared.telemetry import logs, traces
from tests.support.places import ROOT
from tests.support.scripted_engine import PREGAME, House, ended, settled

MONITORING = (ROOT / "terraform" / "monitoring.tf").read_text("utf-8")
CONTEXT = traces.Context("a" * 32, "b" * 16)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the lines go; the root logger is put back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.install("p", {"function": "grade"}, stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logs.log.setLevel(logging.NOTSET)
    logs.belong(None)


def said(stream: io.StringIO, event: str | None = None) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [f for f in found if event is None or f.get("event") == event]


def told_house(**script: Any) -> House:
    """A house whose state says what it decides, as a deployed function's does."""
    house = House(script)
    state = logs.ToldState(house.state)
    house.app = replace(house.app, state=state, engine=replace(house.app.engine, state=state))
    house.engine = house.app.engine
    return house


def test_a_line_is_what_cloud_logging_reads(lines: io.StringIO) -> None:
    """Severity, message, time and labels; the fields beside them; the trace by its full name."""
    logs.belong(CONTEXT)
    logs.say("quarantined", "bad\nbytes", logging.WARNING, id="x", when=traces.Context("1", "2"))
    (line,) = said(lines)
    assert (line["severity"], line["message"], line["event"], line["id"]) == (
        "WARNING",
        "bad\nbytes",
        "quarantined",
        "x",
    )
    assert line["logging.googleapis.com/trace"] == f"projects/p/traces/{'a' * 32}"
    assert line["logging.googleapis.com/spanId"] == "b" * 16
    assert line["logging.googleapis.com/labels"] == {"function": "grade"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["time"])


def test_a_traceback_is_one_line(lines: io.StringIO) -> None:
    """Anybody's error is one entry, with the traceback in its message; long ones are cut."""
    try:
        int("x" * 100_000)
    except ValueError:
        logging.getLogger("somebody").exception("failed")
    (line,) = said(lines)
    assert line["severity"] == "ERROR"
    assert "Traceback" in line["message"]
    assert len(line["message"]) <= logs.MAX_LINE_CHARS


def test_what_others_say_in_passing_is_not_kept(lines: io.StringIO) -> None:
    """An HTTP client's INFO line, which holds the address with its key, is not written; its warnings are."""
    client = logging.getLogger("httpx2")
    client.info("HTTP Request: GET https://api.example.org/?apiKey=secret")
    client.warning("slow")
    assert [line["message"] for line in said(lines)] == ["slow"]


def test_without_a_message_there_is_no_trace(lines: io.StringIO) -> None:
    """Outside a delivery a line belongs to no trace."""
    logs.say("started", "started")
    assert "logging.googleapis.com/trace" not in said(lines)[0]


def test_every_phase_is_said_once(lines: io.StringIO) -> None:
    """One line a verdict, with kind and outcome to count by, whatever is delivered again."""
    house = told_house()
    settled(house)
    house.request()
    house.run_all()
    told = said(lines, "phase.settled")
    assert len(told) == len({t["id"] for t in told})
    assert {t["phase"] for t in told if t["generation"] == 1} == set(house.map.runs["pregame"].phases)
    assert {(t["kind"], t["run_id"]) for t in told} == {("pregame", PREGAME)}
    assert {t["outcome"] for t in told} == {"complete"}


def test_failures_are_quarantined_and_alerted_once(lines: io.StringIO) -> None:
    """A failed critical unit: its phase failed, an alert with the command that mends it, and no second of either."""
    house = told_house(**{"scrape.nbac_schedule": ended("failed", "the schedule is cut off")})
    settled(house)
    (alert,) = said(lines, "alert.raised")
    assert alert["severity"] == "ERROR"
    assert "tipoff " in alert["message"]
    house.app.engine.quarantine("x", "bad", "body")
    house.app.engine.quarantine("x", "bad", "body")
    (kept,) = said(lines, "quarantined")
    assert kept["message"] == "bad"


def test_an_alert_that_comes_back_is_said_again(lines: io.StringIO) -> None:
    """Raised, taken back, raised again: two lines."""
    engine = told_house().app.engine
    engine.alert("a", "wrong.", "tipoff status")
    engine.alert("a", "wrong.", "tipoff status")
    engine.close_alert("a")
    engine.alert("a", "wrong.", "tipoff status")
    assert len(said(lines, "alert.raised")) == 2


def test_a_write_that_did_not_stand_says_nothing(lines: io.StringIO) -> None:
    """Of two creators only the first says it."""
    state = logs.ToldState(MemoryState())
    doc = {"reason": "r", "state": "held"}
    assert [state.create("quarantine", "x", doc) for _ in range(2)] == [True, False]
    assert len(said(lines, "quarantined")) == 1


def test_what_terraform_counts_is_what_is_said() -> None:
    """Every event that a log metric counts is one that the code says, with the labels it takes from it."""
    counted = set(re.findall(r'jsonPayload\.event=\\"([a-z.]+)\\"', MONITORING))
    source = Path(logs.__file__).read_text("utf-8")
    assert counted == {"quarantined", "alert.raised", "phase.settled"}
    assert all(f'say("{event}"' in source for event in counted)
    assert set(re.findall(r'= "jsonPayload\.([a-z_]+)"', MONITORING)) == {"kind", "outcome"}
