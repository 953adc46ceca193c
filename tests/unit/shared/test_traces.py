"""Trace context computed from the run, phase or unit of a message alone."""

import json
from base64 import b64encode
from datetime import date
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.cloud.pubsub import PubSubEvents
from shared.contracts.events import Message, PhaseSettled, RunRequested, UnitRequested, message
from shared.http.envelope import delivery
from shared.telemetry import traces

DAY = date(2024, 2, 26)


def unit(kind: str = "pregame", generation: int = 1, name: str = "champion") -> Message:
    event = UnitRequested(run_id=f"{DAY}.{kind}", generation=generation, phase="champion", unit=name, to="predict")
    return message("t", event)


def test_one_trace_is_one_night() -> None:
    """Pregame and postgame, every generation, requests and settled phases of a date share a trace; another date's not."""
    settled = PhaseSettled(run_id=f"{DAY}.postgame", generation=2, phase="grade", outcome="complete")
    request = RunRequested(request_id="pregame@x", kind="pregame", from_date=DAY, to_date=DAY)
    night = [unit(), unit("postgame"), unit(generation=9), message("t", settled), message("t", request)]
    assert len({traces.of(m).trace_id for m in night}) == 1
    assert len({traces.of(m).span_id for m in night}) == len(night)
    other = RunRequested(request_id="x", kind="pregame", from_date=date(2024, 2, 27))
    assert traces.of(message("t", other)).trace_id != traces.of(unit()).trace_id


def test_a_request_for_many_dates_has_its_runs_trace() -> None:
    """The trace of a backfill's request is the trace of its run."""
    request = RunRequested(request_id="x", kind="backfill", from_date=DAY, to_date=date(2024, 3, 1))
    assert traces.of(message("t", request)).trace_id == traces.trace_id("2024-02-26_2024-03-01.backfill")


def test_every_copy_agrees() -> None:
    """The same message has the same context in every process at any time, carried with it or computed."""
    assert traces.of(unit()) == traces.of(unit()) == traces.of(unit(), str(traces.of(unit())))


def test_a_callers_context_is_used() -> None:
    """A valid W3C `traceparent` that came with the message is the context."""
    given_ = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert traces.of(unit(), given_) == traces.Context("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


@pytest.mark.parametrize("bad", ["", "00-0-0-01", "x", "ff-" + "a" * 32 + "-" + "b" * 16 + "-01", "00-" + "A" * 32])
def test_an_invalid_context_is_ignored(bad: str) -> None:
    """Then the context is that of the message itself."""
    assert traces.of(unit(), bad) == traces.of(unit())


@given(data=st.text(max_size=50), id_=st.text(min_size=1, max_size=50))
def test_every_message_has_a_context(data: str, id_: str) -> None:
    """A message without a valid event has a well-formed context too."""
    context = traces.of(Message(id=id_, topic="t", to="x", data=data))
    assert traces.of(unit(), str(context)) == context


class Client:
    """A Pub/Sub publisher that keeps each message as its push request."""

    def __init__(self) -> None:
        self.pushed: list[bytes] = []

    def publish(self, topic: str, data: bytes, retry: Any, timeout: float, **attributes: str) -> "Client":
        body = {"data": b64encode(data).decode(), "attributes": attributes, "messageId": "7"}
        self.pushed.append(json.dumps({"message": {**body, "publishTime": "2024-02-26T17:00:00Z"}}).encode())
        return self

    def result(self, timeout: float) -> str:
        return "7"


def test_the_context_travels_with_the_message() -> None:
    """A message sent by the cloud's publisher arrives by push with the context of the message."""
    client = Client()
    PubSubEvents("p", client=cast("Any", client)).publish([unit(), unit("postgame")])
    for sent, body in zip([unit(), unit("postgame")], client.pushed, strict=True):
        received = delivery({}, body)
        assert received.message == sent
        assert received.traceparent == str(traces.of(sent))
        assert traces.of(received.message, received.traceparent) == traces.of(sent)
