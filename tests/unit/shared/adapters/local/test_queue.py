"""The local queues: leases, back-off, dead letters and reclaim, the same in memory and on SQLite."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.local.queue import SqliteQueue
from shared.clock import SystemClock, VirtualClock
from shared.contracts.events import Delivery, Message
from shared.errors import UserError
from tests.support.twins.memory import MemoryQueue

START = datetime(2024, 2, 26, 15, tzinfo=UTC)
LIMITS = {"ack_deadline_s": 100, "max_attempts": 5, "backoff_min_s": 10, "backoff_max_s": 60}
Queue = MemoryQueue | SqliteQueue

_CONSUMER = """
import sys
from pathlib import Path
from shared.adapters.local.queue import SqliteQueue
from shared.clock import SystemClock

queue = SqliteQueue(Path(sys.argv[1]), SystemClock(), {"ack_deadline_s": 600, "max_attempts": 99, "backoff_min_s": 10, "backoff_max_s": 60})
queue.reclaim()
while (delivery := queue.lease()) is not None:
    print("did", delivery.message.id, flush=True)
    queue.ack(delivery)
print("empty", flush=True)
"""


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture(params=["memory", "sqlite"])
def queue(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> Queue:
    """Each local queue, empty."""
    return MemoryQueue(clock, LIMITS) if request.param == "memory" else SqliteQueue(tmp_path / "q.db", clock, LIMITS)


def _message(name: str) -> Message:
    return Message(id=name, topic="nba-run-trigger", to="scrape", data="{}")


def _lease(queue: Queue) -> Delivery:
    delivery = queue.lease()
    assert delivery is not None
    return delivery


def _wait(clock: VirtualClock, seconds: float) -> None:
    clock.advance_to(clock.now() + timedelta(seconds=seconds))


def test_messages_come_in_the_order_they_are_due(queue: Queue) -> None:
    """Of those due at the same time the first published comes first; each once while no delivery fails."""
    queue.publish([_message("a"), _message("b")])
    queue.publish([_message("c")])
    assert [_lease(queue).message.id for _ in range(3)] == ["a", "b", "c"]
    assert queue.lease() is None


def test_only_named_messages_are_taken(queue: Queue) -> None:
    """Those whose id is like one of the patterns; the others wait, due as before."""
    queue.publish([_message("request.b@1"), _message("a.pregame.1.raw"), _message("a.pregame.11.raw")])
    assert queue.lease(("a.pregame.1.*", "request.a@*")).message.id == "a.pregame.1.raw"
    assert queue.lease(("a.pregame.1.*", "request.a@*")) is None
    assert [_lease(queue).message.id for _ in range(2)] == ["request.b@1", "a.pregame.11.raw"]


def test_a_delivery_says_when_it_was_published(queue: Queue, clock: VirtualClock) -> None:
    """The publish time stays that of the first publish, through any redelivery."""
    queue.publish([_message("a")])
    _wait(clock, 5)
    queue.nack(_lease(queue), "no")
    _wait(clock, 10)
    assert _lease(queue).published_at == START


def test_a_lease_hides_until_it_ends(queue: Queue, clock: VirtualClock) -> None:
    """Whoever dies with a message keeps it from others exactly until the lease is over; then the attempt is higher."""
    queue.publish([_message("a")])
    assert _lease(queue).attempt == 1
    assert queue.next_due() == START + timedelta(seconds=100)
    _wait(clock, 99)
    assert queue.lease() is None
    _wait(clock, 1)
    assert _lease(queue).attempt == 2


def test_the_back_off_doubles_up_to_its_limit_then_the_dead_letter(queue: Queue, clock: VirtualClock) -> None:
    """Refused messages come again after 10, 20, 40, 60 s; the last refusal makes a dead letter with its error."""
    queue.publish([_message("a")])
    for wait_s in (10, 20, 40, 60):
        assert not queue.nack(_lease(queue), "no")
        assert queue.next_due() == clock.now() + timedelta(seconds=wait_s)
        _wait(clock, wait_s)
    assert queue.nack(_lease(queue), "boom")
    assert queue.next_due() is None
    assert [(i, e) for _, i, e in queue.dead_letters()] == [("a", "boom")]
    _wait(clock, 10_000)
    assert queue.lease() is None


def test_done_is_done(queue: Queue, clock: VirtualClock) -> None:
    """An acknowledged message never comes again, not even after its lease or a reclaim."""
    queue.publish([_message("a")])
    queue.ack(_lease(queue))
    assert queue.reclaim() == 0
    _wait(clock, 10_000)
    assert queue.lease() is None
    assert queue.next_due() is None


def test_reclaim_makes_leased_messages_due_at_once(queue: Queue, clock: VirtualClock) -> None:
    """After a crash nothing waits for the leases of the dead; messages in back-off keep waiting."""
    queue.publish([_message("a"), _message("b")])
    queue.nack(_lease(queue), "no")
    _lease(queue)
    _wait(clock, 1)
    assert queue.reclaim() == 1
    assert _lease(queue).message.id == "b"
    assert queue.lease() is None


@pytest.mark.parametrize("twin", ["memory", "sqlite"])
@given(steps=st.lists(st.sampled_from(["publish", "lease", "ack", "nack", "wait", "reclaim"]), max_size=40))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_whatever_happens(
    twin: str, tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """At every moment: published = done + queued + dead, each counted from the messages themselves."""
    clock = VirtualClock(START)
    path = tmp_path_factory.mktemp("queue") / "q.db"
    queue: Queue = MemoryQueue(clock, LIMITS) if twin == "memory" else SqliteQueue(path, clock, LIMITS)
    held: list[Delivery] = []
    seen: set[str] = set()
    published = deliveries = 0
    for number, step in enumerate(steps):
        if step == "publish":
            queue.publish([_message(f"m{number}")])
            published += 1
        elif step == "lease" and (delivery := queue.lease()) is not None:
            held = [h for h in held if h.receipt != delivery.receipt]  # a lease that ran out has no holder
            held.append(delivery)
            deliveries += 1
            seen.add(delivery.receipt)
        elif step == "ack" and held:
            queue.ack(held.pop())
        elif step == "nack" and held:
            queue.nack(held.pop(0), "no")
        elif step == "wait":
            _wait(clock, 45)
        elif step == "reclaim":
            queue.reclaim()
            held = []
        counts = queue.counts()
        assert counts["published"] == published
        assert counts["done"] + counts["queued"] + counts["dead"] == published
        assert counts["redeliveries"] == deliveries - len(seen)


def test_consumers_killed_at_any_moment_lose_nothing(tmp_path: Path) -> None:
    """Every message is done, however often the consumer is killed; few are done twice."""
    path = tmp_path / "q.db"
    total = 200
    queue = SqliteQueue(path, SystemClock(), {**LIMITS, "max_attempts": 99})
    queue.publish([_message(f"m{n}") for n in range(total)])
    did: list[str] = []
    for kill_after in (1, 50, None):
        consumer = subprocess.Popen([sys.executable, "-c", _CONSUMER, str(path)], stdout=subprocess.PIPE, text=True)
        assert consumer.stdout is not None
        lines = [] if kill_after is None else [consumer.stdout.readline() for _ in range(kill_after)]
        if kill_after is not None:
            os.kill(consumer.pid, signal.SIGKILL)
        lines += consumer.stdout.readlines()
        consumer.wait()
        did += [line.split()[1] for line in lines if line.startswith("did ") and line.endswith("\n")]
    assert set(did) == {f"m{n}" for n in range(total)}
    assert len(did) <= total + 3
    assert queue.counts()["done"] == total


def test_a_corrupt_queue_file_is_a_users_error(tmp_path: Path, clock: VirtualClock) -> None:
    """A file that is no database says in one line what it is and what to do."""
    path = tmp_path / "queue.db"
    path.write_bytes(b"garbage that is long enough to be taken for a database header" * 50)
    with pytest.raises(UserError, match=r"queue\.db is damaged"):
        SqliteQueue(path, clock, LIMITS)


def test_a_dead_letter_is_put_back_whole(queue: Queue, clock: VirtualClock) -> None:
    """Redriven, it comes at once with all its attempts before it; what is not dead is left alone."""
    queue.publish([_message("a"), _message("b")])
    dead = _lease(queue)
    for wait_s in (10, 20, 40, 60):
        queue.nack(dead, "no")
        _wait(clock, wait_s)
        dead = next(d for d in iter(queue.lease, None) if d.message.id == "a")
    assert queue.nack(dead, "boom")
    receipt = queue.dead_letters()[0][0]
    shown = queue.dead(receipt)
    assert shown is not None
    assert (shown.message, shown.attempt) == (_message("a"), 5)
    assert queue.redrive(["4711"]) == 0
    assert queue.redrive([receipt]) == 1
    assert queue.redrive([receipt]) == 0
    assert queue.dead(receipt) is None
    again = _lease(queue)
    assert (again.message.id, again.attempt) == ("a", 1)
