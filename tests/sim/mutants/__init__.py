"""Named faults put into the real protocol: the original's first. Each must die in the simulator, or the simulator lies."""

from tests.sim.mutants.base import Mutant
from tests.sim.mutants.catalogue import MUTANTS

__all__ = ["MUTANTS", "Mutant"]
