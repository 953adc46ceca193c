"""When a document of Firestore may go: after the days that the map says, counted from its last write."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from shared.adapters.cloud.firestore import FirestoreState
from shared.clock import VirtualClock
from shared.map.loader import pipeline_map

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
VERSION = "2026-01-15T12:00:00Z"


class Client:
    """A client that remembers what was written."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []

    def collection(self, name: str) -> Any:
        def write(fields: dict[str, Any], **_: Any) -> None:
            self.written.append(fields)

        return SimpleNamespace(document=lambda _: SimpleNamespace(create=write, update=write))

    def write_option(self, **_: Any) -> None:
        return None


@pytest.mark.parametrize("verb", ["create", "replace"])
def test_every_write_says_when_the_document_may_go(verb: str) -> None:
    """`expire_at` is a time stamp, as the time-to-live policy needs, the map's days after the write."""
    client: Any = Client()
    state = FirestoreState("p", "d", client, VirtualClock(NOW))
    version = (VERSION,) if verb == "replace" else ()
    assert getattr(state, verb)("runs", "x", {"state": "open"}, *version)
    (fields,) = client.written
    assert fields["expire_at"] == NOW + timedelta(days=pipeline_map().engine["keep_state_days"])
    assert fields["expire_at"].tzinfo is UTC
