"""The Events port on Pub/Sub, by the official client; the same code against the service and the emulator."""

from collections.abc import Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from typing import Any

from google.api_core import exceptions as api
from google.api_core.retry import Retry, if_exception_type
from google.cloud.pubsub_v1 import PublisherClient
from google.cloud.pubsub_v1.types import BatchSettings

from shared.adapters.cloud.channels import TRANSIENT, PublisherTransport
from shared.contracts.events import Message
from shared.errors import StoreUnavailable
from shared.telemetry import traces

CALL_TIMEOUT_S = 5.0
PUBLISH_TIMEOUT_S = 20.0

# A message that was taken all the same is a duplicate, and its id says so; but each try whose reply was lost makes one
# more than can be worked off at once: the waits double, from a fifth of a second up to a second.
_RETRY = Retry(
    predicate=if_exception_type(*TRANSIENT),
    initial=0.2,
    maximum=1.0,
    multiplier=2.0,
    timeout=PUBLISH_TIMEOUT_S - CALL_TIMEOUT_S,
)


class PubSubEvents:
    """Publishes to the map's topics, each name with a prefix; no ordering keys.

    The attributes `id`, `event_topic`, `to` and `type` repeat what is inside, so that subscriptions can filter;
    `traceparent` is the message's place in its night's trace.
    """

    def __init__(self, project: str, topic_prefix: str = "", client: PublisherClient | None = None) -> None:
        # A handler publishes a few messages and waits for them: holding them back for a fuller batch only costs time.
        batch = BatchSettings(max_latency=0)
        self._client = client or PublisherClient(batch_settings=batch, transport=PublisherTransport)
        self._topic = partial("projects/{}/topics/{}{}".format, project, topic_prefix)

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over durably, or raise StoreUnavailable having handed over any number of them.

        ContractError, before anything is sent, if one of them is not an event of ours.
        """
        attributes = [_attributes(m) for m in messages]
        futures = [
            self._client.publish(self._topic(m.topic), m.data.encode(), retry=_RETRY, timeout=CALL_TIMEOUT_S, **a)
            for m, a in zip(messages, attributes, strict=True)
        ]
        for message, future in zip(messages, futures, strict=True):
            try:
                future.result(timeout=PUBLISH_TIMEOUT_S)
            except api.NotFound as error:
                raise StoreUnavailable(f"there is no topic {self._topic(message.topic)}: create it first") from error
            except (api.GoogleAPIError, FutureTimeout) as error:
                raise StoreUnavailable(f"Pub/Sub did not take {message.id}: {error!r}") from error

    def close(self) -> None:
        """Send what is under way and stop."""
        self._client.stop()


def _attributes(message: Message) -> dict[str, Any]:
    event = message.event()
    about = {"id": message.id, "event_topic": message.topic, "to": message.to, "type": event.type}
    return {**about, "traceparent": str(traces.context(event))}
