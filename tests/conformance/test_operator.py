"""A person's commands on Google Cloud's stores: the same questions and repairs as on a home, on the real emulators."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from shared.clock import VirtualClock
from shared.contracts.events import Message, RunRequested, UnitRequested, message
from shared.map.loader import pipeline_map
from shared.protocol.engine import Engine
from tipoff.cli import main

if TYPE_CHECKING:
    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.letters import PubSubLetters
    from shared.adapters.cloud.topology import Topology

DAY = date(2024, 2, 26)
RUN = f"{DAY}.postgame"
UNIT = UnitRequested(run_id=RUN, generation=1, phase="scrape", unit="nbac_schedule", to="scrape")


@dataclass
class Cloud:
    """An emulated project with one open run, and its command line."""

    state: "FirestoreState"
    letters: "PubSubLetters"
    topology: "Topology"
    engine: Engine
    subscriber: Any
    say: Callable[..., tuple[int, str, str]]

    def received(self, function: str, topic: str) -> list[str]:
        """Ids of the events that came for a function, taken off its subscription."""
        name = self.topology.subscription(function, topic)
        got = self.subscriber.pull(request={"subscription": name, "max_messages": 50}, timeout=20).received_messages
        self.subscriber.acknowledge(request={"subscription": name, "ack_ids": [r.ack_id for r in got]})
        return [r.message.attributes["id"] for r in got]

    def bury(self, dead: Message) -> None:
        """What Pub/Sub does with a message that failed every attempt."""
        about = {"id": dead.id, "event_topic": dead.topic, "to": dead.to, "type": "unit.requested"}
        source = {
            "CloudPubSubDeadLetterSourceDeliveryCount": "5",
            "CloudPubSubDeadLetterSourceSubscription": f"{dead.topic}.{dead.to}",
        }
        topic = self.topology.topic("nba-dead-letters")
        self.letters._events._client.publish(topic, dead.data.encode(), **about, **source).result(timeout=20)


@pytest.fixture
def cloud(
    firestore_address: str, pubsub_address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cloud]:
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

    from shared.adapters.cloud.firestore import FirestoreState
    from shared.adapters.cloud.letters import PubSubLetters
    from shared.adapters.cloud.pubsub import PubSubEvents
    from shared.adapters.cloud.topology import Topology

    project = f"test-{uuid4().hex[:12]}"
    for name, value in {
        "FIRESTORE_EMULATOR_HOST": firestore_address,
        "PUBSUB_EMULATOR_HOST": pubsub_address,
        "TIPOFF_BACKEND": "gcp",
        "TIPOFF_PROJECT": project,
        "TIPOFF_DATABASE": "tipoff",
    }.items():
        monkeypatch.setenv(name, value)
    found = pipeline_map()
    topology, subscriber = Topology(found, project), SubscriberClient()
    topology.create(PublisherClient(), subscriber)
    state, events = FirestoreState(project, "tipoff"), PubSubEvents(project)
    engine = Engine(found, state, events, VirtualClock(datetime(2024, 2, 27, 11, tzinfo=UTC)))
    engine.open_run(RunRequested(request_id=f"{RUN}@first", kind="postgame", from_date=DAY, to_date=DAY))

    def say(*arguments: object) -> tuple[int, str, str]:
        code = main.run([str(a) for a in arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    letters = PubSubLetters(events, topology, subscriber)
    yield Cloud(state, letters, topology, engine, subscriber, say)
    letters.close()
    state.close()


def test_status_reads_the_project(cloud: Cloud) -> None:
    """The grid is of Firestore's documents; dead letters are named with a command that needs no home."""
    cloud.bury(message("nba-postgame-scrape-requested", UNIT))
    code, out, err = cloud.say("status", DAY, "--json")
    told = json.loads(out)
    runs = {r["run_id"]: r for r in told["runs"]}
    assert runs[RUN]["generation"] == 1
    assert told["queue"] == {"dead": 1}
    found = {a["kind"]: a for a in told["attention"]}
    assert found["dead letter"]["command"] == f"tipoff request postgame {DAY}"
    assert code == told["exit_code"]
    assert not err


def test_a_request_reaches_the_function(cloud: Cloud) -> None:
    """`tipoff request` publishes what scrape opens the next generation with."""
    topic = "nba-run-trigger"
    code, out, _ = cloud.say("request", "postgame", DAY, "--json")
    assert code == 0
    assert f"request.{json.loads(out)['request_id']}" in cloud.received("scrape", topic)


def test_looking_at_dead_letters_leaves_them_and_redriving_takes_them(cloud: Cloud) -> None:
    """Listed twice and shown, a letter is still there; sent again, it comes to its function and lies there no more."""
    topic = pipeline_map().unit_topic("postgame", "scrape")
    dead = message(topic, UNIT)
    cloud.bury(dead)
    cloud.received("scrape", topic)  # what opening the run had published
    for _ in range(2):
        code, out, _ = cloud.say("dlq", "list", "--json")
        listed = json.loads(out)
        assert (code, [x["message"] for x in listed]) == (0, [dead.id])
        assert "given up after 5 attempts" in listed[0]["error"]
    code, out, _ = cloud.say("dlq", "show", dead.id)
    assert json.loads(out)["event"] == json.loads(dead.data)
    code, out, _ = cloud.say("dlq", "redrive", "--all")
    assert (code, "1 sent again; the deployed function takes them" in out) == (0, True)
    assert cloud.received("scrape", topic) == [dead.id]
    assert cloud.letters.dead_letters() == []


def test_what_quarantine_holds_is_released(cloud: Cloud) -> None:
    """A held message of an open unit is listed, sent again to its topic, and then held no more."""
    topic = pipeline_map().unit_topic("postgame", "scrape")
    cloud.received("scrape", topic)
    cloud.engine.quarantine(UNIT.event_id, "ContractError: no such source", UNIT.model_dump_json())
    held = json.loads(cloud.say("quarantine", "list", "--json")[1])
    assert [h["reason"] for h in held] == ["ContractError: no such source"]
    code, out, err = cloud.say("quarantine", "release", UNIT.event_id)
    assert (code, err) == (0, "")
    assert "the deployed function does it" in " ".join(out.split())
    assert cloud.received("scrape", topic) == [UNIT.event_id]
    assert cloud.state.find("quarantine", "held") == []


def test_a_rerun_is_planned_from_the_project(cloud: Cloud) -> None:
    """The plan names what is missing in Firestore, and changes nothing with --dry-run."""
    code, out, _ = cloud.say("rerun", DAY, "--kind", "postgame", "--only", "missing", "--dry-run", "--json")
    plan = json.loads(out)["plans"][0]
    assert (code, plan["run_id"], plan["base"]) == (0, RUN, 1)
    assert {(c["phase"], c["unit"], c["does"]) for c in plan["cells"]} >= {("scrape", "nbac_schedule", "runs")}
    assert cloud.engine.current_generation(RUN) == 1


def test_commands_that_read_rows_say_where_these_are(cloud: Cloud) -> None:
    """A command about a home does not silently show a home while the environment says Google Cloud."""
    code, out, err = cloud.say("picks", DAY)
    assert code != 0
    assert "BigQuery" in err
    assert not out


def test_ids_are_listed_by_their_beginning(cloud: Cloud) -> None:
    """Firestore lists the ids that start so, in order, as the local twin does."""
    for name in ("2024-01-01.pregame", "2024-02-26.pregame", "2024-03-01.pregame"):
        cloud.state.create("runs", name, {"state": "open"})
    assert cloud.state.ids("runs", "") == ["2024-01-01.pregame", RUN, "2024-02-26.pregame", "2024-03-01.pregame"]
    assert cloud.state.ids("runs", "2024-02-26") == [RUN, "2024-02-26.pregame"]
