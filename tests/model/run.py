# ruff: noqa: T201 - a command that prints its table
"""Check the completion protocol's Spin model: every configuration without an error, every mutant killed.

`python tests/model/run.py --ci` prints a table and fails if a configuration errs or is not searched to its end, if a
mutant survives, or if fewer states than MIN_STATES were stored.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MODEL = Path(__file__).with_name("completion.pml")
MIN_STATES = 5_000_000
MEMORY_MB = 3_800
MAX_DEPTH = 100_000
DEFAULTS = {
    "G": 1, "P": 1, "M": 1, "C": 1, "U": 1, "W": 2, "CRIT": 1, "OPENED": 1,
    "CRASHES": 0, "DUPS": 0, "PAUSES": 0, "DROPS": 0, "FAILS": 0, "DEADLINE": 0, "SAME_OWNER": 0,
    "ASKS": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Config:
    """One closed world: how many of everything, and how many of each fault."""

    name: str
    sizes: dict[str, int]


CI = (
    Config("fan-in", {"M": 2, "U": 2, "CRIT": 3, "CRASHES": 1, "DUPS": 1}),
    Config("three members", {"M": 3, "U": 3, "CRIT": 7, "CRASHES": 1}),
    Config("stale workers", {"PAUSES": 2, "CRASHES": 2, "DUPS": 1}),
    Config("threads of one owner", {"SAME_OWNER": 1, "CRASHES": 1, "DUPS": 2}),
    Config("deadline race", {"M": 2, "U": 2, "CRIT": 1, "DEADLINE": 1, "DROPS": 1, "CRASHES": 1, "FAILS": 1}),
    Config("two consumers", {"P": 2, "C": 2, "U": 2, "CRASHES": 1}),
    Config("consumer's deadline", {"P": 2, "W": 1, "DEADLINE": 1, "DROPS": 1, "CRASHES": 1, "FAILS": 1}),
    Config("superseding", {"G": 2, "PAUSES": 1}),
    Config("superseding in a crash", {"G": 2, "W": 1, "CRASHES": 2}),
    Config("superseding at the deadline", {"G": 2, "W": 1, "DEADLINE": 1, "DROPS": 1, "CRASHES": 1}),
    Config("two requests", {"G": 2, "W": 0, "OPENED": 0, "CRASHES": 2, "DUPS": 1}),
    Config("two requests at work", {"G": 2, "W": 1, "OPENED": 0}),
    Config("late arrival", {"G": 2, "P": 2, "W": 1, "CRASHES": 1, "ASKS": 1}),
)
MUTANTS = {  # which fault is put in, and the configuration that must see it
    "RETURN_ON_DUPLICATE": "fan-in",
    "COUNTER": "fan-in",
    "CHECK_THEN_ACT": "deadline race",
    "OVERWRITABLE": "deadline race",
    "DEADLINE_FROM_OPENING": "consumer's deadline",
    "MARK_FIRST": "two consumers",
    "TIMER_ON_MESSAGE": "deadline race",
    "SWEEP_WITHOUT_RELAY": "consumer's deadline",
    "NO_SWEEPER": "consumer's deadline",
    "NO_FENCE": "stale workers",
    "FENCE_WITHOUT_GENERATION": "superseding",
    "STALE_GENERATION": "superseding",
    "FENCED_ACKNOWLEDGES": "stale workers",
    "CLOSE_BLIND": "superseding",
    "ADVANCE_BLIND": "two requests",
    "OVERWRITTEN_MANIFEST": "two requests",
    "PARTIAL_IS_WHOLE": "late arrival",
    "NOTE_AFTER_CLOSE": "late arrival",
    "ASK_EVERYTHING": "late arrival",
    "CARRY_BLIND": "late arrival",
}


@dataclass(frozen=True)
class Outcome:
    """The result of a search."""

    states: int
    errors: int
    complete: bool
    seconds: float
    violated: str


def search(config: Config, mutant: str | None = None) -> Outcome:
    """Generate, compile and run one search to its end, or to its first error."""
    defines = [f"-D{k}={v}" for k, v in {**DEFAULTS, **config.sizes}.items()]
    if mutant:
        defines.append(f"-DMUT_{mutant}")
    with tempfile.TemporaryDirectory() as folder:
        _call(["spin", "-a", *defines, str(MODEL)], folder)
        optimise = "-O0" if mutant else "-O2"
        limits = ["-DSAFETY", f"-DMEMLIM={MEMORY_MB}", "-DVECTORSZ=1024"]
        _call(["gcc", optimise, "-w", *limits, "-o", "pan", "pan.c"], folder)
        started = time.monotonic()
        output = _call(["./pan", f"-m{MAX_DEPTH}", "-w22" if mutant else "-w23"], folder)
        return _read(output, time.monotonic() - started)


def _call(command: list[str], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode and command[0] != "./pan":
        sys.exit(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def _read(output: str, seconds: float) -> Outcome:
    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"(\d+) states, stored", output)
    violated = re.search(
        r"pan:\d+: (assertion violated|invalid end state)(.*?)(\(at depth \d+\))?$", output, re.MULTILINE
    )
    if errors is None or states is None:
        sys.exit(f"pan did not finish:\n{output}")
    cut = ("Search not completed", "max search depth too small", "out of memory", "aborting", "reached -DMEMLIM")
    return Outcome(
        int(states[1]),
        int(errors[1]),
        int(errors[1]) > 0 or not any(c in output for c in cut),
        seconds,
        " ".join(violated[2].split()) if violated else "",
    )


def check(configs: tuple[Config, ...], mutants: dict[str, str]) -> list[str]:
    """Run everything and print a line each; what went wrong."""
    problems, total = [], 0
    print(f"{'configuration':<30}{'states':>12}{'seconds':>9}  result")
    for config in configs:
        found = search(config)
        total += found.states
        good = found.errors == 0 and found.complete
        result = "no error" if good else found.violated or "not complete"
        print(f"{config.name:<30}{found.states:>12,}{found.seconds:>9.1f}  {result}", flush=True)
        problems += [] if good else [f"{config.name}: {result}"]
    print(f"{'together':<30}{total:>12,}\n\n{'mutant':<30}{'killed by':<30}seconds  property")
    by_name = {c.name: c for c in configs}
    for mutant, where in mutants.items():
        found = search(by_name[where], mutant)
        result = found.violated if found.errors else "SURVIVED"
        print(f"{mutant.lower():<30}{where:<30}{found.seconds:>7.1f}  {result}", flush=True)
        problems += [] if found.errors else [f"{mutant} survived {where}"]
    if total < MIN_STATES:
        problems.append(f"{total:,} states, {MIN_STATES:,} wanted")
    return problems


def main() -> int:
    """The command line; the exit code says whether all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ci", action="store_true", help="the configurations of the gate (the default)")
    parser.add_argument("--only", default="", help="configurations and mutants whose name contains this")
    args = parser.parse_args()
    os.nice(5)
    every = CI
    if args.only:
        chosen = tuple(c for c in every if args.only in c.name)
        mutants = {m: w for m, w in MUTANTS.items() if args.only in m.lower()}
        for config in chosen:
            print(config.name, search(config))
        for mutant, where in mutants.items():
            print(mutant, search(next(c for c in every if c.name == where), mutant))
        return 0
    started = time.monotonic()
    problems = check(every, MUTANTS)
    print(f"\n{time.monotonic() - started:.0f} s", *problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
