"""Completions on the Firestore and Pub/Sub emulators at a steady rate, each asked for several times.

`python -m benchmarks.cloud_load [--seconds 600] [--rate 100] [--duplication 3]`: an open-loop generator in this process
publishes; worker processes pull and handle, as instances do; every verdict is read back. Prints whether each phase had
exactly one, the time from its last completion to its published verdict, and everybody's memory over time.
"""

import argparse
import heapq
import itertools
import multiprocessing as mp
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, quantiles
from typing import Any
from uuid import uuid4

from benchmarks.cloud_worker import CLOSE_S, FAN_IN, Noted, app_of, load_map, stores, work
from shared.adapters.cloud.topology import Topology
from shared.contracts.events import Message, RunRequested
from shared.errors import Retryable
from shared.ports import Events, State
from shared.protocol.engine import Engine
from shared.protocol.manifest import Manifest
from shared.work.app import App
from tools.emulators import start

FIRST_DAY = date(2000, 1, 1)
MAX_DUPLICATE_DELAY_S = 0.2
SAMPLE_EVERY_S = 5
DRAIN_S = 30
MAX_GROWTH = 1.1
TICK_S = 0.02
HEAP_MB = 4096  # of each emulator: they keep all that they were ever given


@dataclass
class Held:
    """Takes what a run's opening publishes, for the generator to send at its own pace."""

    messages: list[Message] = field(default_factory=list)

    def publish(self, messages: Sequence[Message]) -> None:
        """Keep them."""
        self.messages += messages


def generate(app: App, rate: int, seconds: int, copies: int) -> tuple[list[str], float]:
    """Ask for `rate` units a second, each so many times at random moments; the phases, and the worst delay."""
    rng, order = random.Random(3), itertools.count()
    due: list[tuple[float, int, Message]] = []
    phases, behind, started = [], 0.0, time.monotonic()
    for number in range(rate * seconds // FAN_IN):
        held = Held()
        request = RunRequested(request_id=f"r{number}", kind="bench", from_date=FIRST_DAY + timedelta(days=number))
        manifest = opened(Engine(app.map, app.state, held, app.clock), request)
        phases.append(f"{manifest.id}.fan")
        for place, message in enumerate(held.messages):
            at = started + (number * FAN_IN + place) / rate
            for copy in range(copies):
                late = rng.uniform(0, MAX_DUPLICATE_DELAY_S) if copy else 0
                heapq.heappush(due, (at + late, next(order), message))
        behind = max(behind, send(app, due, started + (number + 1) * FAN_IN / rate))
    send(app, due, float("inf"))
    return phases, behind


def opened(engine: Engine, request: RunRequested) -> Manifest:
    """The run, however often it has to be asked for."""
    while True:
        with suppress(Retryable):
            return engine.open_run(request)


def publish(events: Events, messages: Sequence[Message]) -> None:
    """Hand the messages over, however often it takes; whoever has them already takes a duplicate more."""
    while True:
        with suppress(Retryable):
            return events.publish(messages)


def send(app: App, due: list[tuple[float, int, Message]], until: float) -> float:
    """Publish each message at its moment, those of one moment together; the worst delay in seconds."""
    behind = 0.0
    while due and due[0][0] < until:
        time.sleep(max(0.0, due[0][0] - time.monotonic()))
        now = time.monotonic()
        behind = max(behind, now - due[0][0])
        ready = []
        while due and due[0][0] <= now + TICK_S:
            ready.append(heapq.heappop(due)[2])
        publish(app.events, ready)
    return behind


@dataclass
class Meter:
    """Memory and processor time of some processes, by name."""

    pids: Mapping[str, int]
    memory_mb: dict[str, list[float]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Note everybody's memory from now on."""
        self._before, self._started = self._cpu_s(), time.monotonic()
        threading.Thread(target=self._sample, daemon=True).start()

    def stop(self) -> dict[str, float]:
        """The cores that each has used since."""
        self._ended.set()
        took = time.monotonic() - self._started
        return {name: (after - self._before[name]) / took for name, after in self._cpu_s().items()}

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_EVERY_S):
            for name, pid in self.pids.items():
                status = Path(f"/proc/{pid}/status").read_text("utf-8")
                self.memory_mb.setdefault(name, []).append(int(status.split("VmRSS:")[1].split()[0]) / 1024)

    def _cpu_s(self) -> dict[str, float]:
        ticks = {
            n: Path(f"/proc/{p}/stat").read_text("utf-8").rpartition(")")[2].split()[11:13]
            for n, p in self.pids.items()
        }
        return {name: sum(map(int, pair)) / os.sysconf("SC_CLK_TCK") for name, pair in ticks.items()}


def drain(state: State, phases: Sequence[str]) -> None:
    """Wait until the last runs are settled, at most DRAIN_S."""
    end = time.monotonic() + DRAIN_S
    joins = [p.removesuffix("fan") + "join" for p in phases]
    while time.monotonic() < end and len(state.get_many("verdicts", joins[-100:])) < len(joins[-100:]):
        time.sleep(0.5)


@dataclass(frozen=True)
class Report:
    """What was seen, and whether it is right."""

    phases: int
    exact: bool
    waits_ms: list[float]
    handled: int
    again: int
    left_s: float  # how long after the last was published the last delivery was handled
    behind_ms: float
    memory_mb: dict[str, tuple[float, float]]  # means of the first and the last third
    cpu: dict[str, float]  # cores used

    @property
    def is_flat(self) -> bool:
        """Whether none of our processes grew by more than a tenth."""
        ours = [m for name, m in self.memory_mb.items() if "emulator" not in name]
        return all(last <= first * MAX_GROWTH for first, last in ours)


def report(phases: Sequence[str], found: Sequence[Noted], state: State, published_at: float, **more: Any) -> Report:
    """All the processes' notes together, and every verdict as it stands."""
    completed: dict[str, float] = {}
    told: dict[str, float] = {}
    for noted in found:
        for phase, at in noted.completed.items():
            completed[phase] = max(at, completed.get(phase, 0))
        for phase, at in noted.told.items():
            told[phase] = min(at, told.get(phase, at))
    wanted = [*phases, *(p.removesuffix("fan") + "join" for p in phases)]
    ruled = Counter({p: sum(n.ruled.get(p, 0) for n in found) for p in wanted})
    standing = state.get_many("verdicts", wanted)
    whole = all(p in standing and standing[p]["outcome"] == "complete" for p in wanted)
    exact = whole and set(ruled.values()) == {1} and set(told) == set(phases)
    waits = sorted(1000 * (told[p] - completed[p]) for p in phases if p in told and p in completed)
    handled, again = sum(n.handled for n in found), sum(n.again for n in found)
    left = max(n.handled_at for n in found) - published_at
    return Report(len(phases), exact, waits, handled, again, left, **more)


def thirds(memory: Mapping[str, list[float]]) -> dict[str, tuple[float, float]]:
    """The mean of the first and of the last third of each series."""
    cut = {name: max(1, len(series) // 3) for name, series in memory.items()}
    return {name: (mean(series[: cut[name]]), mean(series[-cut[name] :])) for name, series in memory.items()}


def show(found: Report, args: argparse.Namespace) -> None:
    """Print the report."""
    print(
        f"{found.phases} phases of {FAN_IN}: {args.rate} units/s for {args.seconds} s, {args.duplication} copies each"
    )
    print(f"exactly one verdict for every phase: {found.exact}")
    if len(found.waits_ms) > 1:
        cuts = quantiles(found.waits_ms, n=100)
        print("last completion to published verdict:", end=" ")
        print(f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, max {found.waits_ms[-1]:.1f} ms")
    print(f"{found.handled} deliveries handled, {found.again} refused for a held lease or a store that did not answer;")
    print(f"the last of them {found.left_s:.1f} s after the generator ended, at most {found.behind_ms:.0f} ms behind")
    for name, (first, last) in found.memory_mb.items():
        print(f"{name}: RSS {first:.0f} MB in the first third, {last:.0f} MB in the last; {found.cpu[name]:.2f} cores")


def main() -> None:
    """Run the load; exit code 1 if a phase has not exactly one verdict or a process of ours grew."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--duplication", type=int, default=3)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=3, help="per process and subscription")
    args = parser.parse_args()
    with start.firestore(HEAP_MB) as firestore, start.pubsub(HEAP_MB) as pubsub:
        os.environ |= {"FIRESTORE_EMULATOR_HOST": firestore, "PUBSUB_EMULATOR_HOST": pubsub}
        found = measure(args)
    show(found, args)
    if not (found.exact and found.is_flat):
        raise SystemExit(1)


def measure(args: argparse.Namespace) -> Report:
    """Play the load on the emulators that the environment names."""
    context, project = mp.get_context("spawn"), f"load-{uuid4().hex[:8]}"
    ready, stop, results = context.Semaphore(0), context.Event(), context.Queue()
    make_topics(project)
    workers = [
        context.Process(target=work, args=(n, args.threads, project, ready, stop, results), daemon=True)
        for n in range(args.processes)
    ]
    for worker in workers:
        worker.start()
    for _ in workers:
        assert ready.acquire(timeout=2 * CLOSE_S), "a worker did not start"
    state, events = stores(project, Noted())
    app = app_of(load_map(), state, events, "generator")
    meter = Meter({"generator": os.getpid(), **{f"worker {n}": w.pid or 0 for n, w in enumerate(workers)}, **java()})
    meter.start()
    phases, behind = generate(app, args.rate, args.seconds, args.duplication)
    cpu, published_at = meter.stop(), time.time()
    drain(state, phases)
    stop.set()
    noted = [results.get(timeout=2 * CLOSE_S) for _ in workers]
    return report(
        phases, noted, state, published_at, behind_ms=1000 * behind, memory_mb=thirds(meter.memory_mb), cpu=cpu
    )


def make_topics(project: str) -> None:
    """Topics and pull subscriptions as the map asks for."""
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    subscriber = SubscriberClient()
    Topology(load_map(), project).create(PublisherClient(), subscriber)
    subscriber.close()


def java() -> dict[str, int]:
    """The emulators among our children."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = path.read_bytes().decode(errors="replace")
            parent = int((path.parent / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            if parent == os.getpid() and "java" in command:
                found["pubsub emulator" if "pubsub" in command else "firestore emulator"] = int(path.parent.name)
    return found


if __name__ == "__main__":
    main()
