"""From HTTP to a delivery: which bodies are accepted, and that every other is a ContractError."""

import json
from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cloudevents.conversion import to_binary, to_structured
from cloudevents.http import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.events import RunRequested, UnitRequested, message
from shared.errors import ContractError
from shared.http.envelope import MAX_BODY_BYTES, PUBSUB_TYPE, delivery

SENT_AT = datetime(2024, 2, 26, 17, tzinfo=UTC)
EVENT = UnitRequested(run_id="2024-02-26.pregame", generation=1, phase="raw", unit="Dončić", to="process_raw")
MESSAGE = message(
    "nba-phase1-scrapers-complete", RunRequested(request_id="a@10:30+x", kind="pregame", from_date=date(2024, 2, 26))
)
ATTRIBUTES = {"id": MESSAGE.id, "event_topic": MESSAGE.topic, "to": MESSAGE.to, "type": "run.requested"}


def _push(**changes: Any) -> dict[str, Any]:
    """A push body as the service sends it."""
    pushed = {
        "data": b64encode(MESSAGE.data.encode()).decode(),
        "attributes": ATTRIBUTES,
        "messageId": "136969346945",
        "message_id": "136969346945",
        "publishTime": "2024-02-26T17:00:00Z",
        "publish_time": "2024-02-26T17:00:00Z",
    }
    return {"message": {**pushed, **changes}, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 3}


def _bytes(body: Any) -> bytes:
    return json.dumps(body).encode()


def test_a_push_is_the_message_that_was_published() -> None:
    """Id, topic, function and data from the attributes and the data; attempt and time from Pub/Sub."""
    received = delivery({"Content-Type": "application/json"}, _bytes(_push()))
    assert received.message == MESSAGE
    assert (received.receipt, received.attempt, received.published_at) == ("136969346945", 3, SENT_AT)


def test_a_push_without_an_attempt_is_the_first() -> None:
    """Emulators send no deliveryAttempt."""
    body = _push()
    del body["deliveryAttempt"]
    assert delivery({}, _bytes(body)).attempt == 1


@pytest.mark.parametrize("structured", [False, True])
def test_the_same_push_inside_a_cloud_event(structured: bool) -> None:
    """What Eventarc posts, in binary or structured mode, is the same delivery."""
    event = CloudEvent({"type": PUBSUB_TYPE, "source": "//pubsub.googleapis.com/projects/p/topics/t"}, _push())
    headers, body = to_structured(event) if structured else to_binary(event)
    assert delivery(headers, body) == delivery({}, _bytes(_push()))


@pytest.mark.parametrize("structured", [False, True])
def test_a_cloud_event_may_carry_our_event_itself(structured: bool) -> None:
    """Type, id and time are the CloudEvent's; `to` and `topic` are extensions; the data is the event."""
    attributes = {
        "type": EVENT.type,
        "source": "tipoff",
        "id": "an-id",
        "time": SENT_AT.isoformat(),
        "to": EVENT.to,
        "topic": "nba-phase1-scrapers-complete",
    }
    event = CloudEvent(attributes, json.loads(EVENT.model_dump_json()))
    headers, body = to_structured(event) if structured else to_binary(event)
    received = delivery(headers, body)
    assert received.message.event() == EVENT
    assert (received.message.id, received.message.to, received.published_at) == ("an-id", EVENT.to, SENT_AT)


def test_a_message_without_attributes_gets_pubsubs_id() -> None:
    """A message published by hand has an id too; the event inside names its function."""
    received = delivery({}, _bytes(_push(attributes={})))
    assert received.message.id == "pubsub.136969346945"
    assert received.message.event().to == "scrape"


@pytest.mark.parametrize("forged", ["a/b", "", "../x", "a b", "x" * 401, "a\n"])
def test_an_id_that_is_no_document_id_is_not_used(forged: str) -> None:
    """Ids become document ids: one with other characters is replaced by Pub/Sub's."""
    received = delivery({}, _bytes(_push(attributes={**ATTRIBUTES, "id": forged})))
    assert received.message.id == "pubsub.136969346945"


def test_an_event_that_is_not_ours_is_left_to_the_handler() -> None:
    """The envelope is valid, so it is a delivery; only its event is a ContractError."""
    received = delivery({}, _bytes(_push(data=b64encode(b"{}").decode())))
    with pytest.raises(ContractError, match="not an event of ours"):
        received.message.event()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        _bytes({"message": {}}),
        _bytes(_push(data="not base64!")),
        _bytes(_push(data=b64encode(b"\xff\xfe").decode())),
        _bytes(_push(messageId="")),
        _bytes(_push(messageId="a/b")),
        _bytes(_push(publishTime="yesterday")),
        _bytes(_push(publishTime="2024-02-26T17:00:00")),
        _bytes(_push(attributes={"id": 1})),
        _bytes({**_push(), "deliveryAttempt": 0}),
    ],
    ids=range(14),
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "application/cloudevents+json"},
        {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": PUBSUB_TYPE},
        {"ce-specversion": "9.9", "ce-id": "1"},
    ],
    ids=["push", "structured", "binary", "wrong-version"],
)
def test_anything_else_breaks_the_contract(body: bytes, headers: dict[str, str]) -> None:
    """Broken bodies are refused in every mode, in one line."""
    with pytest.raises(ContractError) as caught:
        delivery(headers, body)
    assert str(caught.value)


@pytest.mark.parametrize("body", [b"null", b"[]", b"7", b'"text"'])
def test_a_structured_event_that_is_no_object_breaks_the_contract(body: bytes) -> None:
    """Regression from the fuzzer below: JSON's null raised AttributeError, and would have been delivered again."""
    binary = {f"ce-{name}": "1.0" for name in ("specversion", "id", "source", "type")}
    for headers in ({}, {"ce-specversion": "1.0"}, binary):
        with pytest.raises(ContractError, match="not a CloudEvent"):
            delivery({"Content-Type": "application/cloudevents+json", **headers}, body)


@pytest.mark.parametrize("missing", ["id", "to", "topic"])
def test_a_cloud_event_of_ours_needs_its_attributes(missing: str) -> None:
    """Without id, to or topic it could be neither handled nor quarantined."""
    event = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "to": "scrape", "topic": "t", "data": {}}
    del event[missing]
    with pytest.raises(ContractError):
        delivery({"Content-Type": "application/cloudevents+json"}, _bytes(event))


def test_the_size_is_checked_before_anything_is_parsed() -> None:
    """A body over the limit is refused whatever it holds, naming the limit."""
    fits = _bytes(_push(padding="x" * 1000))
    assert delivery({}, fits).message == MESSAGE
    with pytest.raises(ContractError, match=str(MAX_BODY_BYTES)):
        delivery({}, fits + b" " * MAX_BODY_BYTES)


@given(
    body=st.binary(max_size=300)
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda x: st.dictionaries(
            st.sampled_from(["message", "data", "messageId", "publishTime", "specversion", "id", "source", "type"]), x
        ),
    ).map(_bytes),
    headers=st.dictionaries(
        st.sampled_from(["Content-Type", "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time"]),
        st.sampled_from(["1.0", "application/json", "application/cloudevents+json", PUBSUB_TYPE, "", "x"]),
    ),
)
def test_only_contract_errors_escape(body: bytes, headers: dict[str, str]) -> None:
    """Any body and headers: a delivery or a ContractError, never another exception."""
    try:
        delivery(headers, body)
    except ContractError:
        return


def test_the_trace_and_the_schedule_are_on_the_delivery() -> None:
    """As the attributes give them, inside a CloudEvent too; empty without the attributes."""
    named = {**ATTRIBUTES, "schedule": "sweep", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    event = CloudEvent({"type": PUBSUB_TYPE, "source": "s"}, _push(attributes=named))
    for received in (delivery({}, _bytes(_push(attributes=named))), delivery(*to_structured(event))):
        assert (received.schedule, received.traceparent) == ("sweep", named["traceparent"])
    assert delivery({}, _bytes(_push())).schedule == delivery({}, _bytes(_push())).traceparent == ""


def test_a_cloud_event_of_ours_carries_its_trace() -> None:
    """By the Distributed Tracing extension of CloudEvents."""
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    event = CloudEvent(
        {
            "type": "t",
            "source": "s",
            "id": "x",
            "time": SENT_AT.isoformat(),
            "to": "f",
            "topic": "t",
            "traceparent": parent,
        },
        {},
    )
    assert delivery(*to_binary(event)).traceparent == parent
