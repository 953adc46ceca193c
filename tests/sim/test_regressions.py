"""The faults that the simulator found in our own code, each as the shortest schedule, written by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest

from shared.clock import VirtualClock
from shared.contracts.events import RunRequested, UnitRequested, message
from shared.errors import Fenced, LeaseHeld, StoreUnavailable, UnknownUnit
from shared.map.loader import pipeline_map
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.app import App
from shared.work.handle import handle
from shared.work.job import Ended
from tests.sim.reference import reference_map
from tests.support.twins.memory import MemoryQueue, MemoryState

START = datetime(2024, 1, 16, 4, 57, tzinfo=UTC)  # 23:57 in New York
RUN = "2024-01-15.day"
REQUEST = RunRequested(request_id="r", kind="day", from_date=date(2024, 1, 15))
TIME_TO_WORK_S = 120


class Killed(BaseException):
    """The process dies."""


class Step:
    """Ends a unit by calling a function of the test."""

    function = "scrape"

    def __init__(self, end: Any) -> None:
        self.end = end

    def run(self, job):
        return self.end(job)


def app_on(state, clock, point=lambda name: None):
    pipeline = reference_map()
    queue = MemoryQueue(clock, pipeline.engine)
    none: Any = None
    engine = Engine(pipeline, state, queue, clock, point)
    return App(pipeline, Settings(), clock, state, queue, none, none, none, none, engine, "w", lambda *_: "code")


def asked(app, unit="a0", phase="a", to="scrape", generation=1):
    """The message for a unit of a generation."""
    return message("t", UnitRequested(run_id=RUN, generation=generation, phase=phase, unit=unit, to=to))


def test_a_request_for_today_keeps_its_day():
    """A request without a date, delivered before and again after midnight, opens one generation of one run."""
    clock, state = VirtualClock(START), MemoryState()
    app = app_on(state, clock)
    undated = RunRequested(request_id="r", kind="day")
    first = app.engine.open_run(undated)
    clock.advance_to(START + timedelta(minutes=10))
    assert app.engine.open_run(undated) == first
    assert state.ids("manifests", "") == [f"{RUN}.1"]


def test_the_sweep_opens_what_was_half_opened():
    """A worker dies between a generation's manifest and making it current, and its message is never seen again."""

    def die(name):
        if name == "run.advance":
            raise Killed

    clock, state = VirtualClock(START), MemoryState()
    with pytest.raises(Killed):
        app_on(state, clock, die).engine.open_run(REQUEST)
    assert state.get("runs", RUN) is None
    clock.advance_to(START + timedelta(minutes=1))
    app = app_on(state, clock)
    app.engine.sweep()
    assert app.engine.current_generation(RUN) == 1
    assert app.events.counts()["published"] == 2


def test_a_unit_is_done_by_its_own_function_only():
    """`scrape.x` addressed to another function that has a unit `x` is refused, not done by it."""
    app = app_on(MemoryState(), VirtualClock(START))
    app.engine.open_run(REQUEST)
    with pytest.raises(UnknownUnit, match=r"work does not do a\.a0"):
        app.engine.begin(asked(app, to="work").event(), "w")


def test_the_deadline_is_compared_with_the_time_before_reading():
    """An evaluation that read early and was then delayed past the deadline must not call the phase expired."""

    class Slow(MemoryState):
        def get_many(self, collection, doc_ids):
            found = super().get_many(collection, doc_ids)
            clock.advance_to(START + timedelta(hours=1))
            return found

    clock, state = VirtualClock(START), Slow()
    app = app_on(state, clock)
    app.engine._verdicts.evaluate(app.engine.open_run(REQUEST), "a")
    assert state.ids("verdicts", "") == []


def test_a_fenced_worker_does_not_acknowledge():
    """The worker that fenced it may die before completing: the message must be delivered again."""

    def fenced(job):
        raise Fenced("unit", 2)

    app = app_on(MemoryState(), VirtualClock(START))
    app.engine.open_run(REQUEST)
    with pytest.raises(LeaseHeld):
        handle(asked(app), Step(fenced), app)


def test_a_refused_completion_releases_the_claim():
    """The store refuses the completion: the redelivery does not have to wait for the lease."""

    class Refusing(MemoryState):
        refuse = True

        def create(self, collection, doc_id, doc):
            if collection == "completions" and self.refuse:
                raise StoreUnavailable("not now")
            return super().create(collection, doc_id, doc)

    state = Refusing()
    app = app_on(state, VirtualClock(START))
    app.engine.open_run(REQUEST)
    with pytest.raises(StoreUnavailable):
        handle(asked(app), Step(lambda job: Ended("ok", hash="h")), app)
    state.refuse = False
    handle(asked(app), Step(lambda job: Ended("ok", hash="h")), app)
    assert state.ids("completions", "") == [f"{RUN}.1.a.a0"]


def test_a_unit_too_early_twice_in_one_moment_is_asked_again():
    """The unit finds itself too early while the sweep that asked for it has not finished."""

    class Eager(MemoryQueue):
        def publish(self, messages):
            super().publish(messages)
            for m in messages:
                if m.id.endswith("a0"):
                    handle(m, Step(lambda job: Ended("not_ready", "too early")), app)

    clock, state = VirtualClock(START), MemoryState()
    app = app_on(state, clock)
    app.engine.open_run(REQUEST)
    handle(asked(app), Step(lambda job: Ended("not_ready", "too early")), app)
    app = app_on(state, clock)
    queue = Eager(clock, app.map.engine)
    app = App(**{**app.__dict__, "events": queue, "engine": Engine(app.map, state, queue, clock)})
    app.engine.sweep()
    assert app.engine.sweep()["asked_again"] == 1


def test_the_attempts_outlast_a_lease():
    """One dead worker must not use up a message: the back-offs of all attempts are longer than its claim."""
    assert back_offs()[-1] > pipeline_map().engine["claim_lease_s"]


def test_a_dead_workers_unit_is_done_again_before_its_deadline():
    """A claim of 660 s outlived the first deadlines of a pregame: one dead instance, and the phase expired."""
    found = pipeline_map()
    taken = next(at for at in back_offs() if at > found.engine["claim_lease_s"])
    phases = [(kind.name, p) for kind in found.runs.values() for p in kind.phases.values()]
    shortest = min(found.share_min(kind, p.name) if p.after else p.deadline_min for kind, p in phases) * 60
    assert taken <= shortest - TIME_TO_WORK_S


def back_offs() -> list[int]:
    """When each attempt after the first is made, in seconds after it."""
    limits = pipeline_map().engine
    waits = (min(limits["backoff_max_s"], limits["backoff_min_s"] * 2**i) for i in range(limits["max_attempts"] - 1))
    return list(accumulate(waits))


def test_a_claim_given_back_while_it_is_taken_is_taken():
    """Between reading a claim whose lease was over and replacing it, its old holder gave it back: no reason to refuse."""
    clock, state = VirtualClock(START), MemoryState()
    app = app_on(state, clock)
    app.engine.open_run(REQUEST)
    event = asked(app).event()
    slow = app.engine.begin(event, "slow")
    clock.advance_to(START + timedelta(seconds=app.map.engine["claim_lease_s"] + 1))

    class GivenBackMeanwhile(MemoryState):
        def replace(self, collection, doc_id, doc, version):
            app.engine.release(event, slow)
            return state.replace(collection, doc_id, doc, version)

    late = GivenBackMeanwhile()
    late.__dict__.update(state.__dict__)
    taken = app_on(late, clock).engine.begin(event, "next")
    assert (taken.owner, taken.token) == ("next", slow.token + 1)


def test_a_repair_carries_over_only_what_stood_when_it_was_opened():
    """The base completes a cell while the repair is doing it: a second copy of the message does not take that over."""
    state = MemoryState()
    app = app_on(state, VirtualClock(START))
    app.engine.open_run(REQUEST)
    late = asked(app).event()
    app.engine.begin(late, "slow")
    app.engine.open_run(RunRequested(request_id="fix", kind="day", from_date=date(2024, 1, 15), base=1))
    again = asked(app, generation=2)

    def meanwhile(job):
        app.engine.complete(late, Ended("ok", hash="of the base").doc(job))
        with pytest.raises(LeaseHeld):
            handle(again, Step(lambda job: Ended("ok", hash="a copy's")), replace(app, owner="another"))
        return Ended("ok", hash="of the repair")

    handle(again, Step(meanwhile), app)
    assert state.get("completions", f"{RUN}.2.a.a0").doc["hash"] == "of the repair"


def test_a_repair_carries_over_what_stood():
    """What the base had completed is not done again."""
    state = MemoryState()
    app = app_on(state, VirtualClock(START))
    app.engine.open_run(REQUEST)
    handle(asked(app), Step(lambda job: Ended("ok", hash="of the base")), app)
    app.engine.open_run(RunRequested(request_id="fix", kind="day", from_date=date(2024, 1, 15), base=1))
    handle(asked(app, generation=2), Step(lambda job: pytest.fail("done again")), app)
    assert state.get("completions", f"{RUN}.2.a.a0").doc["carried_from"] == 1


def test_the_sweep_rules_on_a_complete_phase_before_its_deadline():
    """The last worker died, and an older attempt had acknowledged its message: only the sweep is left."""

    def die(name):
        if name == "completion.created" and state.get("completions", f"{RUN}.1.a.a1"):
            raise Killed

    clock, state = VirtualClock(START), MemoryState()
    app = app_on(state, clock, die)
    app.engine.open_run(REQUEST)
    handle(asked(app), Step(lambda job: Ended("ok", hash="h")), app)
    with pytest.raises(Killed):
        handle(asked(app, "a1"), Step(lambda job: Ended("ok", hash="h")), app)
    clock.advance_to(START + timedelta(minutes=1))
    assert app_on(state, clock).engine.sweep()["runs_ruled_on"] == 1
    assert state.get("verdicts", f"{RUN}.1.a").doc["outcome"] == "complete"
