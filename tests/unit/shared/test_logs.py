"""The log: JSON as Cloud Logging reads it, one line per decision."""

import io
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.telemetry import logs, traces
from tests.support.places import ROOT
from tests.support.scripted_engine import PREGAME, House, ended, settled
from tests.support.twins.memory import MemoryState

MONITORING = (ROOT / "terraform" / "monitoring.tf").read_text("utf-8")
CONTEXT = traces.Context("a" * 32, "b" * 16)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The stream of log lines; the root logger is restored afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.install("p", {"function": "grade"}, stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logs.log.setLevel(logging.NOTSET)
    logs.set_trace(None)


def logged(stream: io.StringIO, event: str | None = None) -> list[dict[str, Any]]:
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [e for e in entries if event is None or e.get("event") == event]


def logging_house(**script: Any) -> House:
    """A house whose state logs what it decides, as a deployed function's does."""
    house = House(script)
    state = logs.LoggedState(house.state)
    house.app = replace(house.app, state=state, engine=replace(house.app.engine, state=state))
    house.engine = house.app.engine
    return house


def test_a_line_is_what_cloud_logging_reads(lines: io.StringIO) -> None:
    """Severity, message, time and labels; the event's fields beside them; the trace by its full name."""
    logs.set_trace(CONTEXT)
    logs.report("quarantined", "bad\nbytes", logging.WARNING, id="x", when=traces.Context("1", "2"))
    (line,) = logged(lines)
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
    """An error of any logger is one entry with the traceback in its message, cut if too long."""
    try:
        int("x" * 100_000)
    except ValueError:
        logging.getLogger("another").exception("failed")
    (line,) = logged(lines)
    assert line["severity"] == "ERROR"
    assert "Traceback" in line["message"]
    assert len(line["message"]) <= logs.MAX_LINE_CHARS


def test_libraries_log_only_warnings(lines: io.StringIO) -> None:
    """An HTTP client's INFO line, which holds the address with its key, is not written; its warnings are."""
    client = logging.getLogger("httpx2")
    client.info("HTTP Request: GET https://api.example.org/?apiKey=secret")
    client.warning("slow")
    assert [line["message"] for line in logged(lines)] == ["slow"]


def test_outside_a_delivery_there_is_no_trace(lines: io.StringIO) -> None:
    """A line that no delivery caused has no trace."""
    logs.report("started", "started")
    assert "logging.googleapis.com/trace" not in logged(lines)[0]


def test_every_phase_is_logged_once(lines: io.StringIO) -> None:
    """One line per verdict, with kind and outcome to count by, however often messages are delivered."""
    house = logging_house()
    settled(house)
    house.request()
    house.run_all()
    verdicts = logged(lines, "phase.settled")
    assert len(verdicts) == len({v["id"] for v in verdicts})
    assert {v["phase"] for v in verdicts if v["generation"] == 1} == set(house.map.runs["pregame"].phases)
    assert {(v["kind"], v["run_id"]) for v in verdicts} == {("pregame", PREGAME)}
    assert {v["outcome"] for v in verdicts} == {"complete"}


def test_failures_are_quarantined_and_alerted_once(lines: io.StringIO) -> None:
    """A failed critical unit: its phase failed, an alert with the command that repairs it, and each only once."""
    house = logging_house(**{"scrape.nbac_schedule": ended("failed", "the schedule is cut off")})
    settled(house)
    (alert,) = logged(lines, "alert.raised")
    assert alert["severity"] == "ERROR"
    assert "tipoff " in alert["message"]
    house.app.engine.quarantine("x", "bad", "body")
    house.app.engine.quarantine("x", "bad", "body")
    (kept,) = logged(lines, "quarantined")
    assert kept["message"] == "bad"


def test_an_alert_that_is_raised_again_is_logged_again(lines: io.StringIO) -> None:
    """Raised, closed, raised again: two lines."""
    engine = logging_house().app.engine
    engine.alert("a", "wrong.", "tipoff status")
    engine.alert("a", "wrong.", "tipoff status")
    engine.close_alert("a")
    engine.alert("a", "wrong.", "tipoff status")
    assert len(logged(lines, "alert.raised")) == 2


def test_a_write_that_fails_logs_nothing(lines: io.StringIO) -> None:
    """Of two creators only the first logs it."""
    state = logs.LoggedState(MemoryState())
    doc = {"reason": "r", "state": "held"}
    assert [state.create("quarantine", "x", doc) for _ in range(2)] == [True, False]
    assert len(logged(lines, "quarantined")) == 1


def test_what_terraform_counts_is_logged() -> None:
    """The code logs every event that a log metric counts, with the labels that the metric takes from it."""
    counted = set(re.findall(r'jsonPayload\.event=\\"([a-z.]+)\\"', MONITORING))
    source = Path(logs.__file__).read_text("utf-8")
    assert counted == {"quarantined", "alert.raised", "phase.settled"}
    assert all(f'report("{event}"' in source for event in counted)
    assert set(re.findall(r'= "jsonPayload\.([a-z_]+)"', MONITORING)) == {"kind", "outcome"}
