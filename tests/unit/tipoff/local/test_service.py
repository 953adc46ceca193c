"""The local service: ticks once, sweeps once a minute, stops between messages."""

import threading
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from shared.adapters.local.queue import SqliteQueue
from shared.bootstrap import LocalApp
from shared.clock import VirtualClock
from shared.contracts.events import Delivery, Message, SweepRequested, message
from shared.errors import FileUnusable, UserError
from shared.rules.dates import eastern_instant
from shared.settings import Settings
from tests.support.local.homes import make_app
from tipoff.cli import main
from tipoff.home import Home
from tipoff.local.runtime import LocalRuntime
from tipoff.local.service import Service
from tipoff.sample.folder import write_folder
from tipoff.sample.league import League

MORNING = eastern_instant(date(2024, 2, 27), 12, 10)


def service(app: LocalApp, said: list[str]) -> Service:
    """A service that delivers nothing by itself."""
    return Service(app, LocalRuntime(app, app.events), threading.Event(), said.append)


@pytest.fixture
def app(tmp_path: Path) -> LocalApp:
    """An app at noon of a game day."""
    return make_app(tmp_path, MORNING)


def advance(app: LocalApp, **by: float) -> None:
    """Let time pass."""
    assert isinstance(app.clock, VirtualClock)
    app.clock.advance_to(app.clock.now() + timedelta(**by))


def queued(app: LocalApp) -> list[str]:
    """Ids of what was published, in order."""
    queue, ids = app.events, []
    while (delivery := queue.lease()) is not None:
        ids.append(delivery.message.id)
        queue.ack(delivery)
    return ids


def test_a_first_start_asks_for_what_the_last_day_would_have(app: LocalApp) -> None:
    """A new home gets the postgame runs of three dates, today's latest pregame, and a sweep."""
    service(app, []).tick()
    assert queued(app) == [
        "request.corrections_3@2024-02-27T10:00:00+00:00",
        "request.corrections_2@2024-02-27T10:15:00+00:00",
        "request.postgame_retry@2024-02-27T14:00:00+00:00",
        "request.pregame@2024-02-27T17:00:00+00:00",
        "sweep.2024-02-27T17:00:00+00:00",
    ]


def test_a_tick_is_sent_once_across_restarts(app: LocalApp) -> None:
    """Looking again, in this process or the next, sends nothing until the next tick is due."""
    service(app, []).tick()
    queued(app)
    for _ in range(3):
        service(app, []).tick()
        advance(app, minutes=1)
    assert queued(app) == []
    advance(app, minutes=20)
    service(app, []).tick()
    assert queued(app) == ["request.pregame@2024-02-27T17:30:00+00:00", "sweep.2024-02-27T17:30:00+00:00"]


def test_a_crash_after_publishing_repeats_the_same_ids(app: LocalApp) -> None:
    """Sent and not remembered: the next process sends the same requests, which open nothing new."""
    first = service(app, [])
    first.app.state.create("schedules", "local", {"looked_at": (MORNING - timedelta(hours=1)).isoformat()})
    first.tick()
    once = queued(app)
    stored = app.state.get("schedules", "local")
    assert stored is not None
    before = {"looked_at": (MORNING - timedelta(hours=1)).isoformat()}
    assert app.state.replace("schedules", "local", before, stored.version)
    service(app, []).tick()
    assert queued(app) == once


def test_dates_that_nothing_will_ask_for_are_said(app: LocalApp) -> None:
    """After five days off each game date without a postgame run is named with the command that asks for it."""
    app.state.create("schedules", "local", {"looked_at": (MORNING - timedelta(days=5)).isoformat()})
    said: list[str] = []
    service(app, said).tick()
    missed = [line for line in said if "missed" in line]
    assert [line.rsplit(" ", 1)[1] for line in missed] == ["2024-02-22", "2024-02-23"]
    assert all("tipoff request postgame" in line for line in missed)


def test_the_sweep_comes_once_a_minute(app: LocalApp) -> None:
    """What stays unsent is sent by the next minute's sweep, not by every turn."""
    message = {"id": "a", "topic": "t", "to": "scrape", "data": "{}"}
    running = service(app, [])
    running.sweep()
    settled = {"outbox": [message], "state": "unsent", "settled_at": (MORNING - timedelta(hours=1)).isoformat()}
    app.state.create("verdicts", "x.1.p", settled)
    advance(app, seconds=30)
    running.sweep()
    assert queued(app) == []
    advance(app, seconds=31)
    running.sweep()
    assert queued(app) == ["a"]


def test_a_clock_that_was_ahead_silences_nothing(app: LocalApp) -> None:
    """A year ahead once, with a message in its back-off and an unsent verdict: schedules, queue and sweep go on now."""
    real = app.clock.now()
    ahead = VirtualClock(real + timedelta(days=365))
    queue = SqliteQueue(app.events._db.path, ahead, app.map.engine)
    queue.publish([Message(id="held", topic="t", to="scrape", data="{}")])
    held = queue.lease()
    assert held is not None
    queue.nack(held, "not now")
    said: list[str] = []
    running = service(app, said)
    running._swept_at = ahead.now()
    app.state.create("schedules", "local", {"looked_at": ahead.now().isoformat()})
    message = {"id": "unsent", "topic": "t", "to": "scrape", "data": "{}"}
    doc = {"outbox": [message], "state": "unsent", "settled_at": ahead.now().isoformat()}
    app.state.create("verdicts", "x.1.p", doc)
    running.tick()
    running.sweep()
    assert said[0].startswith("the clock was ahead, at 2025-02-26")
    ids = queued(app)
    assert {"held", "unsent", "request.pregame@2024-02-27T17:00:00+00:00"} <= set(ids)
    running.tick()
    assert queued(app) == []


def test_the_monitor_makes_its_rounds_locally(app: LocalApp) -> None:
    """A sweep that the local schedule asks for ends with an inspection, as in the cloud: silent schedules are alerted."""
    event = SweepRequested(at=app.clock.now())
    app.events.publish([message(app.map.request_topics.sweep, event)])
    assert LocalRuntime(app, app.events).run_due() == 1
    assert any(s.doc["kind"] == "schedule" for s in app.state.find("alerts", "open"))


@pytest.mark.parametrize(("command", "is_durable"), [("up", True), ("replay", False)])
def test_up_waits_for_the_disk_and_a_replay_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, is_durable: bool
) -> None:
    """After a power loss a live home's queue must not be older than its state; a replay is made again."""
    seen: list[Settings] = []

    def opened(_: Home, settings: Settings, *__: object, **___: object) -> None:
        seen.append(settings)
        raise UserError("seen enough")

    folder = write_folder(League(7), tmp_path / "data", through=date(2024, 10, 24))
    monkeypatch.setattr(Home, "opened", opened)
    window = ["--from", "2024-10-22", "--to", "2024-10-23"] if command == "replay" else []
    assert main.run([command, "--home", str(tmp_path / "home"), "--data", str(folder), *window]) == 2
    assert [s.durable for s in seen] == [is_durable]


def test_a_document_that_cannot_be_swept_does_not_end_the_service(
    app: LocalApp, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged with its id, and what else is unsent is sent; a disk that is full ends the service."""
    message = {"id": "a", "topic": "t", "to": "scrape", "data": "{}"}
    settled = {"outbox": [message], "state": "unsent", "settled_at": (MORNING - timedelta(hours=1)).isoformat()}
    app.state.create("verdicts", "x.1.p", settled)
    app.state.create("waiting", "damaged", {"state": "waiting", "message": {}})
    running = service(app, [])
    caplog.set_level("WARNING", logger="tipoff")  # runs of other tests in this process silence it
    running.sweep()
    assert queued(app) == ["a"]
    assert "while sweeping damaged; again with the next" in caplog.text
    advance(app, minutes=2)
    monkeypatch.setattr(app.engine, "sweep", Mock(side_effect=FileUnusable("state.db", "disk is full")))
    with pytest.raises(FileUnusable):
        running.sweep()


def test_it_stops_after_the_current_message(app: LocalApp) -> None:
    """Stopped during a delivery, it finishes that one and leaves the rest in the queue."""
    queue, seen, stop = app.events, list[str](), threading.Event()

    def on_delivery(delivery: Delivery) -> None:
        seen.append(delivery.message.id)
        stop.set()

    Service(app, LocalRuntime(app, queue, on_delivery), stop, lambda _: None).run()
    assert len(seen) == 1
    assert queue.counts()["queued"] > 0


def test_it_wakes_for_the_next_message_and_at_least_every_two_seconds(app: LocalApp) -> None:
    """A message that is due ends the wait at once; otherwise another process's message waits two seconds at most."""
    running = service(app, [])
    assert running.seconds_to_wait() == 2.0
    running.tick()
    assert running.seconds_to_wait() == 0.0
