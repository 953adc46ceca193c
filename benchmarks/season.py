"""A season by events, compared with the same work in one batch: seconds, memory, and cost per date over the season.

    python -m benchmarks.season --data ../shared/data [--from 2023-10-24 --to 2024-06-17] [--pairs 1]

Fills and trains one home, copies it for each run, and measures each run as a whole process.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from shared.adapters.local.tuning import allocators

WORK = Path("build/bench-season")


@dataclass(frozen=True)
class Measured:
    """A process that succeeded: wall seconds, CPU seconds, peak MiB, standard output."""

    seconds: float
    processor: float
    peak: float
    output: str


def run(command: list[str]) -> Measured:
    """Run a process; exit if it fails."""
    started = time.perf_counter()
    own = allocators()  # as the command would start itself, also the batch
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **own})
    output = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    seconds = time.perf_counter() - started
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def replay(data: str, first: str, last: str, home: Path, *more: str) -> list[str]:
    """The command line of a replay."""
    window = ["--from", first, "--to", last, "--home", str(home)]
    return [str(Path(sys.executable).parent / "tipoff"), "replay", "--data", data, *window, *more]


def prepared(data: str, first: str) -> Path:
    """A home with all rows before the season and a model trained on them."""
    home = WORK / f"before-{first}"
    if not (home / "state.db").exists():
        run(replay(data, first, first, home))
    return home


def measure(data: str, first: str, last: str, base: Path) -> dict[str, float]:
    """One pair of runs, the season by events and then in one batch, each on its own copy of the home."""
    events, batch = WORK / "events", WORK / "batch"
    for home in (events, batch):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(base, home)
    report_path = WORK / "events.json"
    ours = run(replay(data, first, last, events, "--no-train", "--json", str(report_path)))
    report = json.loads(report_path.read_text())
    floor = run([sys.executable, "-m", "benchmarks.batch", data, str(batch), first, last])
    per_date = report["seconds_per_date"]
    return {
        "seconds": ours.seconds, "peak": ours.peak, "processor": ours.processor / floor.processor,
        "batch": float(floor.output.split()[-1]), "batch_process": floor.seconds, "batch_peak": floor.peak,
        "flat": per_date["last20_mean"] / per_date["first20_mean"], "p50": per_date["p50"],
        "p99": per_date["p99"], "events": report["events"], "dates": report["dates"],
        "predictions": sum(report["predictions_by_system"].values()),
    }  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--from", dest="first", default="2023-10-24")
    parser.add_argument("--to", dest="last", default="2024-06-17")
    parser.add_argument("--pairs", type=int, default=1)
    args = parser.parse_args()
    base = prepared(args.data, args.first)
    pairs = [measure(args.data, args.first, args.last, base) for _ in range(args.pairs)]
    table = Table(title=f"{args.first} to {args.last}: median of {args.pairs} pair(s)")
    table.add_column("what")
    table.add_column("value", justify="right")
    middle = {key: median(pair[key] for pair in pairs) for key in pairs[0]}
    rows = [
        ("dates", f"{middle['dates']:.0f}"),
        ("events", f"{middle['events']:.0f}"),
        ("predictions", f"{middle['predictions']:.0f}"),
        ("by events, whole process, s", f"{middle['seconds']:.1f}"),
        ("in one batch, work alone, s", f"{middle['batch']:.1f}"),
        ("ratio of the two", f"{median(p['seconds'] / p['batch'] for p in pairs):.2f}"),
        ("in one batch, whole process, s", f"{middle['batch_process']:.1f}"),
        ("ratio of the whole processes", f"{median(p['seconds'] / p['batch_process'] for p in pairs):.2f}"),
        ("ratio of the CPU seconds", f"{middle['processor']:.2f}"),  # steadier beside noisy neighbours
        ("per date p50 / p99, s", f"{middle['p50']:.3f} / {middle['p99']:.3f}"),
        ("last 20 dates / first 20", f"{middle['flat']:.2f}"),
        ("peak memory by events / batch, MiB", f"{middle['peak']:.0f} / {middle['batch_peak']:.0f}"),
    ]
    for row in rows:
        table.add_row(*row)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
