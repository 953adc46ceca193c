"""The topics and subscriptions that the map asks for, made by the official client: for emulators and demonstrations.

In the cloud Terraform makes the same from the same map. One subscription per function and topic; one dead-letter
topic with its own subscription, because a topic without one loses what it is given.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from google.api_core.exceptions import AlreadyExists
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from shared.map.model import PipelineMap

RETENTION_DAYS = 7
CALL_TIMEOUT_S = 10.0
DEAD_LETTERS = "nba-dead-letters"


@dataclass(frozen=True)
class Topology:
    """Names of the map's topics and subscriptions in a project, each with a prefix."""

    map: PipelineMap
    project: str
    prefix: str = ""

    def topic(self, name: str) -> str:
        """The full name of a topic of the map, or of the dead letters."""
        return f"projects/{self.project}/topics/{self.prefix}{name}"

    def subscription(self, function: str, topic: str) -> str:
        """The full name of a function's subscription to a topic."""
        return f"projects/{self.project}/subscriptions/{self.prefix}{topic}.{function}"

    def dead_letters(self) -> str:
        """The full name of the subscription that keeps dead letters for a person."""
        return f"projects/{self.project}/subscriptions/{self.prefix}{DEAD_LETTERS}"

    def subscriptions(self) -> dict[str, tuple[str, str]]:
        """Every subscription's full name, with its function and topic."""
        pairs = [(f.name, t) for f in self.map.functions.values() for t in f.subscribes]
        return {self.subscription(f, t): (f, t) for f, t in pairs}

    def create(
        self,
        publisher: PublisherClient,
        subscriber: SubscriberClient,
        endpoint_of: Callable[[str], str] | None = None,
    ) -> None:
        """Make whatever is not there yet: pull subscriptions, or push to `endpoint_of(function)`."""
        for name in (*self.map.topics, DEAD_LETTERS):
            with suppress(AlreadyExists):
                publisher.create_topic(request={"name": self.topic(name)}, timeout=CALL_TIMEOUT_S)
        requests: list[dict[str, Any]] = [{"name": self.dead_letters(), "topic": self.topic(DEAD_LETTERS)}]
        for name, (function, topic) in self.subscriptions().items():
            push = {"push_endpoint": endpoint_of(function)} if endpoint_of else {}
            requests.append({"name": name, "push_config": push, **self._settings(function, topic)})
        for request in requests:
            with suppress(AlreadyExists):
                subscriber.create_subscription(request=request, timeout=CALL_TIMEOUT_S)

    def _settings(self, function: str, topic: str) -> dict[str, Any]:
        """What the map's engine section says of deliveries. The emulator keeps the filter without applying it."""
        limits = self.map.engine
        return {
            "topic": self.topic(topic),
            "ack_deadline_seconds": limits["ack_deadline_s"],
            "message_retention_duration": timedelta(days=RETENTION_DAYS),
            "expiration_policy": {},
            "filter": f'attributes.to = "{function}"',
            "retry_policy": {
                "minimum_backoff": timedelta(seconds=limits["backoff_min_s"]),
                "maximum_backoff": timedelta(seconds=limits["backoff_max_s"]),
            },
            "dead_letter_policy": {
                "dead_letter_topic": self.topic(DEAD_LETTERS),
                "max_delivery_attempts": limits["max_attempts"],
            },
        }
