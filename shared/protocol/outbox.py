"""Telling is part of deciding: outgoing events live inside the document that decided, and are sent from there."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.events import Message
from shared.ports import Events, State, Stored


@dataclass(frozen=True)
class Outbox:
    """Sends what a document carries."""

    state: State
    events: Events
    point: Callable[[str], None]

    def relay(self, collection: str, stored: Stored) -> None:
        """Publish a document's outbox and mark it sent. A crash in between publishes again: ids are the same."""
        if stored.doc["state"] == "sent":
            return
        messages = [Message(**m) for m in stored.doc["outbox"]]
        self.point("outbox.publish")
        self.events.publish(messages)
        self.point("outbox.published")
        self.state.replace(collection, stored.id, {**stored.doc, "state": "sent"}, stored.version)
        self.point("outbox.marked")
