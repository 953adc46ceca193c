"""Completions on the Firestore and Pub/Sub emulators at a steady rate, each requested several times.

`python -m benchmarks.cloud_load [--seconds 600] [--rate 100] [--duplication 3]`: an open-loop generator in this process
publishes; worker processes pull and handle, as instances do; every verdict is read back. Prints whether each phase had
exactly one verdict, the time from its last completion to its published verdict, and the memory of each process.
"""

import argparse
import multiprocessing as mp
import os
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, quantiles
from typing import Any
from uuid import uuid4

from benchmarks.cloud_worker import CLOSE_S, app_of, load_map, stores, work
from benchmarks.load import FAN_IN, Noted, generate
from shared.adapters.cloud.topology import Topology
from shared.ports import State
from tools.emulators import start

SAMPLE_EVERY_S = 5
DRAIN_S = 30
MAX_GROWTH = 1.1
HEAP_MB = 4096  # of each emulator: they keep all data in memory


@dataclass
class Meter:
    """Memory and processor time of some processes, by name."""

    pids: Mapping[str, int]
    memory_mb: dict[str, list[float]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Sample the memory of each process from now on."""
        self._before, self._started = self._cpu_s(), time.monotonic()
        threading.Thread(target=self._sample, daemon=True).start()

    def stop(self) -> dict[str, float]:
        """The cores that each process used since the start."""
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
    """The results of a load."""

    phases: int
    exact: bool
    waits_ms: list[float]
    handled: int
    retried: int
    left_s: float  # from the last published message to the last handled delivery
    behind_ms: float
    memory_mb: dict[str, tuple[float, float]]  # the means of the first and the last third of the samples
    cpu: dict[str, float]  # cores used

    @property
    def is_flat(self) -> bool:
        """Whether no process but the emulators grew by more than a tenth."""
        ours = [m for name, m in self.memory_mb.items() if "emulator" not in name]
        return all(last <= first * MAX_GROWTH for first, last in ours)


def report(phases: Sequence[str], noted: Sequence[Noted], state: State, published_at: float, **more: Any) -> Report:
    """The report from the notes of all processes and the stored verdicts."""
    completed: dict[str, float] = {}
    published: dict[str, float] = {}
    for one in noted:
        for phase, at in one.completed.items():
            completed[phase] = max(at, completed.get(phase, 0))
        for phase, at in one.published.items():
            published[phase] = min(at, published.get(phase, at))
    wanted = [*phases, *(p.removesuffix("fan") + "join" for p in phases)]
    ruled = Counter({p: sum(n.ruled.get(p, 0) for n in noted) for p in wanted})
    stored = state.get_many("verdicts", wanted)
    complete = all(p in stored and stored[p]["outcome"] == "complete" for p in wanted)
    exact = complete and set(ruled.values()) == {1} and set(published) == set(phases)
    waits = sorted(1000 * (published[p] - completed[p]) for p in phases if p in published and p in completed)
    handled, retried = sum(n.handled for n in noted), sum(n.retried for n in noted)
    left = max(n.handled_at for n in noted) - published_at
    return Report(len(phases), exact, waits, handled, retried, left, **more)


def thirds(memory: Mapping[str, list[float]]) -> dict[str, tuple[float, float]]:
    """The mean of the first and of the last third of each series."""
    cut = {name: max(1, len(series) // 3) for name, series in memory.items()}
    return {name: (mean(series[: cut[name]]), mean(series[-cut[name] :])) for name, series in memory.items()}


def show(result: Report, args: argparse.Namespace) -> None:
    """Print the report."""
    print(
        f"{result.phases} phases of {FAN_IN}: {args.rate} units/s for {args.seconds} s, {args.duplication} copies each"
    )
    print(f"exactly one verdict for every phase: {result.exact}")
    if len(result.waits_ms) > 1:
        cuts = quantiles(result.waits_ms, n=100)
        print("last completion to published verdict:", end=" ")
        print(f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, max {result.waits_ms[-1]:.1f} ms")
    print(f"{result.handled} deliveries handled, {result.retried} refused (lease held, or store not answering);")
    print(f"the last of them {result.left_s:.1f} s after the generator ended, at most {result.behind_ms:.0f} ms behind")
    for name, (first, last) in result.memory_mb.items():
        print(f"{name}: RSS {first:.0f} MB in the first third, {last:.0f} MB in the last; {result.cpu[name]:.2f} cores")


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
        result = measure(args)
    show(result, args)
    if not (result.exact and result.is_flat):
        raise SystemExit(1)


def measure(args: argparse.Namespace) -> Report:
    """Run the load on the emulators that the environment names."""
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
    """Create the topics and pull subscriptions of the map."""
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    subscriber = SubscriberClient()
    Topology(load_map(), project).create(PublisherClient(), subscriber)
    subscriber.close()


def java() -> dict[str, int]:
    """The process ids of the emulators among the children of this process."""
    pids = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            command = path.read_bytes().decode(errors="replace")
            parent = int((path.parent / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
            if parent == os.getpid() and "java" in command:
                pids["pubsub emulator" if "pubsub" in command else "firestore emulator"] = int(path.parent.name)
    return pids


if __name__ == "__main__":
    main()
