"""Every named fault in the protocol is noticed, and only because of the fault."""

import pytest

from tests.sim.mutants import MUTANTS
from tests.sim.mutants.__main__ import SCHEDULES, killer
from tests.sim.run import violation_of

# The schedule that killed each when it was last recorded (`python -m tests.sim.mutants`): where the search starts.
KILLED_BY = {
    "return_on_duplicate": 6, "unknown_unit_counted": 109, "no_outbox": 57, "run_closed_early": 183, "conflict_accepted": 89,
    "clock_after_read": 6450, "attempts_shorter_than_lease": 20013, "half_opened_generation": 155, "fenced_acknowledges": 3299, "today_at_delivery": 390, "base_read_late": 5791, "repair_ignores_inputs": 397,
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_the_simulator_kills_the_mutant(name):
    """A protocol with this fault breaks an invariant in some schedule; without the fault that schedule is sound."""
    death = killer(MUTANTS[name], SCHEDULES, KILLED_BY.get(name, 0))
    assert death is not None, f"{name} survives: {MUTANTS[name].about}"
    assert violation_of(death[0]) is None


def test_the_faults_of_the_original_are_among_them():
    """At least fifteen faults, and those that wedged the original come first."""
    original = [m.original for m in MUTANTS.values()]
    assert len(original) >= 15
    assert sum(original) >= 8
    assert original == sorted(original, reverse=True)
