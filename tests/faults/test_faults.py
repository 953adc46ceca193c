"""Outages between the official clients and the emulators cost time, never more than they last, and nothing else."""

import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from tests.faults import broken, run
from tests.faults.run import Result, Window
from tests.support import needs
from tools.emulators import start

SEED = 5
SHORT_S = (0.5, 1.0)
BUSY_SLACK_S = 2.0  # the gate's machine does other things meanwhile; the recorded run has none
CALM = [Window("slow", "state", 0.2)]
READ_BACK = "lost"  # noticed when everything is read back, the others as they happen
PATIENCE_S = 60.0  # until a repeated message arrives at a moment at which counting it makes a verdict too early


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[str, str]]:
    """The Firestore and the Pub/Sub emulator."""
    with needs.emulators(), start.firestore() as firestore, start.pubsub() as pubsub:
        yield firestore, pubsub


def test_outages_double_and_lose_nothing_and_make_no_verdict_early(addresses: tuple[str, str]) -> None:
    """Twenty outages, each kind on each target: every phase one verdict, every unit one completion, all in time."""
    rng = Random(SEED)
    with run.stage(*addresses) as on:
        results = run.play(on, run.windows(20, rng, SHORT_S, long_every=0), rng)
    assert on.seen.wrong == []
    assert run.late(results, BUSY_SLACK_S) == []
    assert len(on.seen.settled) == len(on.load.opened) > 0


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"state_of": broken.Overwriting}, "double"),
        ({"engine_of": broken.counting()}, "early"),
        ({"state_of": broken.Forgetting}, "lost"),
    ],
    ids=["creates without a precondition", "counts instead of reading", "claims to have stored a completion"],
)
def test_a_broken_system_is_caught(addresses: tuple[str, str], parts: dict[str, Any], kind: str) -> None:
    """The same checks notice two faulty states and a faulty verdict."""
    with run.stage(*addresses, **parts) as on:
        give_up_at = time.monotonic() + PATIENCE_S
        while kind != READ_BACK and kind not in _noticed(on) and time.monotonic() < give_up_at:
            time.sleep(0.1)
        run.play(on, CALM, Random(SEED), drain_s=3)
    assert kind in _noticed(on)


def _noticed(on: run.Stage) -> set[str]:
    return {kind for kind, _ in on.seen.wrong}


def test_slow_recoveries_are_late() -> None:
    """A recovery that takes longer than its outage (and the slack) is late, and so is one that never comes."""
    outage = Window("refuse", "state", 1.0)
    waits = [0.0, 1.0, 1.01, None]
    results = [Result(outage, wait) for wait in waits]
    assert [r.recovery_s for r in run.late(results)] == waits[2:]
    assert [r.recovery_s for r in run.late(results, 0.5)] == waits[3:]


def test_windows_are_spread_evenly() -> None:
    """Every kind meets every target equally often, long ones among them; the seed decides alone."""
    planned = run.windows(30, Random(1))
    assert planned == run.windows(30, Random(1))
    assert {len([w for w in planned if (w.kind, w.target) == (k, t)]) for k in run.KINDS for t in run.TARGETS} == {2}
    assert sum(w.seconds >= run.LONG_S[0] for w in planned) == 3
