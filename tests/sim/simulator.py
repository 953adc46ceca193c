"""Discrete-event simulation of many workers running the real `handle`, each preemptible at every effect.

Every store call, publish, warehouse write and `engine.point` is a decision: one draw from the seeded stream, which
may switch to another worker, pause this one for long, kill it, refuse the call, or lose its reply after the effect.
Decisions are numbered, so that a failing schedule is shrunk by masking faults one after another.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from greenlet import getcurrent, greenlet

from shared.app import App, handle
from shared.contracts.events import Message, SweepRequested, message
from shared.engine import Engine
from shared.errors import ContractError, Fenced, LeaseHeld, SourceUnavailable, StaleGeneration, StoreUnavailable
from shared.job import Ended, Job
from shared.ports import Doc, Scope, Stored, Written
from shared.settings import Settings
from shared.watch import WatchStep
from tests.sim.ghost import Ghost, Violation
from tests.sim.world import MONITOR, Behaviour, World, world_of

SETTINGS = Settings()
KINDS = {"unit.requested": "unit", "run.requested": "request", "phase.settled": "settled", "sweep.requested": "sweep"}
MAX_STEPS = 60_000
CALLS = frozenset({"create", "get", "get_many", "replace", "find", "delete", "write", "query", "publish"})
COPIES = (1, 1, 1, 2, 2, 2, 3, 4, 6)
MONITOR_SHARE = 0.2  # sweeps come again anyway: copies of units are where the bugs are
SETTLE_WITHIN_S = 4 * 3600.0


class Crash(BaseException):
    """The worker's process is gone; nothing of it may act any more."""


class Copy:
    """One copy of a message with the broker: live until acknowledged or dead."""

    __slots__ = ("attempt", "kind", "live", "message")

    def __init__(self, published: Message) -> None:
        self.message = published
        self.attempt = 0
        self.live = True
        head = published.data[:40]
        self.kind = next((k for t, k in KINDS.items() if t in head), "poison")


class Process:
    """One process: its clock's offset, its App, and a number that changes when it dies."""

    def __init__(self, sim: "Sim", number: int) -> None:
        self.sim = sim
        self.number = number
        self.skew = sim.world.skews[number]
        self.life = 0
        self.boot()

    def boot(self) -> None:
        """A fresh App: nothing survives in memory."""
        sim = self.sim
        clock = SimClock(sim, self.skew)
        engine = Engine(sim.world.map, sim.state, sim, clock, sim.point)
        owner = f"w{self.number}.{self.life}"
        self.app = App(
            sim.world.map, SETTINGS, clock, sim.state, sim, sim.tables, NOTHING, NOTHING, NOTHING, engine, owner
        )


NOTHING: Any = object()


class SimClock:
    """Virtual time as this process sees it."""

    def __init__(self, sim: "Sim", skew: float) -> None:
        self._sim = sim
        self._start = sim.world.start + timedelta(seconds=skew)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._sim.now)


class Worker:
    """One delivery being handled, as a greenlet."""

    __slots__ = ("attempt", "conflict", "copy", "excused", "generation_seen", "grant", "life", "outcome", "process", "since", "thread")

    def __init__(self, sim: "Sim", copy: Copy, process: Process) -> None:
        self.copy = copy
        self.attempt = copy.attempt
        self.process = process
        self.life = process.life
        self.excused = False
        self.conflict = False
        self.since = sim.now
        self.grant = 0
        self.outcome: BaseException | None = None
        self.generation_seen = 0
        self.thread = greenlet(self._run, sim.hub)

    def _run(self) -> None:
        target = self.copy.message.to
        sim = self.process.sim
        try:
            handle(self.copy.message, sim.steps[target], self.process.app)
        except (Crash, Violation) as error:
            self.outcome = error
        except Exception as error:  # noqa: BLE001 - whatever it is, the broker delivers again
            self.outcome = error


class SimState:
    """Documents in dictionaries, with every fault before and after each call."""

    def __init__(self, sim: "Sim") -> None:
        self.sim = sim
        self.docs: dict[str, dict[str, Stored]] = defaultdict(dict)

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        lose = self.sim.call("create", collection, doc_id)
        held = self.docs[collection]
        new = doc_id not in held
        if new:
            held[doc_id] = Stored(doc_id, doc, "1")
            self.sim.ghost.created(collection, doc_id, doc)
        elif collection == "completions" and _result(held[doc_id].doc) != _result(doc):
            self.sim.current.conflict = True
        if lose:
            self.sim.reply(lose)
        return new

    def get(self, collection: str, doc_id: str) -> Stored | None:
        lose = self.sim.call("get", collection, doc_id)
        found = self.docs[collection].get(doc_id)
        if lose:
            self.sim.reply(lose)
        return found

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        lose = self.sim.call("get_many", collection, "")
        held = self.docs[collection]
        found = {i: held[i].doc for i in doc_ids if i in held}
        if lose:
            self.sim.reply(lose)
        return found

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        lose = self.sim.call("replace", collection, doc_id)
        held = self.docs[collection].get(doc_id)
        same = held is not None and held.version == version
        if same:
            self.docs[collection][doc_id] = Stored(doc_id, doc, str(int(version) + 1))
            self.sim.ghost.replaced(collection, doc_id, held.doc, doc)
        if lose:
            self.sim.reply(lose)
        return same

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        lose = self.sim.call("find", collection, state)
        found = [s for _, s in sorted(self.docs[collection].items()) if s.doc.get("state") == state][:limit]
        if lose:
            self.sim.reply(lose)
        return found

    def delete(self, collection: str, doc_id: str) -> None:
        lose = self.sim.call("delete", collection, doc_id)
        self.docs[collection].pop(doc_id, None)
        if lose:
            self.sim.reply(lose)


def _result(completion: Doc) -> tuple[str, str]:
    return completion["outcome"], completion["hash"]


class SimTables:
    """A fenced warehouse: the effective rows of a unit are the last write's. `fenced` off is a mutant's."""

    fenced = True

    def __init__(self, sim: "Sim") -> None:
        self.sim = sim
        self.rows: dict[tuple[str, str], tuple[int, int, str]] = {}

    def write(self, table: Any, rows: str, scope: Scope) -> Written:
        lose = self.sim.call("write", "rows", scope.unit)
        key = (scope.run_id, scope.unit)
        generation, token, _ = self.rows.get(key, (0, 0, ""))
        if self.fenced and generation > scope.generation:
            raise StaleGeneration(f"{scope.unit}: generation {generation} has written already")
        if self.fenced and generation == scope.generation and token > scope.token:
            raise Fenced(f"{scope.unit}: token {token} has written already")
        self.rows[key] = (scope.generation, scope.token, rows)
        self.sim.ghost.wrote(scope.run_id, scope.unit, scope.generation, self.sim.current.grant, rows)
        if lose:
            self.sim.reply(lose)
        return Written(1, 1, rows, {})

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> Any:
        lose = self.sim.call("query", "rows", "coverage")
        if lose:
            self.sim.reply(lose)
        return _Coverage()


class _Coverage:
    def to_pylist(self) -> list[dict[str, float]]:
        return [{"share": 1.0}]


@dataclass(frozen=True)
class SimStep:
    """A function whose units behave as the world says and write through the real claim's scope."""

    function: str
    sim: "Sim"

    def run(self, job: Job) -> Ended:
        sim, event = self.sim, job.event
        worker = sim.current
        execution = sim.ghost.started(worker, job)
        behaviour = sim.world.behaviours.get((event.phase, event.unit), sim.world.default)
        if behaviour.work_s:
            sim.spend(behaviour.work_s)
        ended = self._behave(job, behaviour, execution)
        if ended is None:
            content = f"{event.event_id}{'#' + str(execution) if behaviour.kind == 'flaky' else ''}"
            unit = f"{event.phase}.{event.unit}"
            scope = Scope(event.run_id, event.generation, job.claim.token, unit, job.manifest.from_date, job.manifest.to_date)
            job.app.engine.point("rows.write")
            written = job.app.tables.write(None, content, scope)
            job.app.engine.point("rows.written")
            ended = Ended("ok", "", 1, written.found, written.hash)
        sim.ghost.ended(event.event_id, ended)
        return ended

    def _behave(self, job: Job, behaviour: Behaviour, execution: int) -> Ended | None:
        """How the unit ends without writing; None if it writes."""
        kind, sim = behaviour.kind, self.sim
        if kind == "failed":
            sim.ghost.failed.add(job.event.event_id)
            raise ContractError("the feed is not what its contract says")
        if kind == "retry" and execution <= behaviour.times:
            sim.current.excused = True
            raise SourceUnavailable("the feed does not answer")
        if kind == "not_ready" and sim.now < behaviour.ready_at:
            return Ended("not_ready", "too early")
        if kind in ("no_games", "blocked"):
            return Ended(kind, kind)
        return Ended("empty", "nothing there") if kind == "empty" else None


@dataclass(frozen=True)
class SimMonitorCore:
    """Finds the first generation's grades too thin when the world wants a re-grade."""

    regrade: bool

    def after_grading(self, coverage: Mapping[str, Any], attempts: int, limits: Mapping[str, float]) -> str:
        return "regrade" if self.regrade and attempts == 0 else "fine"


class Sim:
    """One schedule. Also the Events port: publishing goes to the simulated network."""

    def __init__(self, seed: int, mask: frozenset[int] = frozenset(), *, traced: bool = False, world: World | None = None) -> None:
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
        self._running = 0
        self._last_sent = max(at for at, _ in (*self.world.publishes, *self.world.poison))
        self._set_limits()
        self.ghost = Ghost(self)
        self.state = SimState(self)
        self.tables = SimTables(self)
        self.processes = [Process(self, i) for i in range(len(self.world.skews))]
        self.steps: dict[str, Any] = {f: SimStep(f, self) for f in (*self.world.map.functions, "scrape")}
        self.steps[MONITOR] = WatchStep(MONITOR, SimMonitorCore(self.world.regrade), "", {})

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
        limit = self.world.calm_at + SETTLE_WITHIN_S + 60 * self._last_deadline()
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
        """From here on no fault; only workers still take turns."""
        self._calm = True
        self._at_pause = self._at_crash = self._at_refuse = self._at_lose = self._at_switch

    def _sweep(self) -> None:
        if self.now > self._last_sent and self._settled():
            return
        self._send(message("nba-coverage-sweep", SweepRequested(at=self.world.start + timedelta(seconds=self.now))))
        self._push(self.now + self.world.sweep_every, self._sweep)

    def _settled(self) -> bool:
        docs = self.state.docs
        if self.live or self._running or any(s.doc["state"] != "settled" for s in docs["runs"].values()):
            return False
        return not any(s.doc["state"] == "unsent" for c in ("manifests", "verdicts") for s in docs[c].values())

    # -- decisions ----------------------------------------------------------------------------------------------

    def point(self, name: str) -> None:
        """A named point of the engine."""
        self._decide(name)

    def call(self, verb: str, collection: str, doc_id: str) -> float:
        """Before an effect. Above zero: its reply shall be lost (below a half: by a crash); below: wait after it."""
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
        """Let others go first: before the effect, or (told by a negative number of seconds) after it."""
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
        """After an effect: others go first, or the reply is lost and the caller dies or hears of an outage."""
        if lose < 0:
            self._wait(-lose, "waits after the effect")
            return
        if lose < 0.5 and self.world.faults.crash:  # noqa: PLR2004 - half of them
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
        if copy.attempt >= self.world.map.engine["max_attempts"]:
            self._die(copy)
            return
        copy.attempt += 1
        process = self.processes[(copy.attempt + len(copy.message.id) + self._decision) % len(self.processes)]
        worker = Worker(self, copy, process)
        if copy.kind == "unit":
            worker.generation_seen = self.ghost.current(copy.message.id.rsplit(".", 3)[0])
        self._push(self.now + self.world.ack_deadline, self._overdue, copy, copy.attempt)
        self.current = worker
        self._running += 1
        if self.trace is not None:
            self.note(f"handles {copy.message.id} (attempt {copy.attempt})")
        worker.thread.switch()
        if worker.thread.dead:
            self._finished(worker)

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
        self._running -= 1
        if isinstance(outcome, Violation):
            raise outcome
        if outcome is None:
            self.note(f"acknowledges {copy.message.id}")
            self.ghost.conflict_told(worker)
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
        """The Events port: hand over all, or some and raise."""
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

    # -- telling ------------------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """A line of the trace."""
        if self.trace is not None:
            who = f"w{self.current.process.number}" if self.current else "--"
            what = self.current.copy.message.id if self.current else ""
            self.trace.append(f"{self.now:9.2f} {who} [{what}] {text}")


def digest(sim: Sim) -> str:
    """What the schedule did, as one hash: equal seeds give equal digests."""
    docs = {c: {i: (s.doc, s.version) for i, s in d.items()} for c, d in sim.state.docs.items()}
    return sha256(repr((sim.now, docs, sim.tables.rows)).encode()).hexdigest()
