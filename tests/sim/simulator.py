"""Discrete-event simulation of many workers running the real `handle`, each preemptible at every effect.

Every store call, publish, warehouse write and `engine.point` is a decision: one draw from the seeded stream, which
may switch to another worker, pause this one for long, kill it, refuse the call, or lose its reply after the effect.
Decisions are numbered, so that a failing schedule is shrunk by masking faults one after another.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from greenlet import getcurrent

from shared.contracts.events import Message, SweepRequested, message
from shared.errors import LeaseHeld, StoreUnavailable
from shared.work.monitor import MonitorStep
from tests.sim.actors import Copy, Crash, Process, Worker
from tests.sim.effects import SimMonitorCore, SimState, SimStep, SimTables
from tests.sim.ghost import Ghost
from tests.sim.violation import Violation
from tests.sim.world import MONITOR, World, world_of

MAX_STEPS = 60_000
CALLS = frozenset({"create", "get", "get_many", "get_all", "replace", "find", "delete", "write", "query", "publish"})
COPIES = (1, 1, 1, 2, 2, 2, 3, 4, 6)
MONITOR_SHARE = 0.2  # sweeps are repeated anyway: copies of units find the bugs
SETTLE_WITHIN_S = 4 * 3600.0


class Sim:
    """One schedule. Also the Events port: publishing goes to the simulated network."""

    def __init__(
        self, seed: int, mask: frozenset[int] = frozenset(), *, traced: bool = False, world: World | None = None
    ) -> None:
        self.seed = seed
        self.world = world or world_of(seed)
        self.mask = mask
        self.trace: list[str] | None = [] if traced else None
        self.taken: list[int] = []
        self.hub = getcurrent()
        self.now = 0.0
        self.current: Any = None
        self.live = 0
        self._decision = 0
        self._draw = Random(seed ^ 0x5EED).random
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()
        self._calm = False
        self.workers: set[Worker] = set()
        self._last_sent = max(at for at, _ in (*self.world.publishes, *self.world.poison))
        self._set_limits()
        self.ghost = Ghost(self)
        self.state = SimState(self)
        self.tables = SimTables(self)
        self.processes = [Process(self, i) for i in range(len(self.world.skews))]
        self.steps: dict[str, Any] = {f: SimStep(f, self) for f in (*self.world.map.functions, "scrape")}
        self.steps[MONITOR] = MonitorStep(MONITOR, SimMonitorCore(self.world.regrade))

    def _set_limits(self) -> None:
        f = self.world.faults
        self._at_switch = f.switch
        self._at_pause = self._at_switch + f.pause
        self._at_crash = self._at_pause + f.crash
        self._at_refuse = self._at_crash + f.refuse
        self._at_lose = self._at_refuse + f.lose_reply

    # -- running ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Play the schedule to its end; Violation if an invariant does not hold."""
        for at, published in (*self.world.publishes, *self.world.poison):
            self._push(at, self._send, published)
        self._push(self.world.calm_at, self._calm_down)
        self._push(self.world.sweep_every, self._sweep)
        limit = self.world.calm_at + SETTLE_WITHIN_S + 60 * (self._last_deadline() + self.world.map.ask_again.until_min)
        steps = 0
        while self._heap:
            self.now, _, action, args = heappop(self._heap)
            action(*args)
            steps += 1
            if steps > MAX_STEPS or self.now > limit:
                raise Violation("everything settles", f"still busy after {steps} steps, {self.now:.0f} s")
        self.ghost.finish()

    def _last_deadline(self) -> int:
        return max(p.deadline_min for k in self.world.map.runs.values() for p in k.phases.values())

    def _push(self, at: float, action: Callable[..., None], *args: Any) -> None:
        heappush(self._heap, (at, next(self._order), action, args))

    def _calm_down(self) -> None:
        """No fault from here on; workers still take turns."""
        self._calm = True
        self._at_pause = self._at_crash = self._at_refuse = self._at_lose = self._at_switch

    def _sweep(self) -> None:
        if self.now > self._last_sent and self._settled():
            return
        self._send(message("nba-coverage-sweep", SweepRequested(at=self.world.start + timedelta(seconds=self.now))))
        self._push(self.now + self.world.sweep_every, self._sweep)

    def _settled(self) -> bool:
        docs = self.state.docs
        if self.live or self.workers or any(s.doc["state"] != "settled" for s in docs["runs"].values()):
            return False
        if any(s.doc["state"] == "missing" for s in docs["waiting"].values()):
            return False
        return not any(s.doc["state"] == "unsent" for c in ("manifests", "verdicts") for s in docs[c].values())

    # -- decisions ----------------------------------------------------------------------------------------------

    def point(self, name: str) -> None:
        """A named point of the engine."""
        self._decide(name)

    def call(self, verb: str, collection: str, doc_id: str) -> float:
        """Before an effect. Above 0: lose its reply afterwards (below 0.5 by a crash); below 0: wait after it."""
        if self.trace is not None:
            self.note(f"{verb} {collection}/{doc_id}")
        for begin, end, number in self.world.outages:
            if begin <= self.now < end and number in (-1, self.current.process.number):
                self.current.excused = True
                raise StoreUnavailable("the store refuses for a while")
        return self._decide(verb)

    def _decide(self, where: str) -> float:
        self._decision += 1
        drawn = self._draw()
        if drawn >= self._at_lose or self._decision in self.mask:
            return 0.0
        self.taken.append(self._decision)
        if drawn < self._at_pause:
            return self._yield(drawn, where)
        if drawn < self._at_crash:
            self.crash(where)
        elif drawn < self._at_refuse:
            self.note(f"refused at {where}")
            self.current.excused = True
            raise StoreUnavailable(f"refused at {where}")
        else:
            return (drawn - self._at_refuse) / self.world.faults.lose_reply or 0.5
        return 0.0

    def _yield(self, drawn: float, where: str) -> float:
        """Let other workers run first: before the effect, or after it (a negative number of seconds)."""
        if drawn < self._at_switch:
            share = drawn / self._at_switch
            seconds = 4.0 * share**3
        else:
            share = (drawn - self._at_switch) / self.world.faults.pause
            shortest, more = self.world.faults.pause_s
            seconds = shortest + more * share**2
        if int(share * 997) % 2 and where in CALLS:
            return -seconds
        self._wait(seconds, "waits")
        return 0.0

    def reply(self, lose: float) -> None:
        """After an effect: others run first, or the reply is lost and the caller dies or gets StoreUnavailable."""
        if lose < 0:
            self._wait(-lose, "waits after the effect")
            return
        if lose < 0.5 and self.world.faults.crash:
            self.crash("after the effect")
        self.note("reply lost after the effect")
        self.current.excused = True
        raise StoreUnavailable("reply lost")

    def crash(self, where: str) -> None:
        """Kill this worker; every other one of the same process dies at its next step."""
        process = self.current.process
        self.note(f"CRASH of w{process.number} at {where}")
        process.life += 1
        process.boot()
        raise Crash

    def spend(self, seconds: float) -> None:
        """Let virtual time pass in this worker."""
        self._wait(seconds, "works")

    def _wait(self, seconds: float, why: str) -> None:
        worker = self.current
        if self.trace is not None:
            self.note(f"{why} {seconds:.1f} s")
        self._push(self.now + seconds, self._resume, worker)
        self.hub.switch()
        if worker.life != worker.process.life:
            raise Crash

    # -- workers ------------------------------------------------------------------------------------------------

    def _resume(self, worker: Worker) -> None:
        self.current = worker
        worker.thread.switch()
        if worker.thread.dead:
            self._finished(worker)

    def _deliver(self, copy: Copy) -> None:
        if not copy.live:
            return
        if copy.attempt >= self.max_attempts():
            self._die(copy)
            return
        copy.attempt += 1
        process = self.processes[(copy.attempt + len(copy.message.id) + self._decision) % len(self.processes)]
        worker = Worker(self, copy, process)
        if copy.kind == "unit":
            worker.generation_seen = self.ghost.current(copy.message.id.rsplit(".", 3)[0])
        elif copy.kind == "sweep":
            worker.owed = self.ghost.owed()
        self._push(self.now + self.world.ack_deadline, self._overdue, copy, copy.attempt)
        self.current = worker
        self.workers.add(worker)
        if self.trace is not None:
            self.note(f"handles {copy.message.id} (attempt {copy.attempt})")
        worker.thread.switch()
        if worker.thread.dead:
            self._finished(worker)

    def max_attempts(self) -> int:
        """The attempts after which a copy is a dead letter."""
        return int(self.world.map.engine["max_attempts"])

    def _overdue(self, copy: Copy, attempt: int) -> None:
        """The attempt was not acknowledged in time: deliver again."""
        if copy.live and copy.attempt == attempt:
            self.ghost.excuses[copy.message.id] += 1
            self._deliver(copy)

    def _retry(self, copy: Copy, attempt: int) -> None:
        """The back-off after a refused attempt is over."""
        if copy.live and copy.attempt == attempt:
            self._deliver(copy)

    def _finished(self, worker: Worker) -> None:
        copy, outcome = worker.copy, worker.outcome
        self.workers.discard(worker)
        if isinstance(outcome, Violation):
            raise outcome
        if outcome is None:
            self.note(f"acknowledges {copy.message.id}")
            self.ghost.conflict_kept(worker)
            self.ghost.swept(worker.owed)
            if copy.live:
                self._drop(copy)
                self.ghost.acked(copy)
            return
        if isinstance(outcome, LeaseHeld):
            self.ghost.held(copy.message.id, worker.since)
        self.ghost.excuses[copy.message.id] += worker.excused or isinstance(outcome, Crash)
        if self.trace is not None:
            self.note(f"fails {copy.message.id}: {type(outcome).__name__} {outcome}")
        if not copy.live or copy.attempt != worker.attempt:
            return
        if not isinstance(outcome, Crash) or self.world.faults.crash_is_nack:
            limits = self.world.map.engine
            delay = min(limits["backoff_max_s"], limits["backoff_min_s"] * 2 ** (copy.attempt - 1))
            self._push(self.now + delay, self._retry, copy, copy.attempt)

    def _drop(self, copy: Copy) -> None:
        copy.live = False
        self.live -= 1
        self.ghost.carriers[copy.message.id] -= 1

    def _die(self, copy: Copy) -> None:
        self._drop(copy)
        self.note(f"dead letter {copy.message.id}")
        self.ghost.died(copy)

    # -- the network --------------------------------------------------------------------------------------------

    def publish(self, messages: Sequence[Message]) -> None:
        """The Events port: deliver all messages, or some and raise."""
        lose = self.call("publish", messages[0].topic if messages else "", str(len(messages)))
        some = messages if lose <= 0 else messages[: int(len(messages) * lose * 1.5)]
        for published in some:
            self._send(published)
        if lose:
            self.reply(lose)

    def _send(self, published: Message) -> None:
        """Put 1-6 copies on their way, each with its own delay, sometimes past every deadline."""
        self._decision += 1
        drawn = self._draw()
        self.ghost.published.add(published.id)
        copies, delay = 1, 0.05 + drawn
        chance = 0.0 if self._calm else self.world.faults.network
        if published.to == MONITOR:
            chance *= MONITOR_SHARE
        if drawn < chance and self._decision not in self.mask:
            self.taken.append(self._decision)
            share = drawn / chance
            copies = COPIES[int(share * 997) % len(COPIES)]
            delay = 3600.0 * share**6
            if self.trace is not None:
                self.note(f"the network makes {copies} copies of {published.id}, up to {delay * 1.6:.0f} s late")
        for number in range(copies):
            copy = Copy(published)
            self.live += 1
            self.ghost.carriers[published.id] += 1
            self._push(self.now + delay * (1 + number * 0.1), self._deliver, copy)

    # -- the trace of a schedule ------------------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """A line of the trace."""
        if self.trace is not None:
            worker = f"w{self.current.process.number}" if self.current else "--"
            handled = self.current.copy.message.id if self.current else ""
            self.trace.append(f"{self.now:9.2f} {worker} [{handled}] {text}")
