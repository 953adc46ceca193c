"""The engine and the one path `handle` on the memory twins, with scripted units: a whole run in milliseconds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from shared.clock import VirtualClock
from shared.contracts.events import Delivery, Message, RunRequested, UnitRequested, message
from shared.map.loader import pipeline_map
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.handle import handle
from shared.work.job import Ended, Job
from shared.work.monitor import MonitorStep
from tests.support.twins.memory import MemoryQueue, MemoryState

NOON = datetime(2024, 2, 26, 17, tzinfo=UTC)
DAY = date(2024, 2, 26)
PREGAME = f"{DAY}.pregame"
POSTGAME = f"{DAY}.postgame"
MAX_DELIVERIES = 2000
Behaviour = Callable[[Job], Ended]


class Killed(BaseException):
    """The process died here: no handler of errors runs."""


@dataclass
class Scripted:
    """A step whose units do what the test says; a unit without a script succeeds."""

    function: str
    script: dict[str, Behaviour]
    ran: list[str]

    def run(self, job: Job) -> Ended:
        self.ran.append(job.event.event_id)
        job.app.engine.point("work")
        behaviour = self.script.get(f"{job.event.phase}.{job.event.unit}")
        return behaviour(job) if behaviour else Ended("ok", hash=job.event.unit)


@dataclass
class Publisher:
    """Events into the queue, remembering what was published; `fail` may refuse before or after handing over."""

    queue: MemoryQueue
    published: list[Message] = field(default_factory=list)
    fail: Callable[[str], None] = lambda _: None

    def publish(self, messages: Sequence[Message]) -> None:
        self.fail("before")
        self.published.extend(messages)
        self.queue.publish(messages)
        self.fail("after")


class AllGraded:
    """The monitor's warehouse and core: nothing to repair."""

    def query(self, sql: str, reads: Any, params: Any, *, as_of: bool) -> pa.Table:
        return pa.table({"graded": [1.0]})

    def write(self, table: Any, rows: Any, scope: Any) -> Any:
        raise AssertionError("a scripted unit writes no rows")

    def after_grading(self, coverage: Any, attempts: int, limits: Any) -> str:
        return "fine"


class House:
    """A pipeline on the real map, and the runtime that delivers to it."""

    def __init__(self, script: dict[str, Behaviour] | None = None, **limits: int) -> None:
        self.map = replace(pipeline_map(), engine={**pipeline_map().engine, **limits})
        self.clock = VirtualClock(NOON)
        self.state = MemoryState()
        self.queue = MemoryQueue(self.clock, self.map.engine)
        self.events = Publisher(self.queue)
        self.engine = Engine(self.map, self.state, self.events, self.clock)
        self.script = script or {}
        self.ran: list[str] = []
        nothing: Any = None
        self.app = App(
            map=self.map,
            settings=Settings(),
            clock=self.clock,
            state=self.state,
            events=self.events,
            tables=AllGraded(),
            archive=nothing,
            feeds=nothing,
            models=nothing,
            engine=self.engine,
            owner="worker",
            code_hash=lambda function, unit: "code",
        )

    def step(self, function: str) -> Any:
        if function == "coverage_monitor":
            return MonitorStep(function, AllGraded())
        return Scripted(function, self.script, self.ran)

    def request(self, kind: str = "pregame", request_id: str = "first") -> str:
        """Publish a request for a run of the day; the run's id."""
        event = RunRequested(request_id=request_id, kind=kind, from_date=DAY)
        self.events.publish([message("nba-run-trigger", event)])
        return f"{DAY}.{kind}"

    def handle(self, wanted: Message) -> None:
        handle(wanted, self.step(wanted.to), self.app)

    def deliver(self, delivery: Delivery) -> None:
        """As a runtime does; a killed process leaves the message leased, to come again when the lease is over."""
        try:
            self.handle(delivery.message)
        except Killed:
            return
        except Exception as error:  # noqa: BLE001 - as in the runtimes: it comes again
            self.queue.nack(delivery, repr(error))
        else:
            self.queue.ack(delivery)

    def run_due(self) -> None:
        """Deliver what is due now, and what that leads to."""
        for _ in range(MAX_DELIVERIES):
            if (delivery := self.queue.lease()) is None:
                return
            self.deliver(delivery)
        raise AssertionError("the house does not come to rest")

    def run_all(self) -> None:
        """Deliver until nothing is queued, moving the clock over back-offs and leases."""
        while (due := self.queue.next_due()) is not None:
            self.clock.advance_to(due)
            self.run_due()

    def wait(self, minutes: float = 0, seconds: float = 0) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(minutes=minutes, seconds=seconds))

    def units(self) -> list[UnitRequested]:
        """Every unit request that was published, in order, copies too."""
        events = [m.event() for m in self.events.published]
        return [e for e in events if isinstance(e, UnitRequested)]

    def outcomes(self, run: str, generation: int = 1) -> dict[str, str]:
        """The outcome of each phase that has a verdict."""
        return {name: doc["outcome"] for name, doc in self.verdicts(run, generation).items()}

    def verdicts(self, run: str, generation: int = 1) -> dict[str, dict[str, Any]]:
        """The verdict of each phase that has one, without the time it was given."""
        phases = self.map.runs[run.rsplit(".", 1)[1]].phases
        found = self.state.get_many("verdicts", [f"{run}.{generation}.{p}" for p in phases])
        stripped = {i: {k: v for k, v in doc.items() if k != "settled_at"} for i, doc in found.items()}
        return {i.rsplit(".", 1)[1]: doc for i, doc in stripped.items()}

    def quarantined(self) -> list[str]:
        """The reasons of everything in quarantine."""
        return [s.doc["reason"] for s in self.state.find("quarantine", "held")]


def ended(outcome: str, reason: str = "", digest: str = "") -> Behaviour:
    """A unit that ends so."""
    return lambda _: Ended(outcome, reason, hash=digest)


def raises(error: BaseException, times: int = 10**9) -> Behaviour:
    """A unit that raises the error so many times, then succeeds."""
    left = [times]

    def behave(job: Job) -> Ended:
        if left[0] == 0:
            return Ended("ok", hash=job.event.unit)
        left[0] -= 1
        raise error

    return behave


def unit_event(unit: str, phase: str = "scrape", generation: int = 1, to: str = "scrape") -> UnitRequested:
    """A request for a unit of the day's pregame run."""
    return UnitRequested(run_id=PREGAME, generation=generation, phase=phase, unit=unit, to=to)


def asked(event: UnitRequested) -> Message:
    """The request as a message."""
    return message("nba-scrape-trigger", event)


def settled(house: House, kind: str = "pregame") -> House:
    """The house after a run from its request to its rest."""
    house.request(kind)
    house.run_all()
    return house
