"""The smoke test after a deploy: a message without work, which proves push, token, code and state of a function."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.contracts.events import NAME, Message
from shared.provenance import shipped_hash
from shared.work.app import App


class SmokeRequested(BaseModel):
    """Asks a function which code and map it runs; answered under the name of this release."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    type: Literal["smoke.requested"] = "smoke.requested"
    release: str = Field(max_length=100, pattern=NAME)


def smoke_message(release: str, function: str, topic: str) -> Message:
    """The message to one function on one of its topics; sent again it changes nothing."""
    data = SmokeRequested(release=release).model_dump_json()
    return Message(id=answer_id(release, function), topic=topic, to=function, data=data)


def answer_id(release: str, function: str) -> str:
    """The id of the function's answer."""
    return f"smoke.{release}.{function}"


def asked(message: Message) -> SmokeRequested | None:
    """The smoke request in a message; None for any other message."""
    if "smoke.requested" not in message.data:
        return None
    try:
        return SmokeRequested.model_validate_json(message.data)
    except ValidationError:
        return None


def answer(request: SmokeRequested, function: str, app: App) -> None:
    """Store, once, which code and map answered."""
    doc = {
        "state": "answered",
        "code_hash": shipped_hash(function),
        "map_hash": app.map.hash,
        "at": app.clock.now().isoformat(),
    }
    app.state.create("smoke", answer_id(request.release, function), doc)
