"""A worker process of the load on emulators: pulls messages and handles them with the cloud adapters."""

import itertools
import logging
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from google.api_core.exceptions import GoogleAPICallError, RetryError

from benchmarks.engine_ours import NoWork, bench_map
from benchmarks.load import FAN_IN, Noted, NotedEvents, NotedState
from shared.adapters.cloud.topology import Topology
from shared.clock import SystemClock
from shared.contracts.events import Message
from shared.errors import Retryable
from shared.map.model import PipelineMap
from shared.ports import Events, State
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.handle import handle

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import SubscriberClient

SWEEP_EVERY_S = 60
CLOSE_S = 30
# The Pub/Sub emulator searches its delayed messages in one thread and stops delivering at about ten thousand of them,
# returned or streamed to a client faster than it works. So a worker pulls few messages at a time, and handles a refused
# one again itself, as if it had been delivered again.
MAX_MESSAGES = 12
PULL_S = 5
AGAIN_AFTER_S = 0.2
ENGINE = {"backoff_min_s": 1, "backoff_max_s": 10, "max_attempts": 100}


def app_of(pipeline: PipelineMap, state: State, events: Events, owner: str) -> App:
    """An app without the ports that the steps do not use."""
    absent, clock = cast("Any", None), SystemClock()
    engine = Engine(pipeline, state, events, clock)
    settings = Settings(home=Path("build"))
    return App(
        pipeline, settings, clock, state, events, absent, absent, absent, absent, engine, owner, lambda *_: "code"
    )


def load_map() -> PipelineMap:
    """The map with runs of FAN_IN units and one unit after them."""
    pipeline = bench_map(FAN_IN)
    return replace(pipeline, engine={**pipeline.engine, **ENGINE})


def work(number: int, threads: int, project: str, ready: Any, stop: Any, results: Any) -> None:
    """A worker process: each thread is an instance that pulls from one subscription and handles the messages."""
    from google.cloud.pubsub_v1 import SubscriberClient

    logging.disable(logging.WARNING)  # a held lease is part of the load
    noted, pipeline = Noted(), load_map()
    state, events = stores(project, noted)
    connected(state)
    pulling: list[Thread] = []
    for name, thread in itertools.product(Topology(pipeline, project).subscriptions(), range(threads)):
        app = app_of(pipeline, state, events, f"w{number}.{len(pulling)}")
        pulling.append(Thread(target=pull, args=(SubscriberClient(), name, app, noted, stop), name=f"pull{thread}"))
    for puller in pulling:
        puller.start()
    sweeper = app_of(pipeline, state, events, f"sweeper{number}")
    ready.release()
    while not stop.wait(SWEEP_EVERY_S):
        with suppress(Retryable):
            sweeper.engine.sweep()
    for puller in pulling:
        puller.join(CLOSE_S)
    results.put(noted)


def pull(subscriber: "SubscriberClient", subscription: str, app: App, noted: Noted, stop: Any) -> None:
    """Pull and handle messages until `stop` is set; acknowledge those of a pull together."""
    request = {"subscription": subscription, "max_messages": MAX_MESSAGES}
    step = NoWork()
    while not stop.is_set():
        try:
            received = subscriber.pull(request=request, timeout=PULL_S).received_messages
        except (RetryError, GoogleAPICallError):
            continue
        waiting = deque(message_of(r.message) for r in received)
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


def message_of(pulled: Any) -> Message:
    """The pulled message in the form that the handlers take."""
    attributes = pulled.attributes
    return Message(id=attributes["id"], topic=attributes["event_topic"], to=attributes["to"], data=pulled.data.decode())


def handled(message: Message, step: NoWork, app: App, noted: Noted) -> bool:
    """Whether the message may be acknowledged."""
    try:
        handle(message, step, app)
    except Retryable:
        noted.retried += 1
        return False
    noted.handled += 1
    noted.handled_at = time.time()
    return True


def connected(state: NotedState) -> None:
    """Wait until the store answers; a new emulator is slow with its first requests."""
    while True:
        with suppress(Retryable):
            state.get("runs", "none")
            return


def stores(project: str, noted: Noted) -> tuple[NotedState, NotedEvents]:
    """The cloud adapters on the emulators that the environment names."""
    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.pubsub import PubSubEvents

    return NotedState(FirestoreState(project, "tipoff"), noted), NotedEvents(PubSubEvents(project), noted)
