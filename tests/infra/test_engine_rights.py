"""What the engine really publishes, function by function, lies within what Terraform grants."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.events import Message, RunRequested, UnitRequested
from shared.map.loader import pipeline_map
from shared.protocol.engine import Engine
from tests.infra.policy import State
from tests.infra.policy.identities import account, holder
from tests.support.twins.memory import MemoryState

START = datetime(2026, 1, 15, 15, tzinfo=UTC)
OPENER, SWEEPER = "scrape", "coverage_monitor"


@dataclass
class Recorder:
    """Events that remember who published what; `silent` loses them, as a crash before publishing would."""

    acting: str = OPENER
    silent: bool = False
    topics: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    queue: list[Message] = field(default_factory=list)

    def publish(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.topics[self.acting].add(message.topic)
        if not self.silent:
            self.queue += messages


@dataclass
class Hand:
    """A clock moved by hand."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at


def ended(outcome: str) -> dict:
    """A completion."""
    return {"outcome": outcome, "reason": "", "hash": "", "expected": 0, "found": 0, "refused": {}, "evidence": {}}


def play(kind: str, failing: str | None, outcome: str) -> dict[str, set[str]]:
    """Run a kind of run with every unit well, but for the units of one phase; the sweep comes at the end."""
    events, clock = Recorder(), Hand()
    engine = Engine(pipeline_map(), MemoryState(), events, clock)
    engine.open_run(RunRequested(request_id="a", kind=kind, from_date=START.date(), to_date=START.date()))
    while events.queue:
        message = events.queue.pop()
        event = message.event()
        if not isinstance(event, UnitRequested):
            continue
        events.acting = event.to
        if engine.begin(event, "worker") is None:
            continue
        if event.phase == failing and outcome == "postponed":
            engine.postpone(event, message.topic, "too early")
        elif not (event.phase == failing and outcome == "silence"):
            engine.complete(event, ended(outcome if event.phase == failing else "ok"))
    events.acting, events.silent = SWEEPER, True
    for _ in range(3):
        clock.at += timedelta(hours=2)
        engine.sweep()
    return events.topics


OUTCOMES = ("failed", "no_games", "blocked", "empty", "no_source", "silence", "postponed")
CASES = [(k, p, o) for k in sorted(pipeline_map().runs) for p in pipeline_map().runs[k].phases for o in OUTCOMES]


@pytest.fixture(scope="module")
def granted(applied: State) -> dict[str, set[str]]:
    """Account id -> topics it may publish to."""
    found: dict[str, set[str]] = defaultdict(set)
    for grant in applied.of("pubsub_topic_iam_member"):
        found[holder(grant)].add(grant.values["topic"].rpartition("/")[2])
    return found


def test_nobody_publishes_without_the_right(granted: dict[str, set[str]]) -> None:
    """Every kind of run, every phase ending in every way: no function publishes a topic it has no right to."""
    seen: dict[str, set[str]] = defaultdict(set)
    for kind, phase, outcome in CASES:
        for function, topics in play(kind, phase, outcome).items():
            seen[function] |= topics
            assert topics <= granted[account(function)], (kind, phase, outcome, function)
    assert set(seen) == set(pipeline_map().functions)


def test_no_right_lies_idle(granted: dict[str, set[str]]) -> None:
    """Every right to publish is used in some run, but for what the monitor publishes outside the engine or after a crash."""
    seen: dict[str, set[str]] = defaultdict(set)
    for kind, phase, outcome in CASES:
        for function, topics in play(kind, phase, outcome).items():
            seen[function] |= topics
    for function in set(pipeline_map().functions) - {SWEEPER}:
        assert granted[account(function)] == seen[function], function
