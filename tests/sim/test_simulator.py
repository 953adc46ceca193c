"""The real `handle` under every fault: schedules by seed, each equal to itself, each able to fail."""

from tests.sim import run
from tests.sim.effects import digest
from tests.sim.mutants import MUTANTS
from tests.sim.simulator import Sim

SCHEDULES = 1000


def test_no_schedule_breaks_an_invariant():
    """Nothing lost, doubled, early, stale or silently dropped; after the faults everything settles."""
    broken = {seed: str(violation) for seed in range(SCHEDULES) if (violation := run.violation_of(seed))}
    assert broken == {}


def test_a_seed_is_a_schedule():
    """The same seed plays the same schedule to the last document."""
    first, second = Sim(7), Sim(7)
    first.run()
    second.run()
    assert digest(first) == digest(second)
    third = Sim(8)
    third.run()
    assert digest(first) != digest(third)


def test_a_failure_tells_seed_commit_and_a_shorter_schedule():
    """A broken invariant is reported with how to replay it, and most of its faults are left out of the trace."""
    with MUTANTS["flag_before_publish"].applied():
        seed = next(s for s in range(2000) if run.violation_of(s))
        violation = run.violation_of(seed)
        report = run.report(seed, violation, "flag_before_publish")
        mask = run.shrink(seed, violation.invariant)
        again = run.violation_of(seed, mask)
        faults = Sim(seed, mask)
    assert f"--seed {seed} --n 1 --mutant flag_before_publish" in report
    assert violation.invariant in report
    assert again is not None
    assert again.invariant == violation.invariant
    assert faults.mask


def test_the_command_line_fails_when_a_schedule_does(capsys):
    """`python -m tests.sim.run` ends with 1 and names the seed, or with 0."""
    assert run.main(["--seed", "0", "--n", "20"]) == 0
    assert "0 broken" in capsys.readouterr().out
    assert run.main(["--seed", "0", "--n", "20", "--mutant", "counter_not_set"]) == 1
    assert "no early verdict" in capsys.readouterr().out
