"""From an HTTP body to a delivery: the only module that knows Pub/Sub's push envelope and CloudEvents.

Accepted are the wrapped push body that Pub/Sub posts, the same inside a CloudEvent (what Eventarc posts), and a
CloudEvent whose data is one of our events; CloudEvents in binary or structured mode.
"""

import re
from base64 import b64decode
from collections.abc import Mapping

from cloudevents.exceptions import GenericException
from cloudevents.http import CloudEvent, from_http
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from shared.contracts.events import MAX_EVENT_BYTES, Delivery, Message
from shared.errors import ContractError

MAX_BODY_BYTES = 2 * MAX_EVENT_BYTES  # base64 takes 4/3, the rest is for attributes
PUBSUB_TYPE = "google.cloud.pubsub.topic.v1.messagePublished"
_STRUCTURED = "application/cloudevents+json"
_SAFE_ID = r"^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,399}$"  # ids become document ids


class _PubSubMessage(BaseModel):
    """The part of a pushed message that we use; Pub/Sub may add fields at any time."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    data: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    message_id: str = Field(alias="messageId", pattern=_SAFE_ID)
    published_at: AwareDatetime = Field(alias="publishTime")

    @field_validator("data")
    @classmethod
    def _decoded(cls, value: str) -> str:
        """The text that was published; ValueError if it is not base64 of UTF-8."""
        return b64decode(value, validate=True).decode()


class _PushBody(BaseModel):
    """A wrapped push: the message, the subscription it comes from, and the attempt where dead-lettering is on."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    message: _PubSubMessage
    subscription: str = ""
    attempt: int = Field(1, alias="deliveryAttempt", ge=1)


class _Carried(BaseModel):
    """The attributes that we use of a CloudEvent whose data is our event; others are ignored."""

    model_config = ConfigDict(frozen=True, defer_build=True)
    id: str = Field(pattern=_SAFE_ID)
    to: str
    topic: str
    time: AwareDatetime
    traceparent: str = ""  # the Distributed Tracing extension of CloudEvents


def delivery(headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery in a request; ContractError if it is neither a push nor a CloudEvent, or too large.

    Only the envelope is checked: an event inside that is not ours is left to the handler, which quarantines it.
    """
    if len(body) > MAX_BODY_BYTES:
        raise ContractError(f"request body is over the limit of {MAX_BODY_BYTES} bytes")
    lower = {name.lower(): value for name, value in headers.items()}
    if "ce-specversion" not in lower and not lower.get("content-type", "").startswith(_STRUCTURED):
        return _pushed(body)
    try:
        event = from_http(lower, body, data_unmarshaller=_text)
    except (GenericException, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ContractError(f"not a CloudEvent: {error}") from error
    data = event.get_data()
    if not isinstance(data, str):
        raise ContractError("the CloudEvent carries no data")
    return _pushed(data) if event["type"] == PUBSUB_TYPE else _carried(event, data)


def _text(data: str | bytes) -> str:
    return data if isinstance(data, str) else data.decode()


def _pushed(body: str | bytes) -> Delivery:
    try:
        push = _PushBody.model_validate_json(body)
    except ValidationError as error:
        raise ContractError(f"not a Pub/Sub push: {_first(error)}") from error
    pushed = push.message
    named = pushed.attributes.get("id", "")
    return Delivery(
        message=Message(
            id=named if re.fullmatch(_SAFE_ID, named) else f"pubsub.{pushed.message_id}",
            topic=pushed.attributes.get("event_topic", ""),
            to=pushed.attributes.get("to", ""),
            data=pushed.data,
        ),
        receipt=pushed.message_id,
        attempt=push.attempt,
        published_at=pushed.published_at,
        schedule=pushed.attributes.get("schedule", ""),
        traceparent=pushed.attributes.get("traceparent", ""),
    )


def _carried(event: CloudEvent, data: str) -> Delivery:
    """A CloudEvent whose data is one of our events; `to` and `topic` are extension attributes."""
    try:
        sent = _Carried.model_validate(event.get_attributes())
    except ValidationError as error:
        raise ContractError(f"not a CloudEvent of ours: {_first(error)}") from error
    message = Message(id=sent.id, topic=sent.topic, to=sent.to, data=data)
    return Delivery(message=message, receipt=sent.id, attempt=1, published_at=sent.time, traceparent=sent.traceparent)


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
