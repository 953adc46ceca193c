"""A load of units requested at a steady rate, each several times, and notes of when completions and verdicts came."""

import heapq
import itertools
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from shared.contracts.events import Message, RunRequested
from shared.errors import Retryable
from shared.ports import Doc, Events, State
from shared.protocol.engine import Engine
from shared.protocol.manifest import Manifest
from shared.work.app import App

FAN_IN = 30
FIRST_DAY = date(2000, 1, 1)
MAX_DUPLICATE_DELAY_S = 0.2
TICK_S = 0.02  # messages due within one tick are published together


@dataclass
class Noted:
    """What one process saw: times of last completions and published verdicts by phase, and how often each was ruled."""

    completed: dict[str, float] = field(default_factory=dict)
    ruled: dict[str, int] = field(default_factory=dict)
    published: dict[str, float] = field(default_factory=dict)
    handled: int = 0
    retried: int = 0
    handled_at: float = 0.0  # the time of the last one


@dataclass(frozen=True)
class NotedState:
    """A state whose created completions and verdicts are noted."""

    inner: State
    noted: Noted

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """As the inner state does."""
        created = self.inner.create(collection, doc_id, doc)
        if created and collection == "completions":
            self.noted.completed[doc_id.rpartition(".")[0]] = time.time()  # the last completion of the phase stays
        if created and collection == "verdicts":
            self.noted.ruled[doc_id] = self.noted.ruled.get(doc_id, 0) + 1
        return created

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(frozen=True)
class NotedEvents:
    """Events that note when the verdict of each `fan` phase was first published, by the request that follows it."""

    inner: Events
    noted: Noted

    def publish(self, messages: Sequence[Message]) -> None:
        """As the inner events do."""
        self.inner.publish(messages)
        for message in messages:
            if message.id.endswith(".join.joined"):
                self.noted.published.setdefault(message.id.removesuffix(".join.joined") + ".fan", time.time())


@dataclass
class Held:
    """Keeps the messages that open a run, which the generator sends at its own pace."""

    messages: list[Message] = field(default_factory=list)

    def publish(self, messages: Sequence[Message]) -> None:
        """Keep them."""
        self.messages += messages


def generate(app: App, rate: int, seconds: int, copies: int) -> tuple[list[str], float]:
    """Request `rate` units a second, each `copies` times at random moments; the phases, and the longest delay."""
    rng, order = random.Random(3), itertools.count()
    due: list[tuple[float, int, Message]] = []
    phases, behind, started = [], 0.0, time.monotonic()
    for number in range(rate * seconds // FAN_IN):
        held = Held()
        request = RunRequested(request_id=f"r{number}", kind="bench", from_date=FIRST_DAY + timedelta(days=number))
        manifest = _opened(Engine(app.map, app.state, held, app.clock), request)
        phases.append(f"{manifest.id}.fan")
        for place, message in enumerate(held.messages):
            at = started + (number * FAN_IN + place) / rate
            for copy in range(copies):
                late = rng.uniform(0, MAX_DUPLICATE_DELAY_S) if copy else 0
                heapq.heappush(due, (at + late, next(order), message))
        behind = max(behind, _send(app, due, started + (number + 1) * FAN_IN / rate))
    _send(app, due, float("inf"))
    return phases, behind


def _opened(engine: Engine, request: RunRequested) -> Manifest:
    """Open the run, trying again until the store answers."""
    while True:
        with suppress(Retryable):
            return engine.open_run(request)


def _publish(events: Events, messages: Sequence[Message]) -> None:
    """Publish the messages, trying again until the bus answers; a message may be published more than once."""
    while True:
        with suppress(Retryable):
            return events.publish(messages)


def _send(app: App, due: list[tuple[float, int, Message]], until: float) -> float:
    """Publish each message when it is due, those of one tick together; the longest delay in seconds."""
    behind = 0.0
    while due and due[0][0] < until:
        time.sleep(max(0.0, due[0][0] - time.monotonic()))
        now = time.monotonic()
        behind = max(behind, now - due[0][0])
        ready = []
        while due and due[0][0] <= now + TICK_S:
            ready.append(heapq.heappop(due)[2])
        _publish(app.events, ready)
    return behind
