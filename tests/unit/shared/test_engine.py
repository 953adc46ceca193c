"""The protocol through the one path `handle`: one verdict per phase, at-least-once events, effects once."""

from collections import Counter

import pytest

from shared.contracts.events import Message, RunRequested, UnitRequested, message
from shared.errors import Conflict, ContractError, SourceUnavailable
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, POSTGAME, PREGAME, House, ended, raises, settled, unit_event


def test_a_run_settles_every_phase_of_the_map_once() -> None:
    """Each unit runs once, each phase is complete, every outbox is sent, the run is settled, nothing is quarantined."""
    for kind in ("pregame", "postgame", "backfill"):
        house = settled(House(), kind)
        run, phases = f"{DAY}.{kind}", house.map.runs[kind].phases
        assert house.outcomes(run) == dict.fromkeys(phases, "complete")
        assert Counter(house.ran) == Counter(f"{run}.1.{p.name}.{u}" for p in phases.values() for u in p.units)
        assert [s.id for s in house.state.find("runs", "settled")] == [run]
        assert house.state.find("verdicts", "unsent") == house.state.find("manifests", "unsent") == []
        assert house.quarantined() == []
        assert house.queue.counts()["dead"] == house.queue.counts()["redeliveries"] == 0


def test_duplicates_change_nothing() -> None:
    """Every message delivered three times, at once and after the end: the same verdicts, each unit done once."""
    plain, house = settled(House()), House()
    house.request()
    while (delivery := house.queue.lease()) is not None:
        for _ in range(3):
            house.handle(delivery.message)
        house.queue.ack(delivery)
    for again in list(house.events.published):
        house.handle(again)
    assert house.verdicts(PREGAME) == plain.verdicts(PREGAME)
    assert Counter(house.ran) == Counter(plain.ran)
    assert house.engine.current_generation(PREGAME) == 1


def test_another_result_for_the_same_unit_is_quarantined() -> None:
    """A second completion with a different hash is a Conflict, and the first stands."""
    house = House()
    manifest = house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = unit_event("nbac_schedule")
    house.engine.complete(event, {"outcome": "ok", "reason": "", "hash": "one"})
    house.engine.complete(event, {"outcome": "ok", "reason": "again", "hash": "one"})
    with pytest.raises(Conflict):
        house.engine.complete(event, {"outcome": "ok", "reason": "", "hash": "two"})
    assert house.state.get_many("completions", [event.event_id])[event.event_id]["hash"] == "one"
    assert manifest.phases["scrape"].critical == ("nbac_schedule",)


def test_a_conflict_is_acknowledged_with_the_whole_completion_kept() -> None:
    """Two workers whose results differ: handle quarantines the second result, and nothing is delivered again."""
    house = House()

    def slow(job: Job) -> Ended:
        job.app.engine.complete(job.event, {"outcome": "ok", "reason": "", "hash": "from the other worker"})
        return Ended("ok", hash="mine")

    house.script["scrape.nbac_schedule"] = slow
    settled(house)
    (held,) = house.state.find("quarantine", "held")
    assert held.doc["completion"]["hash"] == "mine"
    assert house.outcomes(PREGAME)["scrape"] == "complete"
    assert house.queue.counts()["redeliveries"] == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (unit_event("no_such_unit"), "scrape.no_such_unit is not in the manifest"),
        (unit_event("nbac_schedule", phase="no_such_phase"), "no_such_phase.nbac_schedule is not in the manifest"),
        (unit_event("nbac_schedule", generation=7), "has no generation 7"),
        (RunRequested(request_id="x", kind="no_such_kind"), "no run kind no_such_kind"),
        (
            RunRequested(request_id="x", kind="pregame", from_date=DAY, to_date=DAY.replace(day=1)),
            "ends before it starts",
        ),
    ],
)
def test_a_request_for_what_does_not_exist_is_quarantined(event: UnitRequested | RunRequested, reason: str) -> None:
    """Unknown units, phases, generations, kinds and impossible windows are kept with their reason, and acknowledged."""
    house = settled(House())
    before = house.verdicts(PREGAME)
    house.handle(message("nba-scrape-trigger", event))
    (held,) = house.quarantined()
    assert reason in held
    assert house.verdicts(PREGAME) == before


def test_a_malformed_message_is_quarantined_unchanged() -> None:
    """A message without a valid event is kept with its body; delivered again it is still one entry."""
    house = House()
    garbage = Message(id="x", topic="nba-run-trigger", to="scrape", data='{"type": "nonsense"}')
    house.handle(garbage)
    house.handle(garbage)
    (held,) = house.state.find("quarantine", "held")
    assert held.doc["body"] == garbage.data
    assert "not an event of ours" in held.doc["reason"]


def test_a_message_for_another_subscriber_is_ignored() -> None:
    """The other subscribers of a topic get copies too, and do nothing with them."""
    house = House()
    house.request()
    house.run_due()
    wanted = next(m for m in house.events.published if m.to == "process_raw")
    ran = list(house.ran)
    stranger = House()
    stranger.handle(wanted.model_copy(update={"to": "analytics"}))
    assert house.ran == ran
    assert stranger.quarantined() == []


def test_a_unit_that_fails_for_good_fails_its_phase_at_once() -> None:
    """A permanent error completes the unit as failed, with quarantine; later phases are blocked, with a typed reason."""
    house = settled(House({"team.team_offense_game_summary": raises(ContractError("bad rows"))}), "postgame")
    verdicts = house.verdicts(POSTGAME)
    assert verdicts["team"]["outcome"] == "failed"
    assert verdicts["team"]["failed"] == ["team_offense_game_summary"]
    assert verdicts["player"]["reason"] == "blocked: team is failed"
    for below in ("player", "grading_gate", "grade", "track_record", "caches"):
        assert verdicts[below]["outcome"] == "failed"
    assert house.quarantined() == ["ContractError: bad rows"]
    assert [s.id for s in house.state.find("runs", "settled")] == [POSTGAME]


def test_a_failed_unit_outside_the_critical_set_degrades() -> None:
    """The run goes on without it, and the request of every later unit says that its input is degraded."""
    house = settled(House({"scrape.odds_api_game_lines": ended("failed", "no answer")}))
    outcomes = house.outcomes(PREGAME)
    assert outcomes.pop("scrape") == "degraded"
    assert set(outcomes.values()) == {"complete"}
    upstream = {e.phase: e.upstream for e in house.units()}
    assert upstream.pop("scrape") == "complete"
    assert set(upstream.values()) == {"degraded"}


def test_no_games_is_a_state_of_its_own() -> None:
    """A day without games settles every phase as no_games, without requests and without an alert."""
    house = settled(House({"reference.nbac_schedule": ended("no_games", "the schedule has none")}))
    outcomes = house.outcomes(PREGAME)
    assert outcomes.pop("scrape") == "complete"
    assert set(outcomes.values()) == {"no_games"}
    assert {e.phase for e in house.units()} == {"scrape", "reference"}
    assert house.state.find("alerts", "open") == []


def test_a_gate_that_blocks_says_why() -> None:
    """A blocked gate fails its phase with the gate's sentence; the other branch goes on."""
    house = settled(House({"grading_gate.grading_readiness": ended("blocked", "coverage 40 %")}), "postgame")
    verdicts = house.verdicts(POSTGAME)
    assert verdicts["grading_gate"]["reason"] == "grading_readiness: coverage 40 %"
    assert verdicts["grade"]["reason"] == "blocked: grading_gate is failed"
    assert verdicts["caches"]["outcome"] == "complete"


@pytest.mark.parametrize("error", [SourceUnavailable("slow down"), ZeroDivisionError("a bug of ours")])
def test_retryable_and_unknown_errors_are_tried_again(error: Exception) -> None:
    """They are raised, the claim is released, and the redelivery succeeds."""
    house = settled(House({"scrape.nbac_schedule": raises(error, times=2)}))
    assert set(house.outcomes(PREGAME).values()) == {"complete"}
    assert house.queue.counts()["redeliveries"] == 2
    claim = house.state.get("claims", f"{PREGAME}.1.scrape.nbac_schedule")
    assert claim is not None
    assert claim.doc["token"] == 3


def test_a_unit_that_always_fails_is_a_dead_letter_and_its_phase_expires() -> None:
    """After the last attempt the message is a dead letter; after the deadline the sweep rules that the phase expired."""
    house = settled(House({"scrape.nbac_schedule": raises(ZeroDivisionError("always"))}))
    assert [i for _, i, _ in house.queue.dead_letters()] == [f"{PREGAME}.1.scrape.nbac_schedule"]
    assert house.outcomes(PREGAME) == {}
    house.wait(minutes=30)
    house.engine.sweep()
    house.run_all()
    assert house.outcomes(PREGAME)["scrape"] == "expired"
    assert set(house.outcomes(PREGAME).values()) == {"expired", "failed"}
