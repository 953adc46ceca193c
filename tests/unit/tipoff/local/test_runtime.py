"""The local runtime's workers: different messages side by side, copies of one message one after the other."""

import signal
import threading
import time
from collections import Counter
from datetime import date
from pathlib import Path
from unittest.mock import Mock

import pytest

from shared.contracts.events import Message, RunRequested, message
from shared.errors import FileUnusable, Retryable
from shared.rules.dates import eastern_instant
from tests.support.local.homes import make_app
from tipoff.local import runtime
from tipoff.local.runtime import LocalRuntime

DAY = date(2024, 2, 27)
NOON = eastern_instant(DAY, 12, 10)


class Handler:
    """Counts the calls in progress; each waits for a second one, for `patience` seconds at most."""

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.lock, self.two = threading.Lock(), threading.Event()
        self.inside: Counter[str] = Counter()
        self.most_of_one = self.most = 0
        self.handled: list[str] = []

    def __call__(self, asked: Message, *_: object) -> None:
        with self.lock:
            self.inside[asked.id] += 1
            self.most_of_one = max(self.most_of_one, self.inside[asked.id])
            self.most = max(self.most, self.inside.total())
            if self.most > 1:
                self.two.set()
        self.two.wait(self.patience)
        with self.lock:
            self.inside[asked.id] -= 1
            self.handled.append(asked.id)
        if len(self.handled) == 1:
            raise Retryable("the first of all fails")


def request(kind: str) -> Message:
    """A request for a run of the day."""
    asked = RunRequested(request_id=kind, kind=kind, from_date=DAY, to_date=DAY, as_of=NOON)
    return message("nba-run-trigger", asked)


def handled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, messages: list[Message], patience: float) -> Handler:
    """What the workers did with the messages."""
    app, handler = make_app(tmp_path, NOON), Handler(patience)
    monkeypatch.setattr(runtime, "handle", handler)
    app.events.publish(messages)
    assert LocalRuntime(app, app.events, workers=4).run_due() == len(messages)
    return handler


def test_copies_of_a_message_go_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: two workers that handle copies send an unsent verdict twice, and one is fenced off and comes again."""
    handler = handled(tmp_path, monkeypatch, [request("pregame")] * 4, patience=0.1)
    assert (handler.most_of_one, len(handler.handled)) == (1, 4), "also after one that failed"


def test_a_home_that_cannot_be_used_ends_the_shift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No attempt of the message is counted: it is due again, whole, when the disk has room and the home is opened."""
    app = make_app(tmp_path, NOON)
    app.events.publish([request("pregame")])
    with monkeypatch.context() as full:
        full.setattr(runtime, "handle", Mock(side_effect=FileUnusable("warehouse.duckdb", "No space left on device")))
        with pytest.raises(FileUnusable, match="nothing in it is lost"):
            LocalRuntime(app, app.events, workers=2).run_due()
    monkeypatch.setattr(runtime, "handle", Mock())
    again = LocalRuntime(app, app.events)
    assert again.run_due() == 1
    assert app.events.counts()["dead"] == 0


def test_different_messages_go_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits for a copy holds up no other worker."""
    asked = [request(k) for k in ("pregame", "pregame", "postgame", "backfill")]
    handler = handled(tmp_path, monkeypatch, asked, patience=10)
    assert handler.most > 1
    assert handler.most_of_one == 1


def test_an_idle_worker_takes_what_another_publishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One unit publishes two while the other worker waits: both work then."""
    app, both = make_app(tmp_path, NOON), threading.Barrier(2, timeout=10)

    def handle(asked: Message, *_: object) -> None:
        if asked.id == request("pregame").id:
            app.events.publish([request("postgame"), request("backfill")])
        else:
            both.wait()

    monkeypatch.setattr(runtime, "handle", handle)
    app.events.publish([request("pregame")])
    assert LocalRuntime(app, app.events, workers=2).run_due() == 3


def test_an_interrupt_of_a_waiting_worker_ends_the_shift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the other worker has the last message: what that one publishes is not taken any more."""
    app, has_one = make_app(tmp_path, NOON), threading.Event()

    def handle(*_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            has_one.wait(10)
            return
        has_one.set()
        time.sleep(0.2)  # the other is done meanwhile, and waits
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.2)
        app.events.publish([request("backfill")])

    monkeypatch.setattr(runtime, "handle", handle)
    app.events.publish([request("pregame"), request("postgame")])
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    try:
        with pytest.raises(KeyboardInterrupt):
            LocalRuntime(app, app.events, workers=2).run_due()
    finally:
        signal.signal(signal.SIGINT, before)
    assert app.events.counts()["done"] == 2


def test_an_error_of_the_delivery_itself_ends_the_shift(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker takes more messages or waits for ever, and the caller gets the error."""

    class Gone(BaseException):
        """A process that is dying."""

    app = make_app(tmp_path, NOON)

    def handle(asked: Message, *_: object) -> None:
        time.sleep(0.05)
        raise Gone(asked.id)

    monkeypatch.setattr(runtime, "handle", handle)
    app.events.publish([request(k) for k in ("pregame", "postgame", "backfill")])
    with pytest.raises(Gone):
        LocalRuntime(app, app.events, workers=2).run_due()
    assert app.events.counts()["done"] == 0
    assert app.events.counts()["queued"] == 3, "leased or waiting: all of them come again"
