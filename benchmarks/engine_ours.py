"""Our engine with a map for measuring: one phase of `fan_in` units, then one unit after it; steps do nothing."""

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from shared.adapters.local.queue import SqliteQueue
from shared.adapters.local.state import SqliteState
from shared.bootstrap import LocalApp
from shared.clock import SystemClock
from shared.contracts.events import RunRequested
from shared.map.loader import pipeline_map
from shared.map.model import Function, Phase, PipelineMap, RunKind, Unit
from shared.ports import Clock
from shared.protocol.engine import Engine
from shared.settings import Settings
from shared.work.job import Ended, Job
from tipoff.local.runtime import LocalRuntime

FUNCTION = "analytics"
TOPICS = (pipeline_map().request_topics.first_units, "measured")


@dataclass(frozen=True)
class NoWork:
    """A step that does nothing, so that only the engine is measured."""

    function: str = FUNCTION

    def run(self, job: Job) -> Ended:
        """Succeed at once."""
        return Ended("ok", expected=1, found=1, hash=job.unit.name)


def bench_map(fan_in: int) -> PipelineMap:
    """The map with one function, one kind of run and two phases: `fan` of `fan_in` units, then `join` of one."""
    names = tuple(f"u{n:03d}" for n in range(fan_in))
    units = {n: Unit(name=n, function=FUNCTION, compute="nothing") for n in (*names, "joined")}
    fan = Phase("fan", FUNCTION, names, 60, TOPICS[1])
    join = Phase("join", FUNCTION, ("joined",), 120, TOPICS[1], "fan")
    kind = RunKind("bench", "measured", {"fan": fan, "join": join})
    function = Function(FUNCTION, TOPICS, 60, units)
    topics = dict.fromkeys(TOPICS, "measured")
    return replace(pipeline_map(), topics=topics, functions={FUNCTION: function}, runs={"bench": kind})


def bench_app(home: Path, pipeline: PipelineMap, clock: Clock, owner: str = "bench") -> LocalApp:
    """An app on durable SQLite files below `home`; without the ports that the steps do not use."""
    state = SqliteState(home / "state.db", durable=True)
    queue = SqliteQueue(home / "queue.db", clock, pipeline.engine, durable=True)
    absent = cast("Any", None)
    engine = Engine(pipeline, state, queue, clock)
    settings = Settings(home=home, durable=True)
    return LocalApp(
        pipeline, settings, clock, state, queue, absent, absent, absent, absent, engine, owner, lambda *_: "code"
    )


def measure(rounds: int, fan_in: int, *, wait_for_every_commit: bool = False) -> dict[str, Any]:
    """Seconds for `rounds` runs from their requests to the last downstream unit, through the local runtime.

    Every publish, manifest, completion and verdict waits for the disk; leases, acknowledgements and claims do not, as
    losing one in a power failure means one more delivery, which changes nothing (shared/adapters/local/queue.py). With
    `wait_for_every_commit` they wait too, as in the rivals.
    """
    with tempfile.TemporaryDirectory(dir="build") as folder:
        app = bench_app(Path(folder), bench_map(fan_in), SystemClock())
        if wait_for_every_commit:
            for database in (app.events._db, app.state._db):  # noqa: SLF001 - a setting for this measurement only
                database._synchronous = "EVERY"  # noqa: SLF001 - the connection is at FULL and stays there
        runtime = LocalRuntime(app, app.events, _steps={FUNCTION: NoWork()})
        started = time.perf_counter()
        for number in range(rounds):
            app.engine.open_run(RunRequested(request_id=f"r{number}", kind="bench", day_offset=number))
            runtime.run_due()
        seconds = time.perf_counter() - started
        verdicts = app.state.ids("verdicts", "")
        completions = app.state.ids("completions", "")
        assert len(verdicts) == 2 * rounds, f"{len(verdicts)} verdicts of {2 * rounds}"
        assert len(completions) == (fan_in + 1) * rounds, f"{len(completions)} completions"
        app.events.close()
        app.state.close()
    return {
        "seconds": seconds,
        "durability": "wal synchronous=2" + ("" if wait_for_every_commit else " *"),
        "version": "this checkout",
    }
