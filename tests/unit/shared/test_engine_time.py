"""The protocol and time: deadlines, leases, generations."""

import pytest

from shared.contracts.events import RunRequested
from shared.errors import LeaseHeld, UnknownUnit
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, PREGAME, House, asked, settled, unit_event


def test_before_the_deadline_a_sweep_rules_on_nothing() -> None:
    """Sweeping early, however often, changes no verdict and requests no unit again."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    house.wait(minutes=9)
    for _ in range(3):
        assert house.engine.sweep() == {"sent": 0, "asked_again": 0, "runs_ruled_on": 0}
    assert house.outcomes(PREGAME) == {}


def test_at_the_deadline_the_critical_set_decides() -> None:
    """With the critical unit the phase is degraded and goes on; without it, it expires and every later phase fails."""
    for completed, outcome in ((["nbac_schedule"], "degraded"), (["nbac_player_list"], "expired")):
        house = House()
        house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
        for unit in completed:
            house.handle(asked(unit_event(unit)))
        house.wait(minutes=10)
        house.engine.sweep()
        assert house.outcomes(PREGAME)["scrape"] == outcome
        assert house.verdicts(PREGAME)["scrape"]["missing"]
        phases = {e.phase for e in house.units()}
        assert phases == ({"scrape", "reference"} if outcome == "degraded" else {"scrape"})
        assert (house.outcomes(PREGAME).get("ensemble") == "failed") == (outcome == "expired")


def test_sweeps_of_every_quarter_of_an_hour_cost_later_phases_no_time() -> None:
    """A silent optional feed is ruled on by the sweep at 15 minutes; each later phase still has its own minutes."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    for unit in ("nbac_schedule", "nbac_player_list", "nbac_injury_report", "odds_api_player_points_props"):
        house.handle(asked(unit_event(unit)))
    house.wait(minutes=15)
    house.engine.sweep()
    assert house.outcomes(PREGAME) == {"scrape": "degraded"}
    house.handle(asked(unit_event("nbac_schedule", "reference", to="process_raw")))  # its own deadline was 12 minutes
    assert "reference" not in house.outcomes(PREGAME)
    house.wait(minutes=9)
    house.handle(asked(unit_event("nbac_player_list", "reference", to="process_raw")))
    assert house.outcomes(PREGAME)["reference"] == "complete"


def test_a_phase_that_is_asked_for_late_has_a_deadline_too() -> None:
    """Its minutes after the verdict before it are over: the sweep rules on it, and by its critical set."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    house.handle(asked(unit_event("nbac_schedule")))
    for minutes, ruled in ((15, {"scrape"}), (9, {"scrape"}), (1, set(house.map.runs["pregame"].phases))):
        house.wait(minutes=minutes)
        house.engine.sweep()
        assert set(house.outcomes(PREGAME)) == ruled
    assert house.outcomes(PREGAME)["reference"] == "expired"


def test_a_late_unit_is_not_started() -> None:
    """After its phase's verdict at the deadline a unit's message is acknowledged without work."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    house.wait(minutes=10)
    house.engine.sweep()
    ruled = house.verdicts(PREGAME)
    house.run_due()
    assert house.ran == []
    assert house.verdicts(PREGAME) == ruled


def test_a_late_completion_is_kept_and_changes_nothing() -> None:
    """A unit started in time and finished too late is recorded; the verdict stands."""
    house = House()

    def slow(job: Job) -> Ended:
        house.wait(minutes=11)
        house.engine.sweep()
        return Ended("ok", hash="late")

    house.script["scrape.nbac_schedule"] = slow
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = unit_event("nbac_schedule")
    house.handle(asked(event))
    assert house.outcomes(PREGAME)["scrape"] == "expired"
    assert house.state.get_many("completions", [event.event_id])[event.event_id]["hash"] == "late"


def test_a_unit_is_done_by_one_worker_at_a_time() -> None:
    """While a lease lasts other workers get LeaseHeld; after a release the next token is granted at once."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = unit_event("nbac_schedule")
    first = house.engine.begin(event, "one")
    assert first is not None
    with pytest.raises(LeaseHeld, match="one until"):
        house.engine.begin(event, "two")
    house.engine.release(event, first)
    second = house.engine.begin(event, "two")
    assert second is not None
    assert (first.token, second.token) == (1, 2)
    house.engine.release(event, first)
    with pytest.raises(LeaseHeld, match="two until"):
        house.engine.begin(event, "three")


def test_a_dead_workers_claim_ends_with_its_lease() -> None:
    """When the lease is over the next worker gets the claim with a higher token."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = unit_event("nbac_schedule")
    house.engine.begin(event, "one")
    house.wait(seconds=house.map.engine["claim_lease_s"])
    second = house.engine.begin(event, "two")
    assert second is not None
    assert second.token == 2


def test_the_same_request_gets_the_same_generation() -> None:
    """However often and however late a request is delivered, it opens one generation."""
    house = settled(House())
    request = RunRequested(request_id="first", kind="pregame", from_date=DAY)
    assert house.engine.open_run(request).generation == 1
    other = request.model_copy(update={"request_id": "second"})
    assert [house.engine.open_run(r).generation for r in (other, request, other)] == [2, 1, 2]
    assert house.engine.current_generation(PREGAME) == 2


def test_an_older_generation_does_nothing_more() -> None:
    """Once superseded, its units are dropped, its verdicts stand, and the new generation settles."""
    house = House()
    house.request()
    for _ in range(4):
        delivery = house.queue.lease()
        assert delivery is not None
        house.deliver(delivery)
    before = house.verdicts(PREGAME)
    house.engine.open_run(RunRequested(request_id="again", kind="pregame", from_date=DAY))
    house.run_all()
    assert house.verdicts(PREGAME) == before
    assert set(house.outcomes(PREGAME, 2).values()) == {"complete"}
    assert len(house.outcomes(PREGAME, 2)) == len(house.map.runs["pregame"].phases)
    assert [s.id for s in house.state.find("runs", "settled")] == [PREGAME]


def test_a_manifest_never_changes() -> None:
    """A generation expects what it did when it was opened, however often its request is delivered."""
    house = House()
    request = RunRequested(request_id="r", kind="pregame", from_date=DAY)
    first = house.engine.open_run(request)
    house.wait(minutes=5)
    assert house.engine.open_run(request) == first
    with pytest.raises(UnknownUnit):
        house.engine.manifest(PREGAME, 2)
