"""Named faults put into the real protocol, the original's first. The simulator must kill each."""

from tests.sim.mutants.base import Mutant
from tests.sim.mutants.catalogue import MUTANTS

__all__ = ["MUTANTS", "Mutant"]
