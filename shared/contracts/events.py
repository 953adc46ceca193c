"""Events: frozen, strict, self-contained. Every event is addressed to one function and has an id computed from it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.errors import ContractError

MAX_EVENT_BYTES = 64 * 1024
NAME = r"^[A-Za-z0-9._:@+-]+$"  # what every store accepts as a document id


class _Event(BaseModel):
    # Validators are built with the first message, not when a process starts.
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="float", defer_build=True)


class RunRequested(_Event):
    """A run is asked for: by a schedule, an operator, or the monitor for a repair.

    `request_id` makes the request idempotent: the same request opens one generation, however often delivered.
    Without dates the run is for today's US Eastern date plus `day_offset`. `only_if` "not_whole" opens nothing while
    the run is whole or in progress. A partial repair names the generation it builds on (`base`) and the cells
    (`phase.unit`) to `redo`; a cell that is not named is carried over unless something it reads has changed. Cells to
    `redo` without a `base` are done again on the generation that stands, as of its moment: if the run is in progress,
    nothing is opened, and if there is none it is opened whole. With
    `missing_only` its units fetch only what its base misses, and it opens nothing where the run has moved on since.
    """

    type: Literal["run.requested"] = "run.requested"
    request_id: str = Field(max_length=200, pattern=NAME)
    kind: str
    from_date: date | None = None
    to_date: date | None = None
    day_offset: int = 0
    as_of: AwareDatetime | None = None
    only_if: Literal["always", "not_whole"] = "always"
    base: int | None = None
    redo: tuple[str, ...] = ()
    missing_only: bool = False
    to: str = "scrape"

    @property
    def event_id(self) -> str:
        """One id per request."""
        return f"request.{self.request_id}"


class UnitRequested(_Event):
    """A unit of a phase is to be done now."""

    type: Literal["unit.requested"] = "unit.requested"
    run_id: str = Field(max_length=200, pattern=NAME)
    generation: int
    phase: str
    unit: str
    to: str
    upstream: Literal["complete", "degraded"] = "complete"

    @property
    def event_id(self) -> str:
        """One id per cell of the grid and generation; also the id of its completion."""
        return f"{self.run_id}.{self.generation}.{self.phase}.{self.unit}"


class PhaseSettled(_Event):
    """A phase has its verdict; for functions that watch, not needed for progress."""

    type: Literal["phase.settled"] = "phase.settled"
    run_id: str = Field(max_length=200, pattern=NAME)
    generation: int
    phase: str
    outcome: str
    to: str = "coverage_monitor"

    @property
    def event_id(self) -> str:
        """The verdict's id."""
        return f"{self.run_id}.{self.generation}.{self.phase}"


class SweepRequested(_Event):
    """Deadlines, unsent events and silent schedules are to be checked now."""

    type: Literal["sweep.requested"] = "sweep.requested"
    at: AwareDatetime
    to: str = "coverage_monitor"

    @property
    def event_id(self) -> str:
        """One id per tick."""
        return f"sweep.{self.at.isoformat()}"


Event = Annotated[RunRequested | UnitRequested | PhaseSettled | SweepRequested, Field(discriminator="type")]
_ADAPTER: TypeAdapter[RunRequested | UnitRequested | PhaseSettled | SweepRequested] = TypeAdapter(
    Event, config=ConfigDict(defer_build=True)
)
AnyEvent = RunRequested | UnitRequested | PhaseSettled | SweepRequested


class Message(_Event):
    """An event as published on a topic; every copy has the event's id."""

    id: str
    topic: str
    to: str
    data: str

    def event(self) -> AnyEvent:
        """The event inside; ContractError if it is not one of ours."""
        return decode(self.data.encode())


def message(topic: str, event: AnyEvent) -> Message:
    """The event as a message on a topic."""
    return Message(id=event.event_id, topic=topic, to=event.to, data=event.model_dump_json())


def decode(body: bytes) -> AnyEvent:
    """An event from its JSON; ContractError says what is wrong with it."""
    if len(body) > MAX_EVENT_BYTES:
        raise ContractError(f"event of {len(body)} bytes is over the limit of {MAX_EVENT_BYTES}")
    try:
        return _ADAPTER.validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise ContractError(f"not an event of ours: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


class Delivery(BaseModel):
    """One delivery of a message: its receipt, and the delivery attempt, from 1.

    `schedule` names the schedule of the map that sent it: Cloud Scheduler's messages hold nothing else.
    `traceparent` is the W3C trace context that came with it, if any.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
    message: Message
    receipt: str
    attempt: int
    published_at: datetime
    schedule: str = ""
    traceparent: str = ""
