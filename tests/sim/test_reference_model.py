"""The engine against the one-page reference model, step by step, on the memory twin and on SQLite."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.adapters.local.queue import SqliteQueue
from shared.adapters.local.state import SqliteState
from shared.clock import VirtualClock
from shared.contracts.events import Delivery, Message, RunRequested, SweepRequested, UnitRequested, message
from shared.errors import ContractError, SourceUnavailable, TipoffError
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.handle import handle
from shared.work.job import Ended, Job
from shared.work.monitor import MonitorStep
from tests.sim.mutants import MUTANTS
from tests.sim.reference import UNITS, Model, reference_map
from tests.support.twins.memory import MemoryQueue, MemoryState

START = datetime(2024, 1, 15, 17, tzinfo=UTC)
OUTCOMES = ("ok", "ok", "ok", "empty", "failed", "no_games", "blocked", "retry", "not_ready", "crash")
CELLS = [(p, u) for p, units in UNITS.items() for u in units]


class Killed(BaseException):
    """The process dies in the middle of a unit."""


class ScriptedStep:
    """Ends each unit as the script says at this moment."""

    def __init__(self, function: str, script: dict[tuple[str, str], str]) -> None:
        self.function = function
        self.script = script

    def run(self, job: Job) -> Ended:
        outcome = self.script.get((job.event.phase, job.event.unit), "ok")
        if outcome == "crash":
            raise Killed
        if outcome == "retry":
            raise SourceUnavailable("not now")
        if outcome == "failed":
            raise ContractError("broken")
        return Ended(outcome, outcome, hash=job.event.event_id)


class Protocol(RuleBasedStateMachine):
    """Messages, duplicates, crashes, time and sweeps in any order; after each the stores agree with the model."""

    sqlite = False

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = VirtualClock(START)
        pipeline = reference_map()
        home = Path(self.folder.name)
        self.state: Any = SqliteState(home / "state.db") if self.sqlite else MemoryState()
        self.queue: Any = (
            SqliteQueue(home / "queue.db", self.clock, pipeline.engine)
            if self.sqlite
            else MemoryQueue(self.clock, pipeline.engine)
        )
        engine = Engine(pipeline, self.state, self.queue, self.clock)
        none: Any = None
        settings = Settings()
        self.app = App(
            pipeline,
            settings,
            self.clock,
            self.state,
            self.queue,
            none,
            none,
            none,
            none,
            engine,
            "w",
            lambda *_: "code",
        )
        self.script: dict[tuple[str, str], str] = {}
        self.steps: dict[str, Any] = {f: ScriptedStep(f, self.script) for f in ("scrape", "work")}
        self.steps["coverage_monitor"] = MonitorStep("coverage_monitor", none)
        self.model = Model(pipeline.engine["claim_lease_s"])
        self.asked = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            if self.sqlite:
                self.state.close()
                self.queue.close()
            self.folder.cleanup()

    @rule()
    def request(self) -> None:
        self._request(self.asked)
        self.asked += 1

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def request_again(self, data: Any) -> None:
        self._request(data.draw(st.integers(0, self.asked - 1)))

    def _request(self, number: int) -> None:
        event = RunRequested(request_id=f"r{number}", kind="day", from_date=date(2024, 1, 15))
        self.queue.publish([message("nba-run-trigger", event)])

    @rule(cell=st.sampled_from(CELLS), outcome=st.sampled_from(OUTCOMES))
    def a_unit_behaves(self, cell: tuple[str, str], outcome: str) -> None:
        self.script[cell] = outcome

    @rule(times=st.integers(1, 3), forget=st.booleans())
    def deliver(self, times: int, forget: bool) -> None:
        """One message is handled, perhaps several times, perhaps by a worker that dies before it can acknowledge."""
        delivery = self.queue.lease()
        if delivery is None:
            return
        error = ""
        for _ in range(times):
            error = self._handle(delivery.message)
            self._tell_model(delivery.message)
        self._answer(delivery, error, forget=forget)

    @rule()
    def deliver_everything(self) -> None:
        for _ in range(200):
            delivery = self.queue.lease()
            if delivery is None:
                return
            error = self._handle(delivery.message)
            self._tell_model(delivery.message)
            self._answer(delivery, error, forget=False)

    def _handle(self, published: Message) -> str:
        try:
            handle(published, self.steps[published.to], self.app)
        except (TipoffError, Killed) as error:
            return type(error).__name__
        return ""

    def _answer(self, delivery: Delivery, error: str, *, forget: bool) -> None:
        if forget or error == "Killed":
            return
        if error:
            self.queue.nack(delivery, error)
        else:
            self.queue.ack(delivery)

    def _tell_model(self, published: Message) -> None:
        event, now = published.event(), self.clock.now()
        if isinstance(event, RunRequested):
            self.model.request(event.request_id, now)
        elif isinstance(event, UnitRequested):
            outcome = self.script.get((event.phase, event.unit), "ok")
            self.model.unit(event.generation, event.phase, event.unit, outcome, now)
        elif isinstance(event, SweepRequested):
            self.model.sweep(now)

    @rule(minutes=st.sampled_from((0.5, 3, 12, 40)))
    def time_passes(self, minutes: float) -> None:
        self.clock.advance_to(self.clock.now() + timedelta(minutes=minutes))

    @rule()
    def sweep(self) -> None:
        event = SweepRequested(at=self.clock.now())
        swept = message("nba-coverage-sweep", event)
        assert self._handle(swept) == ""
        self._tell_model(swept)

    @invariant()
    def the_stores_agree_with_the_model(self) -> None:
        if not hasattr(self, "model"):
            return
        run = self.state.get("runs", "2024-01-15.day")
        assert (run.doc["generation"] if run else 0) == self.model.generation
        came = {
            tuple(i.split(".")[2:]): self.state.get("completions", i).doc["outcome"] for i in self._ids("completions")
        }
        assert {(int(g), p, u): o for (g, p, u), o in came.items()} == self.model.came
        ruled = {tuple(i.split(".")[2:]): self.state.get("verdicts", i).doc["outcome"] for i in self._ids("verdicts")}
        assert {(int(g), p): o for (g, p), o in ruled.items()} == self.model.verdicts
        if run:
            assert (run.doc["state"] == "settled") == self.model.settled()

    def _ids(self, collection: str) -> list[str]:
        return self.state.ids(collection, "2024-01-15.day.")


class OnSqlite(Protocol):
    """The same on SQLite files."""

    sqlite = True


def _settings(examples: int) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=40, deadline=None, database=None, derandomize=True, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip


@pytest.mark.parametrize(("machine", "examples"), [(Protocol, 120), (OnSqlite, 30)])
def test_engine_follows_the_reference_model(machine: type[Protocol], examples: int) -> None:
    """Whatever the order of messages, copies, crashes, time and sweeps: generations, completions and verdicts agree."""
    run_state_machine_as_test(machine, settings=_settings(examples))


@pytest.mark.parametrize("name", ["critical_set_ignored", "stale_generation_runs", "failure_not_propagated"])
def test_the_model_notices_a_fault(name: str) -> None:
    """An engine with a fault does not follow the model: the comparison is able to fail."""
    with MUTANTS[name].applied(), pytest.raises(AssertionError):
        run_state_machine_as_test(Protocol, settings=_settings(600))
