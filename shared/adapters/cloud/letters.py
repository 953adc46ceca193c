"""Dead letters on Pub/Sub as a person handles them: look, and send again.

They lie in the one subscription that keeps them. Looking takes them out and puts them back at once, so that it may be
done at any time; only sending one again acknowledges it, after its topic has taken it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from google.api_core import exceptions as api
from google.cloud.pubsub_v1 import SubscriberClient

from shared.adapters.cloud.pubsub import PubSubEvents
from shared.adapters.cloud.topology import Topology
from shared.contracts.events import Delivery, Message
from shared.errors import StoreUnavailable

PULLED = 100  # messages a call may bring; at most that many dead letters are shown and sent again at a time
CALL_TIMEOUT_S = 10.0
FIRST_WAIT_S, NEXT_WAIT_S = 3.0, 1.0  # for messages to come: Pub/Sub does not say that there are none
_SOURCE = "CloudPubSubDeadLetterSource"


@dataclass(frozen=True)
class _Letter:
    ack_id: str
    delivery: Delivery
    error: str


class PubSubLetters:
    """What the local queue offers a person, on Pub/Sub: its receipts are Pub/Sub's message ids."""

    def __init__(self, events: PubSubEvents, topology: Topology, subscriber: SubscriberClient | None = None) -> None:
        self._events = events
        self._topology = topology
        self._subscriber = subscriber or SubscriberClient()

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over durably; StoreUnavailable if Pub/Sub does not take them."""
        self._events.publish(messages)

    def counts(self) -> dict[str, int]:
        """How many dead letters there are; what else is under way only Cloud Monitoring counts."""
        return {"dead": len(self.dead_letters())}

    def dead_letters(self) -> list[tuple[str, str, str]]:
        """Receipt, message id and how it came here, of at most 100 dead letters."""
        with self._held() as letters:
            return sorted((i, x.delivery.message.id, x.error) for i, x in letters.items())

    def dead(self, receipt: str) -> Delivery | None:
        """A dead letter whole, or None if no dead letter has this receipt."""
        with self._held() as letters:
            return letters[receipt].delivery if receipt in letters else None

    def redrive(self, receipts: Sequence[str]) -> int:
        """Publish dead letters to their topics and let them go; how many there were."""
        with self._held() as letters:
            chosen = {r: letters[r] for r in receipts if r in letters}
            if chosen:
                self._events.publish([x.delivery.message for x in chosen.values()])
                ack_ids = [x.ack_id for x in chosen.values()]
                request = {"subscription": self._topology.dead_letters(), "ack_ids": ack_ids}
                self._subscriber.acknowledge(request=request, timeout=CALL_TIMEOUT_S)
            return len(chosen)

    @contextmanager
    def _held(self) -> Iterator[dict[str, _Letter]]:
        """The letters by receipt, ours while the block runs; those not acknowledged by then are put back."""
        name = self._topology.dead_letters()
        try:
            letters = self._pull(name)
            try:
                yield letters
            finally:
                if letters:
                    ack_ids = [x.ack_id for x in letters.values()]
                    request = {"subscription": name, "ack_ids": ack_ids, "ack_deadline_seconds": 0}
                    self._subscriber.modify_ack_deadline(request=request, timeout=CALL_TIMEOUT_S)
        except api.NotFound as error:
            raise StoreUnavailable(f"there is no subscription {name}: deploy first") from error
        except api.GoogleAPIError as error:
            raise StoreUnavailable(f"Pub/Sub did not answer: {error!r}") from error

    def _pull(self, name: str) -> dict[str, _Letter]:
        """Pull until nothing more comes: one call may bring fewer than there are."""
        letters: dict[str, _Letter] = {}
        while len(letters) < PULLED:
            request = {"subscription": name, "max_messages": PULLED - len(letters)}
            wait = NEXT_WAIT_S if letters else FIRST_WAIT_S
            try:
                received = self._subscriber.pull(request=request, timeout=wait, retry=None).received_messages
            except api.DeadlineExceeded:
                break
            if not received:
                break
            letters.update((r.message.message_id, _letter(r)) for r in received)
        return letters

    def close(self) -> None:
        """Close the connections."""
        self._events.close()
        self._subscriber.close()


def _letter(received: Any) -> _Letter:
    body = received.message
    about: dict[str, str] = dict(body.attributes)
    attempts = int(about.get(f"{_SOURCE}DeliveryCount", received.delivery_attempt or 0))
    source = about.get(f"{_SOURCE}Subscription", "")
    message = Message(
        id=about.get("id", body.message_id),
        topic=about.get("event_topic", about.get(f"{_SOURCE}Topic", "")),
        to=about.get("to", ""),
        data=body.data.decode(errors="replace"),
    )
    delivery = Delivery(message=message, receipt=body.message_id, attempt=attempts, published_at=body.publish_time)
    reason = f"given up after {attempts} attempts" if attempts else "given up"
    return _Letter(
        received.ack_id, delivery, f"{reason}{f' by {source}' if source else ''}; its function's log says why"
    )
