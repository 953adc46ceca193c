"""What only the whole chain shows: real pushes to eight served functions, real tokens, one trace in everybody's log."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from time import monotonic, sleep
from typing import Any

import pytest

from shared.contracts.events import PhaseSettled, message
from shared.map.loader import pipeline_map
from shared.provenance import shipped_hash
from shared.telemetry import traces
from tests.support import needs
from tests.support.local.homes import NoFeeds
from tipoff.deploy.releases import Release
from tipoff.deploy.smoke import PubSubSmoke, Smoke
from tools import cloud_chain
from tools.cloud_chain import PROJECT, Chain
from tools.cloud_function import FileClock

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
PATIENCE_S = 60


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """The chain with empty stores; skips where there are no emulators."""
    folder = tmp_path_factory.mktemp("chain")
    clock = FileClock(folder / "clock")
    clock.advance_to(NOW)
    with needs.emulators(), cloud_chain.running(folder, clock, NoFeeds(), {"TIPOFF_SOURCE": "nba"}) as found:
        yield found


def lines(chain: Chain, function: str, event: str) -> list[dict[str, Any]]:
    """The function's log lines of an event, once there is one."""
    give_up_at = monotonic() + PATIENCE_S
    while monotonic() < give_up_at:
        said = (chain.logs / f"{function}.log").read_text("utf-8").splitlines()
        found = [json.loads(line) for line in said if line.startswith("{") and line.endswith("}")]
        if told := [f for f in found if f.get("event") == event]:
            return told
        sleep(0.2)
    raise AssertionError(f"{function} said nothing of {event}: see {chain.logs}")


def test_every_function_answers_the_smoke_message(chain: Chain) -> None:
    """Published, pushed, its token checked, written down: each says which code and map it is."""
    from google.cloud.pubsub_v1 import PublisherClient

    codes = {name: shipped_hash(name) for name in pipeline_map().functions}
    release = Release("a" * 40, NOW.isoformat(), pipeline_map().hash, {}, codes)
    smoke = Smoke(pipeline_map(), PubSubSmoke(PROJECT, PublisherClient()), chain.app.state)
    assert smoke.run(release) == {}
    wrong = Release(release.commit, "2026-01-15T13:00:00", "0" * 16, {}, {"grade": codes["grade"]})
    assert list(smoke.run(wrong)) == ["grade"]


def test_an_unknown_schedule_and_an_unknown_run_are_told_with_their_trace(chain: Chain) -> None:
    """Quarantined once each, as JSON lines that belong to the trace which came with the message."""
    from google.cloud.pubsub_v1 import PublisherClient

    topic = f"projects/{PROJECT}/topics/nba-run-trigger"
    named = {"schedule": "hourly", "event_topic": "nba-run-trigger", "type": "run.requested", "to": "scrape"}
    PublisherClient().publish(topic, b'{"schedule":"hourly"}', **named).result(20)
    (kept,) = lines(chain, "scrape", "quarantined")
    assert kept["message"].startswith("no schedule hourly")
    settled = PhaseSettled(run_id=f"{date(2024, 2, 26)}.pregame", generation=1, phase="ensemble", outcome="failed")
    chain.app.events.publish([message("nba-phase5-predictions-complete", settled)])
    (kept,) = lines(chain, "coverage_monitor", "quarantined")
    context = traces.context(settled)
    assert kept["logging.googleapis.com/trace"] == f"projects/{PROJECT}/traces/{context.trace_id}"
    assert kept["logging.googleapis.com/spanId"] == context.span_id


def test_nothing_was_refused(chain: Chain) -> None:
    """Every push of the relay's brought a token that was good: all were answered, none with 401."""
    statuses = {status for _, status in chain.relay.answers}
    assert 204 in statuses
    assert statuses <= {204, 503}  # 503: a store that was slow while everything started, and the push came again
