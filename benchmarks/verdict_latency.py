"""The time from a phase's last completion to its published verdict: p50, p99 and maximum under load, on durable SQLite.

An open-loop generator requests `--rate` units a second, each three times, however fast the workers are; worker threads
deliver the messages through the runtime. `python -m benchmarks.verdict_latency [--seconds 300]`
"""

import argparse
import logging
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from benchmarks.engine_ours import FUNCTION, NoWork, bench_app, bench_map
from benchmarks.load import FAN_IN, Noted, NotedEvents, NotedState, generate
from shared.adapters.local.queue import SqliteQueue
from shared.clock import SystemClock
from shared.protocol.engine import Engine
from shared.work.app import App
from tipoff.local.runtime import LocalRuntime

COPIES = 3
IDLE_S = 0.002
SWEEP_EVERY_S = 10
TARGET_P99_S = 0.050
DRAIN_S = 15


def work(app: App, queue: SqliteQueue, stop: threading.Event) -> None:
    """One worker thread: delivers the messages that are due, then sleeps briefly."""
    runtime = LocalRuntime(app, queue, _steps={FUNCTION: NoWork()})
    while not stop.is_set():
        if runtime.run_due() == 0:
            time.sleep(IDLE_S)


def sweep(app: App, stop: threading.Event) -> None:
    """Run the sweeper, more often than in production."""
    while not stop.wait(SWEEP_EVERY_S):
        app.engine.sweep()


def rss_mb() -> float:
    """This process's resident memory."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    """Run the load and print the times; exit code 1 unless each phase has one verdict and p99 meets the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    Path("build").mkdir(exist_ok=True)
    logging.getLogger("tipoff.local.runtime").setLevel(logging.ERROR)  # a held lease is part of the load
    with tempfile.TemporaryDirectory(dir="build") as folder:
        pipeline, clock = bench_map(FAN_IN), SystemClock()
        local = bench_app(Path(folder), pipeline, clock)
        base: App = local
        queue, noted = local.events, Noted()
        state, events = NotedState(local.state, noted), NotedEvents(queue, noted)

        def app_of(owner: str) -> App:
            return replace(base, state=state, events=events, engine=Engine(pipeline, state, events, clock), owner=owner)

        stop = threading.Event()
        threads = [threading.Thread(target=work, args=(app_of(f"w{n}"), queue, stop)) for n in range(args.workers)]
        threads.append(threading.Thread(target=sweep, args=(app_of("sweeper"), stop)))
        for thread in threads:
            thread.start()
        before = rss_mb()
        phases, behind = generate(app_of("generator"), args.rate, args.seconds, COPIES)
        end = datetime.now(UTC) + timedelta(seconds=DRAIN_S)
        while datetime.now(UTC) < end and queue.counts()["queued"]:
            time.sleep(0.2)
        after = rss_mb()
        stop.set()
        for thread in threads:
            thread.join()
        exact = all(noted.ruled.get(p) == 1 for p in phases)
        waits = sorted(noted.published[p] - noted.completed[p] for p in phases if p in noted.published)
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
