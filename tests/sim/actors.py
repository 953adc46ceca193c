"""The actors of a schedule: message copies, processes with their own clocks, deliveries being handled."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from greenlet import greenlet

from shared.contracts.events import Message
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.handle import handle
from tests.sim.violation import Violation

if TYPE_CHECKING:
    from tests.sim.simulator import Sim

SETTINGS = Settings()
KINDS = {"unit.requested": "unit", "run.requested": "request", "phase.settled": "settled", "sweep.requested": "sweep"}


class Crash(BaseException):
    """The worker's process has died; nothing of it may act any more."""


class Copy:
    """One copy of a message at the broker: live until it is acknowledged or a dead letter."""

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
            sim.world.map,
            SETTINGS,
            clock,
            sim.state,
            sim,
            sim.tables,
            NOTHING,
            NOTHING,
            NOTHING,
            engine,
            owner,
            lambda *_: "code",
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

    __slots__ = (
        "attempt",
        "conflict",
        "copy",
        "excused",
        "generation_seen",
        "grant",
        "life",
        "outcome",
        "owed",
        "process",
        "since",
        "thread",
    )

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
        self.owed: list[str] = []
        self.thread = greenlet(self._run, sim.hub)

    @property
    def is_alive(self) -> bool:
        """Whether its process has not crashed since."""
        return self.life == self.process.life

    def _run(self) -> None:
        target = self.copy.message.to
        sim = self.process.sim
        try:
            handle(self.copy.message, sim.steps[target], self.process.app)
        except (Crash, Violation) as error:
            self.outcome = error
        except Exception as error:  # noqa: BLE001 - the broker delivers again after any error
            self.outcome = error
