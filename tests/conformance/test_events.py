"""What Events promises, on every twin: proven from the receiving end."""

from datetime import UTC, datetime

import pytest

from shared.contracts.events import Message, PhaseSettled, RunRequested, UnitRequested, message
from shared.errors import StoreUnavailable
from shared.map.loader import pipeline_map
from tests.support.twins.buses import IMPATIENT, Bus, PubSubBus

RUN = "2024-02-26.pregame"


def _unit(unit: str, to: str = "process_raw", topic: str = "nba-phase1-scrapers-complete") -> Message:
    return message(topic, UnitRequested(run_id=RUN, generation=1, phase="raw", unit=unit, to=to))


def test_every_message_arrives_intact_at_the_function_it_names(bus: Bus) -> None:
    """Each published message comes to its function at least once, with id, topic and data as published."""
    sent = [_unit(f"unit_{n}") for n in range(5)]
    bus.events.publish(sent)
    came: dict[str, Message] = {}
    while len(came) < len(sent):
        delivery = bus.take("process_raw")
        assert delivery is not None, f"only {sorted(came)} came"
        came[delivery.message.id] = delivery.message
        bus.ack(delivery)
    assert {m.id: m for m in sent} == came


def test_text_survives_the_wire(bus: Bus) -> None:
    """Colons and at-signs in ids, accents in data arrive unchanged."""
    event = RunRequested(request_id="pregame@10:30+00.x_y-z", kind="Dončić ½", as_of=datetime(2024, 2, 26, tzinfo=UTC))
    bus.events.publish([message("nba-run-trigger", event)])
    delivery = bus.take("scrape")
    assert delivery is not None
    assert event == delivery.message.event()
    assert event.event_id == delivery.message.id
    bus.ack(delivery)


def test_several_topics_in_one_call(bus: Bus) -> None:
    """One publish may address several functions over several topics."""
    settled = PhaseSettled(run_id=RUN, generation=1, phase="ensemble", outcome="complete")
    bus.events.publish([_unit("nbac_schedule"), message("nba-phase5-predictions-complete", settled)])
    for function in ("process_raw", "coverage_monitor"):
        delivery = bus.take(function)
        assert delivery is not None
        bus.ack(delivery)


def test_publishing_nothing(bus: Bus) -> None:
    """No messages is no work and no error."""
    bus.events.publish([])


def test_the_same_id_may_be_published_again(bus: Bus) -> None:
    """A second copy of an id is accepted and delivered: receivers must handle duplicates."""
    bus.events.publish([_unit("nbac_schedule")])
    bus.events.publish([_unit("nbac_schedule")])
    first, second = bus.take("process_raw"), bus.take("process_raw")
    assert first is not None
    assert second is not None
    assert first.message == second.message
    assert first.receipt != second.receipt
    bus.ack(first)
    bus.ack(second)


def test_refused_means_delivered_again(bus: Bus) -> None:
    """A refused message is delivered again unchanged, with a higher attempt where the twin counts attempts."""
    bus.events.publish([_unit("nbac_schedule")])
    first = bus.take("process_raw")
    assert first is not None
    bus.nack(first)
    second = bus.take("process_raw")
    assert second is not None
    assert first.message == second.message
    if bus.reports_attempts:
        assert (first.attempt, second.attempt) == (1, 2)
    bus.ack(second)


def test_after_the_last_attempt_the_dead_letter(bus: Bus) -> None:
    """A message refused `max_attempts` times is a dead letter under its id, and comes no more."""
    bus.events.publish([_unit("poison")])
    for _ in range(IMPATIENT["max_attempts"]):
        delivery = bus.take("process_raw")
        assert delivery is not None
        bus.nack(delivery)
    assert [_unit("poison").id] == bus.dead()


@pytest.mark.parametrize("bus", ["pubsub"], indirect=True)
def test_an_unknown_topic_fails_loudly(bus: PubSubBus) -> None:
    """Publishing to a topic that does not exist raises an error that names it; no message is dropped silently."""
    with pytest.raises(StoreUnavailable, match="nba-no-such-topic"):
        bus.events.publish([_unit("x", topic="nba-no-such-topic")])


@pytest.mark.parametrize("bus", ["pubsub"], indirect=True)
def test_the_topology_is_the_maps(bus: PubSubBus) -> None:
    """There is one subscription per function and topic of the map, and one that keeps dead letters."""
    pairs = {(f.name, t) for f in pipeline_map().functions.values() for t in f.subscribes}
    assert {bus.topology.subscription(*p) for p in pairs} | {bus.topology.dead_letters()} == bus.listed()
