"""One face for the receiving side of every Events twin: take what came for a function, acknowledge, refuse."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import pytest

from shared.adapters.local.queue import SqliteQueue
from shared.clock import VirtualClock
from shared.contracts.events import Delivery
from shared.http import envelope
from shared.map.loader import pipeline_map
from shared.ports import Events
from tests.support.twins.memory import MemoryQueue

if TYPE_CHECKING:
    from shared.adapters.cloud.topology import Topology

START = datetime(2024, 2, 26, 15, tzinfo=UTC)
RECEIVE_TIMEOUT_S = 20
IMPATIENT = {**pipeline_map().engine, "backoff_min_s": 1, "backoff_max_s": 1, "max_attempts": 5}


class Bus(Protocol):
    """What the properties need of a twin: its Events, and the other end of the wire."""

    events: Events
    reports_attempts: bool

    def take(self, function: str) -> Delivery | None:
        """The next delivery to the function, waiting as long as the twin may need; None if none comes."""

    def ack(self, delivery: Delivery) -> None:
        """Dealt with."""

    def nack(self, delivery: Delivery) -> None:
        """Refused: to be delivered again."""

    def dead(self) -> list[str]:
        """Ids of the dead letters, waiting for the first as long as the twin may need."""


@dataclass
class LocalBus:
    """A queue twin under a virtual clock, which waits by moving the clock."""

    queue: SqliteQueue | MemoryQueue
    clock: VirtualClock
    reports_attempts: bool = True

    @property
    def events(self) -> Events:
        return self.queue

    def take(self, function: str) -> Delivery | None:
        while (due := self.queue.next_due()) is not None:
            self.clock.advance_to(due)
            delivery = self.queue.lease()
            if delivery is not None and delivery.message.to == function:
                return delivery
        return None

    def ack(self, delivery: Delivery) -> None:
        self.queue.ack(delivery)

    def nack(self, delivery: Delivery) -> None:
        self.queue.nack(delivery, "refused by the test")

    def dead(self) -> list[str]:
        return [message_id for _, message_id, _ in self.queue.dead_letters()]


def local_bus(twin: str, folder: Path) -> LocalBus:
    """A queue twin, empty."""
    clock = VirtualClock(START)
    queue = MemoryQueue(clock, IMPATIENT) if twin == "memory" else SqliteQueue(folder / "queue.db", clock, IMPATIENT)
    return LocalBus(queue, clock)


@dataclass
class PubSubBus:
    """The Pub/Sub twin. Its subscriptions push to a server of ours, which answers as the test decides."""

    events: Events
    subscriber: Any
    topology: "Topology"
    desk: "Desk"
    reports_attempts: bool = False  # the emulator's pushes lack deliveryAttempt, which the service sends

    def take(self, function: str) -> Delivery | None:
        try:
            delivery, decision = self.desk.came[function].get(timeout=RECEIVE_TIMEOUT_S)
        except Empty:
            return None
        self.desk.waiting[delivery.receipt] = decision
        return delivery

    def ack(self, delivery: Delivery) -> None:
        self.desk.waiting.pop(delivery.receipt).put(HTTPStatus.NO_CONTENT)

    def nack(self, delivery: Delivery) -> None:
        self.desk.waiting.pop(delivery.receipt).put(HTTPStatus.SERVICE_UNAVAILABLE)

    def dead(self) -> list[str]:
        request = {"subscription": self.topology.dead_letters(), "max_messages": 10}
        received = self.subscriber.pull(request=request, timeout=RECEIVE_TIMEOUT_S).received_messages
        return [r.message.attributes["id"] for r in received]

    def listed(self) -> set[str]:
        """Every subscription there is under our prefix."""
        found = self.subscriber.list_subscriptions(request={"project": f"projects/{self.topology.project}"})
        return {s.name for s in found if s.name.rsplit("/", 1)[1].startswith(self.topology.prefix)}


class Desk(ThreadingHTTPServer):
    """Takes pushes at /<function>, and holds each until the test has decided on its status."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pushed)
        self.came: defaultdict[str, Queue[tuple[Delivery, Queue[HTTPStatus]]]] = defaultdict(Queue)
        self.waiting: dict[str, Queue[HTTPStatus]] = {}

    def endpoint(self, function: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{function}"


class _Pushed(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Desk)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        delivery, decision = envelope.delivery(dict(self.headers), body), Queue[HTTPStatus]()
        function = self.path.removeprefix("/")
        if delivery.message.to == function:  # else for another function on this topic: the emulator applies no filter
            self.server.came[function].put((delivery, decision))
        else:
            decision.put(HTTPStatus.NO_CONTENT)
        try:
            self.send_response(decision.get(timeout=RECEIVE_TIMEOUT_S))
        except Empty:
            self.send_response(HTTPStatus.SERVICE_UNAVAILABLE)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Be quiet."""


def pubsub_bus(address: str) -> Iterator[PubSubBus]:
    """The Pub/Sub twin on the emulator, with topics and subscriptions of its own."""
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    from shared.adapters.cloud.pubsub import PubSubEvents
    from shared.adapters.cloud.topology import Topology

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PUBSUB_EMULATOR_HOST", address)
        publisher, subscriber = PublisherClient(), SubscriberClient()
    topology = Topology(replace(pipeline_map(), engine=IMPATIENT), "tipoff-test", f"t{uuid4().hex[:8]}-")
    desk = Desk()
    Thread(target=desk.serve_forever, daemon=True).start()
    topology.create(publisher, subscriber, desk.endpoint)
    events = PubSubEvents(topology.project, topology.prefix, publisher)
    bus = PubSubBus(events, subscriber, topology, desk)
    yield bus
    for name in bus.listed():
        subscriber.delete_subscription(request={"subscription": name})
    desk.shutdown()
    desk.server_close()
    events.close()
    subscriber.close()
