"""State that was lost or restored while the warehouse kept its fences: said aloud, and mended by the next sweep."""

from typing import Any

from shared.contracts.events import RunRequested, message
from shared.errors import Fenced, StaleGeneration
from shared.rules import alarms
from shared.work.job import Ended, Job
from shared.work.monitor import inspect
from tests.support.scripted_engine import DAY, PREGAME, Behaviour, House, asked, ended, unit_event

CELL = "reference.nbac_schedule"


def refused_below(generation: int) -> Behaviour:
    """A unit whose table has rows of that generation."""

    def behave(job: Job) -> Ended:
        if job.event.generation < generation:
            raise StaleGeneration(job.event.unit, generation)
        return Ended("ok", hash=job.event.unit)

    return behave


def behind(cell: str = CELL, newest: int = 5) -> House:
    """A run whose first generation is refused, delivered until nothing is queued."""
    house = House({cell: refused_below(newest)})
    house.request()
    house.run_all()
    return house


def alerts(house: House, state: str = "open") -> list[dict[str, Any]]:
    return [s.doc for s in house.state.find("alerts", state)]


def test_a_refusal_of_the_current_generation_is_alerted_with_its_command() -> None:
    """It was acknowledged in silence, and the unit waited for its deadline."""
    house = behind()
    (alert,) = alerts(house)
    assert alert["kind"] == alarms.BEHIND
    assert alert["sentence"].startswith(f"{PREGAME}: the warehouse holds rows of generation 5, the state's newest is 1")
    assert alert["command"] == f"tipoff request pregame {DAY}"
    assert house.quarantined() == []


def test_the_sweep_opens_a_generation_above_and_carries_over_what_was_done() -> None:
    """Once, however often it sweeps; no unit of the phases before runs again."""
    house = behind()
    done = set(house.ran)
    house.ran.clear()
    for _ in range(3):
        house.engine.sweep()
        house.run_all()
    assert house.engine.current_generation(PREGAME) == 6
    assert set(house.outcomes(PREGAME, 6).values()) == {"complete"}
    again = {cell.removeprefix(f"{PREGAME}.6.") for cell in house.ran}
    assert again & {cell.removeprefix(f"{PREGAME}.1.") for cell in done} == {CELL}


def test_a_run_opens_above_every_fence_it_meets() -> None:
    """Units have fences of their own: the one after the first may be higher."""
    house = House({CELL: refused_below(3), "context.upcoming_team_game_context": refused_below(8)})
    house.request()
    for _ in range(3):
        house.run_all()
        house.engine.sweep()
    house.run_all()
    assert house.engine.current_generation(PREGAME) == 9
    assert set(house.outcomes(PREGAME, 9).values()) == {"complete"}


def test_a_person_may_be_faster_than_the_sweep() -> None:
    """Any request opens above the fence; nothing more is opened after it."""
    house = behind()
    request = RunRequested(request_id="again", kind="pregame", from_date=DAY)
    house.events.publish([message("nba-run-trigger", request)])
    house.run_all()
    house.engine.sweep()
    house.run_all()
    assert house.engine.current_generation(PREGAME) == 6
    assert set(house.outcomes(PREGAME, 6).values()) == {"complete"}


def test_a_run_that_had_settled_is_opened_again() -> None:
    """The refused unit is late: its phase went on without it."""
    house = House()

    def late(job: Job) -> Ended:
        run = house.state.get("runs", PREGAME)
        assert run is not None
        assert house.state.replace("runs", PREGAME, {**run.doc, "state": "settled"}, run.version)
        return refused_below(5)(job)

    house.script["raw.odds_api_game_lines"] = late
    house.request()
    house.run_all()
    house.script.clear()
    house.engine.sweep()
    assert house.engine.current_generation(PREGAME) == 6


def test_a_run_that_is_behind_does_not_settle() -> None:
    """A unit fails the last phases while another waits for the sweep: there would be nothing left to sweep."""
    house = House({"predict.xgboost_v1": refused_below(5), "predict.moving_average": ended("failed", "no rows")})
    house.request()
    house.run_all()
    run = house.state.get("runs", PREGAME)
    assert run is not None
    assert run.doc["state"] == "open"


def test_a_superseded_unit_is_dropped_in_silence() -> None:
    """The run has the newer generation: this is what fences are for."""
    house = House({"scrape.nbac_schedule": refused_below(2)})
    house.engine.open_run(RunRequested(request_id="one", kind="pregame", from_date=DAY))

    def overtaken(job: Job) -> Ended:
        house.engine.open_run(RunRequested(request_id="two", kind="pregame", from_date=DAY))
        raise StaleGeneration(job.event.unit, 2)

    house.script["scrape.nbac_schedule"] = overtaken
    house.handle(asked(unit_event("nbac_schedule")))
    assert alerts(house) == []
    assert house.engine.current_generation(PREGAME) == 2


def test_a_lost_claim_is_given_again_above_the_fence() -> None:
    """The warehouse knows token 7 of the same generation: the redelivery writes under 8, not after seven leases."""
    tokens: list[int] = []

    def fenced(job: Job) -> Ended:
        tokens.append(job.claim.token)
        if job.claim.token < 7:
            raise Fenced(job.event.unit, 7)
        return Ended("ok", hash=job.event.unit)

    house = House({CELL: fenced})
    house.request()
    house.run_all()
    assert tokens == [1, 8]
    assert set(house.outcomes(PREGAME).values()) == {"complete"}


def test_the_alert_closes_with_a_whole_run() -> None:
    """The monitor closes it as it closes that of a failed phase."""
    house = behind()
    for kinds in ({alarms.BEHIND, alarms.SCHEDULE}, {alarms.SCHEDULE}):
        inspect(house.app)
        assert {alert["kind"] for alert in alerts(house)} == kinds
        house.engine.sweep()
        house.run_all()
