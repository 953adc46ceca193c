"""A worker of the load on emulators: pulls messages, handles them on the cloud twins, and notes what it did when."""

import itertools
import logging
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from google.api_core.exceptions import GoogleAPICallError, RetryError

from benchmarks.engine_ours import NoWork, bench_map
from shared.adapters.cloud.topology import Topology
from shared.clock import SystemClock
from shared.contracts.events import Message
from shared.errors import Retryable
from shared.map.model import PipelineMap
from shared.ports import Doc, Events, State
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.handle import handle

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import SubscriberClient

FAN_IN = 30
SWEEP_EVERY_S = 60
CLOSE_S = 30
# The emulator of Pub/Sub searches its delayed messages in one thread: some ten thousand handed back, or streamed to
# a client faster than it works, and it delivers nothing more. So messages are asked for by the handful, and a refused
# one is kept and handled again, as if it came again.
HANDFUL = 12
PULL_S = 5
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
    handled_at: float = 0.0  # the last of them


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
    settings = Settings(home=Path("build"))
    return App(found, settings, clock, state, events, absent, absent, absent, absent, engine, owner, lambda *_: "code")


def load_map() -> PipelineMap:
    """Runs of a fan of FAN_IN and a join."""
    found = bench_map(FAN_IN)
    return replace(found, engine={**found.engine, **ENGINE})


def work(number: int, threads: int, project: str, ready: Any, stop: Any, results: Any) -> None:
    """A worker process: every thread is an instance that pulls from one subscription and handles what it gets."""
    from google.cloud.pubsub_v1 import SubscriberClient

    logging.disable(logging.WARNING)  # a held lease is part of the load
    noted, found = Noted(), load_map()
    state, events = stores(project, noted)
    connected(state)
    pulling = []
    for name, thread in itertools.product(Topology(found, project).subscriptions(), range(threads)):
        app = app_of(found, state, events, f"w{number}.{len(pulling)}")
        pulling.append(Thread(target=pull, args=(SubscriberClient(), name, app, noted, stop), name=f"pull{thread}"))
    for puller in pulling:
        puller.start()
    sweeper = app_of(found, state, events, f"sweeper{number}")
    ready.release()
    while not stop.wait(SWEEP_EVERY_S):
        with suppress(Retryable):
            sweeper.engine.sweep()
    for puller in pulling:
        puller.join(CLOSE_S)
    results.put(noted)


def pull(subscriber: "SubscriberClient", subscription: str, app: App, noted: Noted, stop: Any) -> None:
    """Handle what comes until told to stop; acknowledge a handful when all of it is done."""
    request = {"subscription": subscription, "max_messages": HANDFUL}
    step = NoWork()
    while not stop.is_set():
        try:
            received = subscriber.pull(request=request, timeout=PULL_S).received_messages
        except (RetryError, GoogleAPICallError):
            continue
        waiting = deque(asked(r.message) for r in received)
        refused = 0
        while waiting:
            if refused == len(waiting):
                time.sleep(AGAIN_AFTER_S)
                refused = 0
            if handled(waiting[0], step, app, noted):
                waiting.popleft()
                refused = 0
            else:
                waiting.rotate(-1)
                refused += 1
        if received:
            done = {"subscription": subscription, "ack_ids": [r.ack_id for r in received]}
            subscriber.acknowledge(request=done, timeout=PULL_S)


def asked(pulled: Any) -> Message:
    """The message as the handlers know it."""
    about = pulled.attributes
    return Message(id=about["id"], topic=about["event_topic"], to=about["to"], data=pulled.data.decode())


def handled(message: Message, step: NoWork, app: App, noted: Noted) -> bool:
    """Whether the message may be acknowledged."""
    try:
        handle(message, step, app)
    except Retryable:
        noted.again += 1
        return False
    noted.handled += 1
    noted.handled_at = time.time()
    return True


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
