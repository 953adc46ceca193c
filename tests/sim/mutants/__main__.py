"""`python -m tests.sim.mutants`: each fault, the invariant that killed it, and the seed that shows it alone."""

import argparse
import sys

from tests.sim.mutants import MUTANTS, Mutant
from tests.sim.run import violation_of

SCHEDULES = 20_000


def killer(mutant: Mutant, schedules: int = SCHEDULES, first: int = 0) -> tuple[int, str] | None:
    """Seed and violation of the first schedule that notices the fault; None if it survives all of them."""
    with mutant.applied():
        for seed in range(first, first + schedules):
            violation = violation_of(seed)
            if violation is not None:
                return seed, str(violation)
    return None


def main(arguments: list[str] | None = None) -> int:
    """List every mutant with what killed it; 1 if one survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=SCHEDULES, help="schedules a mutant may survive at most")
    options = parser.parse_args(arguments)
    survivors = 0
    for mutant in MUTANTS.values():
        death = killer(mutant, options.n)
        survivors += death is None
        result = f"killed by seed {death[0]}: {death[1]}" if death else f"SURVIVES {options.n} schedules"
        origin = " (the original's)" if mutant.original else ""
        sys.stdout.write(f"{mutant.name}{origin}: {mutant.about}\n    {result}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(MUTANTS)} mutants, {len(MUTANTS) - survivors} killed\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
