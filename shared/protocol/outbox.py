"""The outbox: a decision and its outgoing events are one document, written at once; the events are sent from it."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.events import Message
from shared.ports import Events, State, Stored


@dataclass(frozen=True)
class Outbox:
    """Publishes the events that a document carries."""

    state: State
    events: Events
    point: Callable[[str], None]

    def relay(self, collection: str, stored: Stored) -> None:
        """Publish a document's outbox and mark it sent. A crash in between publishes them again, with the same ids."""
        if stored.doc["state"] == "sent":
            return
        messages = [Message(**m) for m in stored.doc["outbox"]]
        self.point("outbox.publish")
        self.events.publish(messages)
        self.point("outbox.published")
        self.state.replace(collection, stored.id, {**stored.doc, "state": "sent"}, stored.version)
        self.point("outbox.marked")
