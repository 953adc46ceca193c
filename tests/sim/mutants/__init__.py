"""Named faults put into the real protocol: the original's first. Each must die in the simulator, or the simulator lies."""

from tests.sim.mutants.faults import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant"]
