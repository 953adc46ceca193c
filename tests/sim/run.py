"""Play schedules: `python -m tests.sim.run --seed S --n N`. Schedule k has seed S + k; `--seed X --n 1` replays one."""

import argparse
import gc
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext, suppress

from tests.sim.simulator import Sim
from tests.sim.violation import Violation

CHUNK = 500
MAX_REPLAYS = 400
COLLECT_EVERY = 100


def violation_of(seed: int, mask: frozenset[int] = frozenset()) -> Violation | None:
    """The invariant that a schedule breaks, None if all hold."""
    try:
        Sim(seed, mask).run()
    except Violation as violation:
        return violation
    return None


def shrink(seed: int, invariant: str) -> frozenset[int]:
    """The most faults that can be left out with the same invariant still broken: groups first, then one by one."""
    mask: frozenset[int] = frozenset()
    replays, size = 0, 1 << 12
    while size and replays < MAX_REPLAYS:
        faults = [f for f in _taken(seed, mask) if f not in mask]
        size = min(size, len(faults))
        cut = False
        for start in range(0, len(faults), max(size, 1)):
            attempt = mask | set(faults[start : start + size])
            replays += 1
            violation = violation_of(seed, attempt)
            if violation is not None and violation.invariant == invariant:
                mask, cut = attempt, True
                break
        if not cut:
            size //= 2
    return mask


def _taken(seed: int, mask: frozenset[int]) -> list[int]:
    sim = Sim(seed, mask)
    with suppress(Violation):
        sim.run()
    return sim.taken


def traced(seed: int, mask: frozenset[int] = frozenset()) -> list[str]:
    """What happened in a schedule, effect by effect."""
    sim = Sim(seed, mask, traced=True)
    try:
        sim.run()
    except Violation as violation:
        sim.note(f"VIOLATION {violation}")
    assert sim.trace is not None
    return sim.trace


def commit() -> str:
    """The commit under test, marked if the tree differs from it."""
    try:
        done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def report(seed: int, violation: Violation, mutant: str | None = None) -> str:
    """Seed, commit, how to replay, and the shrunken trace."""
    mask = shrink(seed, violation.invariant)
    again = f"python -m tests.sim.run --seed {seed} --n 1" + (f" --mutant {mutant}" if mutant else "")
    head = f"seed {seed} at commit {commit()} breaks: {violation}\n  replay: {again} --verbose"
    left = len([f for f in _taken(seed, mask) if f not in mask])
    lines = "\n".join(f"  {line}" for line in traced(seed, mask)[-200:])
    return f"{head}\n  shrunken to {left} decisions ({len(mask)} left out):\n{lines}"


def _chunk(first: int, number: int, mutant: str | None) -> list[tuple[int, str]]:
    """The broken schedules of a range of seeds; garbage is collected rarely, which saves a fifth of the time."""
    broken = []
    gc.disable()
    try:
        with _mutant(mutant):
            for seed in range(first, first + number):
                violation = violation_of(seed)
                if violation is not None:
                    broken.append((seed, str(violation)))
                if seed % COLLECT_EVERY == 0:
                    gc.collect()
    finally:
        gc.enable()
    return broken


def _mutant(name: str | None) -> "nullcontext[None]":
    if name is None:
        return nullcontext()
    from tests.sim.mutants import MUTANTS

    return MUTANTS[name].applied()


def main(arguments: list[str] | None = None) -> int:
    """Play the given schedules; 1 if any breaks an invariant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--mutant")
    parser.add_argument("--verbose", action="store_true", help="with --n 1: the whole trace")
    options = parser.parse_args(arguments)
    begun = time.perf_counter()
    chunks = [(options.seed + i, min(CHUNK, options.n - i), options.mutant) for i in range(0, options.n, CHUNK)]
    if options.jobs > 1:
        with ProcessPoolExecutor(options.jobs) as pool:
            broken = [b for part in pool.map(_chunk, *zip(*chunks, strict=True)) for b in part]
    else:
        broken = [b for chunk in chunks for b in _chunk(*chunk)]
    seconds = time.perf_counter() - begun
    out = sys.stdout.write
    with _mutant(options.mutant):
        if options.verbose and options.n == 1:
            out("\n".join(traced(options.seed)) + "\n")
        for seed, _ in broken[:3]:
            again = violation_of(seed)
            assert again is not None
            out(report(seed, again, options.mutant) + "\n")
    for seed, what in broken[3:20]:
        out(f"seed {seed}: {what}\n")
    out(
        f"{options.n} schedules, seeds {options.seed}..{options.seed + options.n - 1}, commit {commit()}: {len(broken)} broken,"
        f" {options.n / seconds:.0f} schedules/s with {options.jobs} jobs\n"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
