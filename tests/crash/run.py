"""Kill the local service at its named write points: `python -m tests.crash.run --kills 300`.

Prints point x function x kills x differences. Each home is played by a chain of processes: each is killed at its
planned point, the last one finishes; then all tables and documents are compared with an undisturbed run's.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from tests.crash import slate
from tests.crash.points import Hit

CHAIN = 5
WORKERS = 2


@dataclass(frozen=True)
class Stage:
    """The prepared home that every chain starts from, and the contents that it must end with."""

    root: Path
    day: date
    trace: tuple[Hit, ...]
    calm: dict[str, bytes]

    @property
    def pairs(self) -> set[tuple[str, str]]:
        """Every (function, point) that an undisturbed slate passes."""
        return {(h.function, h.point) for h in self.trace}


@dataclass(frozen=True)
class Result:
    """One home: where its processes were killed, and what differs at its end."""

    killed: tuple[Hit, ...]
    differences: tuple[str, ...]


def set_stage(root: Path, *, train: bool = True) -> Stage:
    """Prepare the home and play the slate undisturbed."""
    day = slate.prepare(root, train=train)
    home = slate.copy_home(root / "prepared", root / "calm")
    trace = slate.trace_of(home, root / "folder", day)
    return Stage(root, day, tuple(trace), slate.contents(home, day))


def chains(trace: tuple[Hit, ...], kills: int, seed: int) -> Iterator[tuple[Hit, ...]]:
    """Chains of hits, each in the order of the work; every (function, point) is met before any is met twice."""
    rng = Random(seed)
    places: dict[tuple[str, str], list[int]] = {}
    for index, hit in enumerate(trace):
        if hit.message:
            places.setdefault((hit.function, hit.point), []).append(index)
    left = kills
    pairs: list[tuple[str, str]] = []
    while left > 0:
        chosen: set[int] = set()
        while len(chosen) < min(CHAIN, left):
            if not pairs:
                pairs = sorted(places)
                rng.shuffle(pairs)
            chosen.add(rng.choice(places[pairs.pop()]))
        left -= len(chosen)
        yield tuple(trace[i] for i in sorted(chosen))


def run_chain(stage: Stage, number: int, chain: tuple[Hit, ...]) -> Result:
    """Play one home, killed at each hit of the chain in turn; compare."""
    home = slate.copy_home(stage.root / "prepared", stage.root / f"home-{number}")
    folder = stage.root / "folder"
    killed = tuple(hit for hit in chain if slate.run_process(home, folder, stage.day, hit))
    slate.run_process(home, folder, stage.day, None)
    found = slate.differences(stage.calm, slate.contents(home, stage.day))
    if not found:
        shutil.rmtree(home)
    return Result(killed, tuple(found))


def run(stage: Stage, kills: int, seed: int) -> list[Result]:
    """Chains until that many processes were killed; a later process may never pass its point."""
    results: list[Result] = []
    done = 0
    while done < kills:
        planned = list(chains(stage.trace, kills - done, seed + len(results)))
        with ThreadPoolExecutor(WORKERS) as pool:
            numbered = enumerate(planned, start=len(results))
            results += pool.map(lambda nc: run_chain(stage, *nc), numbered)
        done = sum(len(r.killed) for r in results)
    return results


def table(results: list[Result]) -> str:
    """Point x function x kills x differences."""
    kills: Counter[tuple[str, str]] = Counter()
    bad: Counter[tuple[str, str]] = Counter()
    for result in results:
        for hit in result.killed:
            kills[hit.point, hit.function] += 1
            bad[hit.point, hit.function] += bool(result.differences)
    rows = [f"{'point':<20} {'function':<18} {'kills':>5} {'differences':>11}"]
    rows += [
        f"{point:<20} {function:<18} {n:>5} {bad[point, function]:>11}"
        for (point, function), n in sorted(kills.items())
    ]
    return "\n".join(rows)


def main() -> int:
    """The command line; exit code 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-train", action="store_true", help="without trained models: faster, fewer rows")
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tipoff-crash-", ignore_cleanup_errors=True) as folder:
        stage = set_stage(Path(folder), train=not given.no_train)
        ready = time.monotonic() - started
        results = run(stage, given.kills, given.seed)
    print(table(results))
    kills = sum(len(r.killed) for r in results)
    met = {(h.function, h.point) for r in results for h in r.killed}
    bad = [r for r in results if r.differences]
    print(
        f"{kills} kills in {len(results)} homes, seed {given.seed}, {len(met)} of {len(stage.pairs)} function-points met, "
        f"{len(bad)} homes differ; {ready:.0f} s to prepare, {time.monotonic() - started:.0f} s in all"
    )
    for result in bad:
        print(f"DIFFERS in {', '.join(result.differences)} after {result.killed}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
