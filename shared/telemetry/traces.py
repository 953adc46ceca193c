"""Trace context without state: ids are hashes of the run, phase or unit, so every copy and process has the same.

One trace holds all that happens for one span of game dates: the pregame and the postgame run of a night, every
generation of both. Below it are runs, phases and units, each the parent of the next. The text form is W3C Trace
Context's `traceparent` (version 00): https://www.w3.org/TR/trace-context/#traceparent-header.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from shared.contracts.events import AnyEvent, Message, PhaseSettled, RunRequested, UnitRequested
from shared.errors import ContractError

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}", re.ASCII)


@dataclass(frozen=True)
class Context:
    """A span of a trace: the ids as lower-case hex of 16 and 8 bytes."""

    trace_id: str
    span_id: str

    def __str__(self) -> str:
        """The `traceparent` of what this span causes; always sampled."""
        return f"00-{self.trace_id}-{self.span_id}-01"


def trace_id(run_id: str) -> str:
    """The trace of a run: `2024-02-26.pregame` and `2024-02-26.postgame` share theirs."""
    return sha256(f"trace/{run_id.rpartition('.')[0] or run_id}".encode()).hexdigest()[:32]


def span_id(about: str) -> str:
    """The span of a run's generation (`run.generation`), of a phase below it, or of a unit below that, by its id."""
    return sha256(f"span/{about}".encode()).hexdigest()[:16]


def context(event: AnyEvent) -> Context:
    """The event's span: a unit's for its request, a phase's for its settling, one of its own for any other event."""
    if isinstance(event, UnitRequested | PhaseSettled):
        return Context(trace_id(event.run_id), span_id(event.event_id))
    if isinstance(event, RunRequested) and event.from_date is not None:
        days = [event.from_date, *([event.to_date] if event.to_date not in (None, event.from_date) else [])]
        return Context(trace_id(f"{'_'.join(map(str, days))}.{event.kind}"), span_id(event.event_id))
    return Context(trace_id(event.event_id), span_id(event.event_id))


def of(message: Message, given: str = "") -> Context:
    """The context that came with a message if it is valid, else the one of its event."""
    if ids := _TRACEPARENT.fullmatch(given):
        return Context(ids[1], ids[2])
    try:
        return context(message.event())
    except ContractError:
        return Context(trace_id(message.id), span_id(message.id))
