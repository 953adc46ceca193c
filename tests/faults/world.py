"""A small workload on the real path, and its record: runs of one fan-in, pushed to instances of one function.

Everything is as deployed but small: the bus pushes over HTTP to `serve`, each instance has an owner of its own and
does one message at a time, the stores are the cloud twins. The map has one function and its back-offs are short.
"""

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any, cast

import flask

from benchmarks.engine_ours import FUNCTION, bench_map
from shared.clock import SystemClock
from shared.contracts.events import Message, RunRequested, UnitRequested
from shared.errors import Retryable
from shared.http.serve import serve
from shared.map.model import PipelineMap
from shared.ports import Doc, Events, State
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.job import Ended, Job

FAN_IN = 6
COPY_EVERY = 3  # of messages published together the first, fourth, seventh ... are published twice
MAX_OPEN_RUNS = 30  # enough that opening one does not wait for another's redelivery
RUN_EVERY_S = 0.25
SWEEP_EVERY_S = 2.0
WORK_S = 0.01
FIRST_DAY = date(2000, 1, 1)
WRONG = ("double", "lost", "early", "crashed")
# Short waits where the deployed ones are ten seconds between deliveries and five and a half minutes for a lease; no dead
# letters within a run.
QUICK = {"claim_lease_s": 30, "backoff_min_s": 1, "backoff_max_s": 1, "max_attempts": 100, "unsent_after_s": 2}


def small_map() -> PipelineMap:
    """One function, runs of `fan` and then `join`, short back-offs."""
    bench = bench_map(FAN_IN)
    return replace(bench, engine={**bench.engine, **QUICK})


@dataclass
class Seen:
    """The record of the workload, kept outside of everything that may fail; `wrong` is what must never happen."""

    wrong: list[tuple[str, str]] = field(default_factory=list)  # (one of WRONG, what)
    delivered: list[float] = field(default_factory=list)
    completed: list[float] = field(default_factory=list)
    published: list[float] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)  # what units wrote: the token it was written with
    worked: Counter[str] = field(default_factory=Counter)
    opened: dict[str, float] = field(default_factory=dict)
    settled: dict[str, float] = field(default_factory=dict)
    _created: set[str] = field(default_factory=set)
    _bodies: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _busy: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def mark(self, times: list[float]) -> None:
        """Record the present moment."""
        with self._lock:
            times.append(time.monotonic())

    def fault(self, kind: str, what: str) -> None:
        """Record what must never happen."""
        with self._lock:
            self.wrong.append((kind, what))

    def creating(self, collection: str, doc_id: str) -> None:
        """A document is about to be created: a verdict may come only after the completions of its phase."""
        if collection == "completions":
            with self._lock:
                self._asked.add(doc_id)
        elif collection == "verdicts":
            missing = [u for u in units(doc_id) if u not in self._asked]
            if missing:
                self.fault("early", f"verdict {doc_id} without {', '.join(missing)}")

    def created(self, collection: str, doc_id: str) -> None:
        """One caller of `create` got True: no other caller may."""
        with self._lock:
            again = (key := f"{collection}/{doc_id}") in self._created
            self._created.add(key)
        if again:
            self.fault("double", f"{key} was created twice")
        if collection == "completions":
            self.mark(self.completed)
        if collection == "verdicts" and doc_id.endswith(".join"):
            self.settled[doc_id.removesuffix(".join")] = time.monotonic()

    def sent(self, messages: Sequence[Message]) -> None:
        """Messages were published: the same id must always have the same content."""
        for message in messages:
            if self._bodies.setdefault(message.id, message.data) != message.data:
                self.fault("double", f"{message.id} was published with two contents")
        self.mark(self.published)

    @contextmanager
    def working(self, event: UnitRequested, owner: str) -> Iterator[None]:
        """The unit is being done: by one worker at a time, and only after every unit upstream."""
        with self._lock:
            other = self._busy.setdefault(event.event_id, owner)
            self.worked[event.event_id] += 1
        if other != owner:
            self.fault("double", f"{event.event_id} is done by {owner} and {other} at once")
        if event.phase == "join":
            manifest = f"{event.run_id}.{event.generation}"
            missing = [u for u in units(f"{manifest}.fan") if u not in self._asked]
            if missing:
                self.fault("early", f"{event.event_id} before {', '.join(missing)}")
        try:
            yield
        finally:
            with self._lock:
                self._busy.pop(event.event_id, None)

    def write(self, event_id: str, token: int) -> None:
        """The unit's rows, fenced as the warehouse does it: an older claim overwrites nothing."""
        with self._lock:
            self.rows[event_id] = max(token, self.rows.get(event_id, 0))


def units(phase_id: str) -> list[str]:
    """The completions that a phase (`run.generation.phase`) waits for."""
    names = [f"u{n:03d}" for n in range(FAN_IN)] if phase_id.endswith(".fan") else ["joined"]
    return [f"{phase_id}.{name}" for name in names]


@dataclass(frozen=True)
class SeenState:
    """The state, seen from outside the adapter."""

    inner: State
    seen: Seen

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        self.seen.creating(collection, doc_id)
        created = self.inner.create(collection, doc_id, doc)
        if created:
            self.seen.created(collection, doc_id)
        return created

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


@dataclass(frozen=True)
class SeenEvents:
    """The bus, seen from outside the adapter; some messages are published twice."""

    inner: Events
    seen: Seen

    def publish(self, messages: Sequence[Message]) -> None:
        self.inner.publish([m for n, m in enumerate(messages) for _ in range(1 if n % COPY_EVERY else 2)])
        self.seen.sent(messages)


@dataclass(frozen=True)
class Work:
    """A unit of work: takes a moment, and writes its rows."""

    seen: Seen
    function: str = FUNCTION

    def run(self, job: Job) -> Ended:
        with self.seen.working(job.event, job.claim.owner):
            time.sleep(WORK_S)
            self.seen.write(job.event.event_id, job.claim.token)
        return Ended("ok", expected=1, found=1, hash=job.unit.name)


def real_answer(seen: Seen) -> Callable[[flask.Request, App], int]:
    """What a deployed function does with a request."""
    work = Work(seen)
    return lambda request, app: serve(request, work, app)[1]


def app_of(
    m: PipelineMap, state: State, events: Events, owner: str, engine_of: Callable[[Engine], Engine] = lambda e: e
) -> App:
    """An instance; ports that the work does not use are absent."""
    absent, clock = cast("Any", None), SystemClock()
    settings = Settings(home=Path("build"))
    engine = engine_of(Engine(m, state, events, clock))
    return App(m, settings, clock, state, events, absent, absent, absent, absent, engine, owner, lambda *_: "code")


@dataclass
class Load:
    """Opens runs and sweeps, until it is stopped; at most MAX_OPEN_RUNS are open."""

    app: App
    seen: Seen
    opened: list[str] = field(default_factory=list)
    _full: Event = field(default_factory=Event)
    _stop: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [Thread(target=f, daemon=True) for f in (self._open_runs, self._sweep)]
        for thread in self._threads:
            thread.start()

    def stop_opening(self) -> None:
        self._full.set()
        self._threads[0].join()

    def stop(self) -> None:
        self._full.set()
        self._stop.set()

    def _open_runs(self) -> None:
        number = 0
        while not self._full.wait(RUN_EVERY_S):
            if len(self.opened) - len(self.seen.settled) >= MAX_OPEN_RUNS:
                continue
            day = FIRST_DAY + timedelta(days=number)
            request = RunRequested(request_id=f"r{number}", kind="bench", from_date=day)
            self.opened.append(f"{day}.bench.1")
            self.seen.opened[self.opened[-1]] = time.monotonic()
            number += 1
            while not self._stop.is_set():
                with suppress(Retryable):
                    self.app.engine.open_run(request)
                    break

    def _sweep(self) -> None:
        while not self._stop.wait(SWEEP_EVERY_S):
            with suppress(Retryable):
                self.app.engine.sweep()


def after(times: list[float], moment: float) -> float | None:
    """The first of the times, which only grow, that is later."""
    place = bisect_right(times, moment)
    return times[place] if place < len(times) else None


def settle(state: State, opened: Sequence[str], give_up_at: float) -> None:
    """Wait until every run is marked settled and every outbox sent, which follows the last verdict."""
    runs = [m.removesuffix(".1") for m in opened]
    while time.monotonic() < give_up_at:
        stored = state.get_many("runs", runs)
        settled = len(stored) == len(runs) and all(d["state"] == "settled" for d in stored.values())
        if settled and not state.find("verdicts", "unsent"):
            return
        time.sleep(0.2)


def verify(opened: Sequence[str], state: State, seen: Seen) -> None:
    """Read everything back from the store itself: each run complete, once, and its events sent."""
    for manifest in opened:
        phases = [f"{manifest}.fan", f"{manifest}.join"]
        verdicts = state.get_many("verdicts", phases)
        completions = state.get_many("completions", [u for p in phases for u in units(p)])
        run = state.get("runs", manifest.removesuffix(".1"))
        for phase in phases:
            verdict = verdicts.get(phase, {"outcome": "no verdict", "state": ""})
            if (verdict["outcome"], verdict["state"]) != ("complete", "sent"):
                seen.fault("lost", f"{phase}: {verdict['outcome']} {verdict['state']}")
            for unit in units(phase):
                if unit not in completions or unit not in seen.rows:
                    seen.fault("lost", f"{unit}: completion {unit in completions}, rows {unit in seen.rows}")
        if run is None or run.doc["state"] != "settled":
            seen.fault("lost", f"{manifest}: the run is {run and run.doc['state']}")
