"""Completions per second through a durable fan-in of 30 and one step after it: our engine and its alternatives.

Paired runs (A B C A B C ...), medians. Each rival has its own virtualenv below build/bench-venvs, created on first
use. `python -m benchmarks.engine [--pairs 5] [--rounds 10] [--fan-in 30]`
"""

import argparse
import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import engine_ours

VENVS = Path("build/bench-venvs")
SCRIPTS = Path(__file__).parent / "engine_rivals"


@dataclass(frozen=True)
class Rival:
    """A package with a fan-in: how it is run, and what it guarantees."""

    name: str
    package: str
    script: str
    arguments: tuple[str, ...]
    promise: str


RIVALS = (
    Rival("DBOS, child workflows", "dbos==3.4.0", "dbos_fanin.py", ("children",), "a recorded unit is not run again"),
    Rival("huey, chord", "huey==3.5.4", "huey_fanin.py", (), "a killed unit is lost; join by a counter"),
    Rival(
        "DBOS, steps in one workflow", "dbos==3.4.0", "dbos_fanin.py", ("steps",), "one process, no queue, no fan-out"
    ),
    Rival("Dramatiq, group, stub broker", "dramatiq==2.2.1", "dramatiq_fanin.py", (), "nothing survives the process"),
)
OURS = Rival("Tipoff", "", "", (), "killed anywhere: nothing lost, one verdict, fenced writes")
STRICT = Rival("Tipoff, every commit waits", "", "", (), "the same; leases and acknowledgements fsynced as well")
NOTES = (
    "synchronous=2 is FULL: every commit waits for the disk. * except leases, acknowledgements and claims: losing one",
    "in a power failure means one more delivery, which changes nothing. Steps of one workflow pass nothing to another",
    "worker, so each needs one commit; the stub broker needs none, and keeps nothing.",
)


def python_of(package: str) -> Path:
    """The interpreter of the package's own virtualenv, which is created if it is missing."""
    home = VENVS / package.replace("==", "-")
    python = home / "bin" / "python"
    if not (home / ".installed").exists():
        print(f"installing {package} below {home}", flush=True)
        venv.create(home, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
        subprocess.run(command, check=True)
        (home / ".installed").touch()
    return python


def measure(rival: Rival, rounds: int, fan_in: int) -> dict[str, Any]:
    """One run: seconds, durability, version."""
    if not rival.package:
        return engine_ours.measure(rounds, fan_in, wait_for_every_commit=rival is STRICT)
    command = [str(python_of(rival.package)), str(SCRIPTS / rival.script), str(rounds), str(fan_in), *rival.arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        sys.exit(f"{rival.name}: {done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main() -> None:
    """Run the pairs and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--fan-in", type=int, default=30)
    args = parser.parse_args()
    VENVS.mkdir(parents=True, exist_ok=True)
    measure(OURS, 1, args.fan_in)  # imports and page cache
    rates: dict[str, list[float]] = {}
    facts: dict[str, dict[str, Any]] = {}
    for _ in range(args.pairs):
        for rival in (OURS, STRICT, *RIVALS):
            result = measure(rival, args.rounds, args.fan_in)
            rates.setdefault(rival.name, []).append((args.fan_in + 1) * args.rounds / result["seconds"])
            facts[rival.name] = {**result, "promise": rival.promise}
    print(f"\n{args.pairs} paired runs of {args.rounds} fan-ins of {args.fan_in}, completions per second, medians")
    print(f"{'':<31}{'version':<15}{'durability':<22}{'per second':>10}{'ours/it':>9}  what it promises")
    for name, fact in facts.items():
        ratio = median(a / b for a, b in zip(rates[OURS.name], rates[name], strict=True))
        row = f"{name:<31}{fact['version']:<15}{fact['durability']:<22}{median(rates[name]):>10,.0f}{ratio:>8.2f}x"
        print(f"{row}  {fact['promise']}")
    print(*NOTES, sep="\n")


if __name__ == "__main__":
    main()
