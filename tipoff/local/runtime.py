"""The local runtime: the same handlers that are deployed, called in-process from the durable queue."""

import importlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.adapters.local.queue import SqliteQueue
from shared.clock import VirtualClock
from shared.contracts.events import Delivery, RunRequested, message
from shared.errors import FileDamaged, FileUnusable, UserError
from shared.ports import Stored
from shared.protocol import asking
from shared.protocol.manifest import plans_of, verdicts_of
from shared.work.app import App
from shared.work.handle import handle
from shared.work.steps import Step

MAX_SWEEPS_TO_SETTLE = 200
SWEEP_EVERY = timedelta(minutes=15)
log = logging.getLogger("tipoff.local.runtime")


def step_of(function: str) -> Step:
    """The step a deployed function would run."""
    step: Step = importlib.import_module(f"functions.{function}.main").STEP
    return step


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


class _Shift:
    """Workers that take due messages until none is left and no worker is busy, as a busy one may publish more.

    The worker that finishes a unit also takes the messages it published, which saves a thread hop.
    """

    def __init__(self, take: Callable[[], Delivery | None], deliver: Callable[[Delivery], None]) -> None:
        self._take, self._deliver = take, deliver
        self._changed = threading.Condition()
        self._busy = 0
        self._is_over = False  # a worker failed
        self.delivered = 0

    def work(self) -> None:
        """Deliver until the end; an error of a delivery, or an interrupt, ends the shift for all workers."""
        try:
            while not self._is_over:
                with self._changed:
                    seen = self.delivered
                    self._busy += 1  # before the lease: the message it returns may publish more
                if not self._has_delivered() and self._is_done(seen):
                    return
        except BaseException:
            self._is_over = True
            raise

    def _has_delivered(self) -> bool:
        delivery = None
        try:
            delivery = self._take()
            if delivery is not None:
                self._deliver(delivery)
        finally:
            with self._changed:
                self._busy -= 1
                self.delivered += delivery is not None
                self._changed.notify_all()
        return delivery is not None

    def _is_done(self, seen: int) -> bool:
        """Wait until more than `seen` was delivered or no worker is busy; whether no message can come any more."""
        with self._changed:
            self._changed.wait_for(lambda: self.delivered != seen or not self._busy)
            return self.delivered == seen


@dataclass
class LocalRuntime:
    """Delivers what is due, `workers` messages at a time, until nothing is.

    Several workers use two cores: the warehouse works outside the interpreter's lock. The calling thread is one of
    them. The order in which units end changes no row. Copies of one message are handled one after another: in
    parallel one would be fenced and delivered again. It delivers the messages whose id is `like` one of these patterns.
    """

    app: App
    queue: SqliteQueue
    on_delivery: Callable[[Delivery], None] = lambda _: None
    on_settled: Callable[[], None] = lambda: None
    workers: int = 1
    like: Sequence[str] = ("*",)
    _steps: dict[str, Step] = field(default_factory=dict)
    _handled: set[str] = field(default_factory=set)
    _released: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        """Make due what a killed process had leased: this process is the only one."""
        self.queue.reclaim()
        self._pool = ThreadPoolExecutor(self.workers - 1) if self.workers > 1 else None

    def deliver(self, delivery: Delivery) -> None:
        """Hand one message to its function: acknowledge, or have it delivered again later."""
        function = delivery.message.to
        if function not in self._steps:
            self._steps[function] = step_of(function)
        try:
            with self._alone(delivery.message.id):
                handle(delivery.message, self._steps[function], self.app)
        except (FileDamaged, FileUnusable):
            raise  # the home, not the message: it stays leased, and is due again when the home is opened again
        except Exception as error:
            dead = self.queue.nack(delivery, f"{type(error).__name__}: {error}")
            end = " (dead)" if dead else ""
            log.warning("%s attempt %d: %s%s", delivery.message.id, delivery.attempt, _first_line(error), end)
            log.debug("traceback", exc_info=error)
        else:
            self.queue.ack(delivery)
        self.on_delivery(delivery)

    @contextmanager
    def _alone(self, message_id: str) -> Iterator[None]:
        """Wait until no other worker handles a copy of the message."""
        with self._released:
            self._released.wait_for(lambda: message_id not in self._handled)
            self._handled.add(message_id)
        try:
            yield
        finally:
            with self._released:
                self._handled.remove(message_id)
                self._released.notify_all()

    def run_due(self) -> int:
        """Deliver everything that is due now; how many messages that were."""
        shift = _Shift(lambda: self.queue.lease(self.like), self.deliver)
        others = [self._pool.submit(shift.work) for _ in range(self.workers - 1)] if self._pool else []
        try:
            shift.work()
        finally:
            for other in others:
                other.result()
        return shift.delivered

    def sweep(self) -> dict[str, int]:
        """Sweep, and log what could not be swept: all else was. It raises only if the home cannot be used."""
        try:
            return self.app.engine.sweep()
        except (FileDamaged, FileUnusable):
            raise
        except Exception as error:  # noqa: BLE001 - a document that nothing can sweep must not end the process
            notes = ", ".join(getattr(error, "__notes__", ()))
            log.warning("sweep: %s %s; again with the next", _first_line(error), notes)
            return {}

    def request(self, event: RunRequested) -> None:
        """Publish a request for a run."""
        self.app.events.publish([message(self.app.map.request_topics.run, event)])

    def settle(self, run_id: str, clock: VirtualClock, ask_until: datetime | None = None) -> None:
        """Deliver until the run has all its verdicts, moving a virtual clock over back-offs and deadlines.

        What it misses is asked for again at its times, up to `ask_until` (None: until it is given up).
        """
        for _ in range(MAX_SWEEPS_TO_SETTLE):
            self.run_due()
            while (due := self.queue.next_due()) is not None:
                self._advance(run_id, clock, due)
                self.run_due()
            run = self.app.state.get("runs", run_id)
            if run is not None and run.doc["state"] != "settled":
                self._pass_deadline(run_id, run.doc["generation"], clock)
            elif run is None or not self._ask_again(run_id, run.doc["generation"], clock, ask_until):
                self.on_settled()
                return
        raise UserError(f"{run_id} does not settle; see tipoff status")

    def _ask_again(self, run_id: str, generation: int, clock: VirtualClock, until: datetime | None) -> bool:
        """Move to the time at which what a settled run misses is asked for again, and sweep; whether there is one."""
        noted = self._note(run_id, generation)
        if noted is None:
            return False
        ask_at = datetime.fromisoformat(noted.doc["ask_at"])
        if until is not None and ask_at > until:
            return False
        clock.advance_to(ask_at)
        self.sweep()
        return True

    def is_asking(self, run_id: str, generation: int) -> bool:
        """Whether something that the settled generation misses is still asked for."""
        return self._note(run_id, generation) is not None

    def _note(self, run_id: str, generation: int) -> Stored | None:
        noted = self.app.state.get("waiting", asking.note_id(self.app.engine.manifest(run_id, generation)))
        return noted if noted and noted.doc["state"] == asking.MISSING else None

    def _advance(self, run_id: str, clock: VirtualClock, due: datetime) -> None:
        """Move to the time of the next message, or to a deadline of the run before it, and sweep there."""
        run = self.app.state.get("runs", run_id)
        deadlines = self._open_deadlines(run_id, run.doc["generation"]) if run is not None else []
        ahead = [d for d in deadlines if clock.now() < d < due]
        clock.advance_to(min(ahead, default=due))
        if ahead:
            self.app.engine.sweep()

    def _open_deadlines(self, run_id: str, generation: int) -> list[datetime]:
        """The deadlines of the phases without a verdict."""
        manifest = self.app.engine.manifest(run_id, generation)
        verdicts = verdicts_of(self.app.state, manifest)
        plans = plans_of(manifest, self.app.map.runs.get(manifest.kind), verdicts)
        return [plan.deadline_at for name, plan in plans.items() if name not in verdicts]

    def _pass_deadline(self, run_id: str, generation: int, clock: VirtualClock) -> None:
        """Move past the next deadline of a run that waits with nothing queued, and sweep.

        Where a unit was too early, the sweeps in between are made too: it may be asked for again at any of them.
        """
        open_deadlines = self._open_deadlines(run_id, generation)
        if open_deadlines:
            waits = self.app.state.find("waiting", "waiting", limit=1)
            clock.advance_to(min(*open_deadlines, clock.now() + SWEEP_EVERY) if waits else min(open_deadlines))
        self.sweep()
