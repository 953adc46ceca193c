"""The completion protocol over every twin of State: the real engine on the real map, everything delivered twice at once."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier, Lock

from shared.clock import VirtualClock
from shared.contracts.events import Message, RunRequested, UnitRequested
from shared.errors import LeaseHeld
from shared.map.loader import pipeline_map
from shared.ports import State
from shared.protocol.engine import Engine

COPIES = 2
NOON = datetime(2024, 2, 26, 17, tzinfo=UTC)
REQUEST = RunRequested(request_id="test", kind="pregame", from_date=date(2024, 2, 26))
RUN = "2024-02-26.pregame"


class Recorder:
    """Events that are kept for the test to deliver."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.published: list[Message] = []

    def publish(self, messages: Sequence[Message]) -> None:
        with self._lock:
            self.published.extend(messages)


def _deliver(engine: Engine, event: UnitRequested, owner: str) -> None:
    """What handle does with a unit request, with a unit that always succeeds in the same way."""
    try:
        claim = engine.begin(event, owner)
    except LeaseHeld:
        claim = None  # the other copy is on it; complete all the same, as a worker would whose lease ran out
    completion = {"outcome": "ok", "reason": "", "hash": event.unit, "owner": owner, "token": claim and claim.token}
    engine.complete(event, completion)


def _deliver_at_once(engine: Engine, events: Sequence[UnitRequested]) -> None:
    copies = [(e, f"worker-{n}") for e in events for n in range(COPIES)]
    barrier = Barrier(len(copies))

    def work(copy: tuple[UnitRequested, str]) -> None:
        barrier.wait()
        _deliver(engine, *copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        list(pool.map(work, copies))


def test_concurrent_duplicates_settle_a_run_once(state: State) -> None:
    """Each phase gets one verdict, each outbox is sent, each unit is requested, and the run is closed, under any race."""
    events = Recorder()
    engine = Engine(pipeline_map(), state, events, VirtualClock(NOON))
    engine.open_run(REQUEST)
    phases = pipeline_map().runs["pregame"].phases
    done: set[str] = set()
    while True:
        asked = {m.id: m.event() for m in events.published}
        fresh = [e for i, e in asked.items() if i not in done and isinstance(e, UnitRequested)]
        if not fresh:
            break
        done |= {e.event_id for e in fresh}
        _deliver_at_once(engine, fresh)

    verdicts = state.get_many("verdicts", [f"{RUN}.1.{p}" for p in phases])
    assert Counter({"complete": len(phases)}) == Counter(v["outcome"] for v in verdicts.values())
    assert state.find("verdicts", "unsent") == []
    assert state.find("manifests", "unsent") == []
    assert {f"{RUN}.1.{p.name}.{u}" for p in phases.values() for u in p.units} == done
    assert [r.id for r in state.find("runs", "settled")] == [RUN]
    assert all(asked[i].generation == 1 for i in done)


def test_a_verdict_never_changes(state: State) -> None:
    """A verdict stands whatever is completed or swept later, and its events are the same when they are sent again."""
    events = Recorder()
    clock = VirtualClock(NOON)
    engine = Engine(pipeline_map(), state, events, clock)
    manifest = engine.open_run(REQUEST)
    clock.advance_to(manifest.phases["scrape"].deadline_at)
    engine.sweep()
    ruled = state.get_many("verdicts", [f"{RUN}.1.scrape"])
    assert ruled[f"{RUN}.1.scrape"]["outcome"] == "expired"
    _deliver_at_once(engine, [m.event() for m in events.published if isinstance(m.event(), UnitRequested)])
    engine.sweep()
    assert ruled == state.get_many("verdicts", [f"{RUN}.1.scrape"])
    assert [r.id for r in state.find("runs", "settled")] == [RUN]


def test_many_openers_of_one_request_open_one_generation(state: State) -> None:
    """The same request delivered many times at once opens generation 1, and nothing else."""
    engine = Engine(pipeline_map(), state, Recorder(), VirtualClock(NOON))
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: engine.open_run(REQUEST), range(8)))
    assert {1} == {m.generation for m in opened}
    assert engine.current_generation(RUN) == 1


def test_many_requests_open_a_generation_each(state: State) -> None:
    """Different requests at once get different generations without gaps; the run ends at the highest."""
    engine = Engine(pipeline_map(), state, Recorder(), VirtualClock(NOON))
    requests = [REQUEST.model_copy(update={"request_id": f"test-{n}"}) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(engine.open_run, requests))
    assert sorted(m.generation for m in opened) == [1, 2, 3, 4]
    assert engine.current_generation(RUN) == 4
