"""A worker of the load on emulators: pulls messages, handles them on the cloud twins, and notes what it did when."""

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from benchmarks.engine_ours import NoWork, bench_map
from shared.adapters.cloud.topology import Topology
from shared.app import App, handle
from shared.clock import SystemClock
from shared.contracts.events import Message
from shared.engine import Engine
from shared.errors import Retryable
from shared.map import PipelineMap
from shared.ports import Doc, Events, State
from shared.settings import Settings

FAN_IN = 30
SWEEP_EVERY_S = 60
CLOSE_S = 30
# A refused message is kept and handled again, as if it came again: handed back some thousand times, Pub/Sub's emulator
# searches its delayed messages in one thread without end, and delivers nothing more.
AGAIN_AFTER_S = 0.2
ENGINE = {"backoff_min_s": 1, "backoff_max_s": 10, "max_attempts": 100}


@dataclass
class Noted:
    """What one process saw: when completions and verdicts were there, and when verdicts were published."""

    completed: dict[str, float] = field(default_factory=dict)
    ruled: dict[str, int] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    handled: int = 0
    again: int = 0


@dataclass(frozen=True)
class NotedState:
    """The state; notes its creations."""

    inner: State
    noted: Noted

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """As the state does."""
        created = self.inner.create(collection, doc_id, doc)
        if created and collection == "completions":
            self.noted.completed[doc_id.rpartition(".")[0]] = time.time()
        if created and collection == "verdicts":
            self.noted.ruled[doc_id] = self.noted.ruled.get(doc_id, 0) + 1
        return created

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(frozen=True)
class NotedEvents:
    """The bus; notes when a phase's verdict was handed over."""

    inner: Events
    noted: Noted

    def publish(self, messages: Sequence[Message]) -> None:
        """As the bus does."""
        self.inner.publish(messages)
        for message in messages:
            if message.id.endswith(".join.joined"):
                self.noted.told.setdefault(message.id.removesuffix(".join.joined") + ".fan", time.time())


def app_of(found: PipelineMap, state: State, events: Events, owner: str) -> App:
    """An instance; whatever the steps do not touch is absent."""
    absent, clock = cast("Any", None), SystemClock()
    engine = Engine(found, state, events, clock)
    return App(found, Settings(home=Path("build")), clock, state, events, absent, absent, absent, absent, engine, owner)


def load_map() -> PipelineMap:
    """Runs of a fan of FAN_IN and a join."""
    found = bench_map(FAN_IN)
    return replace(found, engine={**found.engine, **ENGINE})


def work(number: int, threads: int, project: str, ready: Any, stop: Any, results: Any) -> None:
    """A worker process: as many instances as threads, each message that is pulled handled by one of them."""
    from google.cloud.pubsub_v1 import SubscriberClient
    from google.cloud.pubsub_v1.subscriber.scheduler import ThreadScheduler
    from google.cloud.pubsub_v1.types import FlowControl

    logging.disable(logging.WARNING)  # a held lease is part of the load
    noted, step, found = Noted(), NoWork(), load_map()
    state, events = stores(project, noted)
    instance = threading.local()

    def came(message: Any) -> None:
        if not hasattr(instance, "app"):
            instance.app = app_of(found, state, events, f"w{number}.{threading.get_ident()}")
        about = message.attributes
        asked = Message(id=about["id"], topic=about["event_topic"], to=about["to"], data=message.data.decode())
        while not handled(asked, instance.app):
            time.sleep(AGAIN_AFTER_S)
        message.ack()

    def handled(asked: Message, app: App) -> bool:
        try:
            handle(asked, step, app)
        except Retryable:
            noted.again += 1
            return False
        noted.handled += 1
        return True

    subscriber = SubscriberClient()
    pool, flow = ThreadPoolExecutor(threads), FlowControl(max_messages=2 * threads)
    names = Topology(found, project).subscriptions()
    pulling = [subscriber.subscribe(n, came, flow_control=flow, scheduler=ThreadScheduler(pool)) for n in names]
    sweeper = app_of(found, state, events, f"sweeper{number}")
    connected(state)
    ready.release()
    while not stop.wait(SWEEP_EVERY_S):
        with suppress(Retryable):
            sweeper.engine.sweep()
    for future in pulling:
        future.cancel()
        future.result(CLOSE_S)
    results.put(noted)


def connected(state: NotedState) -> None:
    """Wait until the store answers; a new emulator takes its time with its first requests."""
    while True:
        with suppress(Retryable):
            state.get("runs", "none")
            return


def stores(project: str, noted: Noted) -> tuple[NotedState, NotedEvents]:
    """The cloud twins on the emulators that the environment names."""
    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.pubsub import PubSubEvents

    return NotedState(FirestoreState(project, "tipoff"), noted), NotedEvents(PubSubEvents(project), noted)
