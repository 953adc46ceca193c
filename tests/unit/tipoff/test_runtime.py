"""The local runtime's workers: different messages side by side, copies of one message one after the other."""

import threading
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from shared.contracts.events import Message, RunRequested, message
from shared.core.dates import eastern_instant
from shared.errors import Retryable
from tests.unit.tipoff.homes import make_app
from tipoff import runtime
from tipoff.runtime import LocalRuntime
from tipoff.service import queue_of

DAY = date(2024, 2, 27)
NOON = eastern_instant(DAY, 12, 10)


class Handler:
    """Counts who is inside; waits there until two are, or until its patience of so many seconds is over."""

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
    assert LocalRuntime(app, queue_of(app), workers=4).run_due() == len(messages)
    return handler


def test_copies_of_a_message_go_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: a verdict found unsent by two is sent twice; one copy's holder was fenced off and came again later."""
    found = handled(tmp_path, monkeypatch, [request("pregame")] * 4, patience=0.1)
    assert (found.most_of_one, len(found.handled)) == (1, 4), "also after one that failed"


def test_different_messages_go_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits for a copy keeps nobody else from working."""
    asked = [request(k) for k in ("pregame", "pregame", "postgame", "backfill")]
    found = handled(tmp_path, monkeypatch, asked, patience=10)
    assert found.most > 1
    assert found.most_of_one == 1
