"""From a phase's last completion to its published verdict: p50, p99 and worst, under load, on durable SQLite.

An open-loop generator asks for `--rate` units a second, each three times, whatever the workers manage; worker threads
deliver them through the one path of every message. `python -m benchmarks.verdict_latency [--seconds 300]`
"""

import argparse
import heapq
import itertools
import logging
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks.engine_ours import FUNCTION, NoWork, bench_app, bench_map
from shared.adapters.local.queue import SqliteQueue
from shared.adapters.local.state import SqliteState
from shared.clock import SystemClock
from shared.contracts.events import Message, RunRequested
from shared.ports import Doc
from shared.protocol.engine import Engine
from shared.work.app import App
from tipoff.local.runtime import LocalRuntime

COPIES = 3
FAN_IN = 30
MAX_DUPLICATE_DELAY_S = 0.2
IDLE_S = 0.002
SWEEP_EVERY_S = 10
TARGET_P99_S = 0.050
DRAIN_S = 15


class WatchedState(SqliteState):
    """The state, noting when each completion was there and how often each verdict was created."""

    completed: dict[str, float]
    ruled: dict[str, int]

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """As the state does."""
        created = super().create(collection, doc_id, doc)
        if created and collection == "completions":
            phase = doc_id.rpartition(".")[0]
            self.completed[phase] = time.perf_counter()  # the last one to be written stays
        if created and collection == "verdicts":
            self.ruled[doc_id] = self.ruled.get(doc_id, 0) + 1
        return created


@dataclass
class WatchedEvents:
    """The queue, noting when each phase's verdict was first handed over."""

    queue: SqliteQueue
    told: dict[str, float] = field(default_factory=dict)

    def publish(self, messages: Sequence[Message]) -> None:
        """As the queue does."""
        self.queue.publish(messages)
        at = time.perf_counter()
        for message in messages:
            if message.id.endswith(".join.joined"):
                self.told.setdefault(message.id.removesuffix(".join.joined") + ".fan", at)


@dataclass
class Held:
    """Takes what a run's opening publishes, for the generator to send at its own pace."""

    messages: list[Message] = field(default_factory=list)

    def publish(self, messages: Sequence[Message]) -> None:
        """Keep them."""
        self.messages += messages


def work(app: App, queue: SqliteQueue, stop: threading.Event) -> None:
    """One worker thread: what is due, then a short sleep."""
    runtime = LocalRuntime(app, queue, _steps={FUNCTION: NoWork()})
    while not stop.is_set():
        if runtime.run_due() == 0:
            time.sleep(IDLE_S)


def sweep(app: App, stop: threading.Event) -> None:
    """The sweeper, more often than in life."""
    while not stop.wait(SWEEP_EVERY_S):
        app.engine.sweep()


def generate(app: App, events: WatchedEvents, rate: int, seconds: int) -> tuple[list[str], float]:
    """Ask for `rate` units a second, each COPIES times at random moments; the phases asked for, and the worst delay."""
    rng = random.Random(3)
    started = time.perf_counter()
    due: list[tuple[float, int, Message]] = []
    order = itertools.count()
    phases, behind, number = [], 0.0, 0
    while number * FAN_IN < rate * seconds:
        held = Held()
        manifest = Engine(app.map, app.state, held, app.clock).open_run(
            RunRequested(request_id=f"r{number}", kind="bench", day_offset=number)
        )
        phases.append(f"{manifest.id}.fan")
        for place, message in enumerate(held.messages):
            at = started + (number * FAN_IN + place) / rate
            heapq.heappush(due, (at, next(order), message))
            for _ in range(COPIES - 1):
                heapq.heappush(due, (at + rng.uniform(0, MAX_DUPLICATE_DELAY_S), next(order), message))
        number += 1
        until = started + number * FAN_IN / rate
        while due and due[0][0] < until:
            time.sleep(max(0.0, due[0][0] - time.perf_counter()))
            now = time.perf_counter()
            behind = max(behind, now - due[0][0])
            events.publish([heapq.heappop(due)[2] for _ in range(COPIES * FAN_IN) if due and due[0][0] <= now])
    events.publish([message for _, _, message in due])
    return phases, behind


def rss_mb() -> float:
    """This process's resident memory."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    """Run the load and print what was seen; exit code 1 if a phase has not exactly one verdict or p99 is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    Path("build").mkdir(exist_ok=True)
    logging.getLogger("tipoff.local.runtime").setLevel(logging.ERROR)  # a held lease is part of the load
    with tempfile.TemporaryDirectory(dir="build") as folder:
        found, clock, home = bench_map(FAN_IN), SystemClock(), Path(folder)
        base, queue = bench_app(home, found, clock)
        state = WatchedState(home / "state.db", durable=True)
        state.completed, state.ruled = {}, {}
        events = WatchedEvents(queue)

        def app_of(owner: str) -> App:
            return replace(base, state=state, events=events, engine=Engine(found, state, events, clock), owner=owner)

        stop = threading.Event()
        threads = [threading.Thread(target=work, args=(app_of(f"w{n}"), queue, stop)) for n in range(args.workers)]
        threads.append(threading.Thread(target=sweep, args=(app_of("sweeper"), stop)))
        for thread in threads:
            thread.start()
        before = rss_mb()
        phases, behind = generate(app_of("generator"), events, args.rate, args.seconds)
        end = datetime.now(UTC) + timedelta(seconds=DRAIN_S)
        while datetime.now(UTC) < end and queue.counts()["queued"]:
            time.sleep(0.2)
        after = rss_mb()
        stop.set()
        for thread in threads:
            thread.join()
        exact = all(state.ruled.get(p) == 1 for p in phases)
        waits = sorted(events.told[p] - state.completed[p] for p in phases if p in events.told)
        cuts = quantiles(waits, n=100)
        counts = queue.counts()
        print(f"{len(phases)} phases of {FAN_IN} units, {args.rate}/s for {args.seconds} s, {COPIES} copies of each")
        print(
            f"last completion to published verdict: p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms,",
            end=" ",
        )
        print(f"max {waits[-1] * 1000:.1f} ms (target: p99 <= {TARGET_P99_S * 1000:.0f} ms)")
        print(f"verdicts: {len(waits)} of {len(phases)} published, exactly one each: {exact}")
        print(f"queue: {counts}; generator at most {behind * 1000:.0f} ms behind")
        print(f"RSS {before:.0f} MB at the start, {after:.0f} MB at the end")
    if not exact or len(waits) != len(phases) or cuts[98] > TARGET_P99_S:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
