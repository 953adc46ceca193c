"""A document that cannot be handled costs only itself: not the deadlines of others, and nothing of another map."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.events import RunRequested, message
from shared.errors import NotDeployed
from shared.map.loader import pipeline_map
from shared.protocol.engine import Engine
from shared.work.monitor import inspect
from tests.support.scripted_engine import DAY, POSTGAME, PREGAME, House, unit_event


def with_runs_of_both_kinds() -> House:
    """Two open runs of one date, a pregame and a postgame one."""
    house = House()
    for kind in ("pregame", "postgame"):
        house.engine.open_run(RunRequested(request_id=kind, kind=kind, from_date=DAY))
    return house


def on_another_map(house: House) -> Engine:
    """An engine on the same stores whose map has no phase `ensemble` of pregame runs."""
    pregame = house.map.runs["pregame"]
    phases = {name: phase for name, phase in pregame.phases.items() if name != "ensemble"}
    runs = {**house.map.runs, "pregame": replace(pregame, phases=phases)}
    return Engine(replace(house.map, hash="another", runs=runs), house.state, house.events, house.clock)


def test_a_run_of_another_map_does_not_stop_the_deadlines_of_others() -> None:
    """It is closed with the reason; the other run expires at its deadline."""
    house = with_runs_of_both_kinds()
    house.wait(minutes=61)
    on_another_map(house).sweep()
    closed = house.state.get("runs", PREGAME)
    assert closed is not None
    assert (closed.doc["state"], closed.doc["reason"]) == (
        "settled",
        "the map has other phases of pregame now: run it again",
    )
    assert house.outcomes(POSTGAME)["scrape"] == "expired"


def test_a_damaged_document_does_not_stop_the_deadlines_of_others() -> None:
    """A waiting entry whose message cannot be read: everything else is swept, then the error is raised with its id."""
    house = with_runs_of_both_kinds()
    house.state.create("waiting", "damaged", {"state": "waiting", "message": {}})
    house.wait(minutes=61)
    with pytest.raises(Exception, match="validation error") as error:
        house.engine.sweep()
    assert error.value.__notes__ == ["while sweeping damaged"]
    assert house.outcomes(POSTGAME)["scrape"] == house.outcomes(PREGAME)["scrape"] == "expired"


def test_a_unit_of_a_newer_map_is_not_claimed() -> None:
    """An instance of the map before it leaves the unit to a newer one: the message comes again, no claim stays."""
    house = with_runs_of_both_kinds()
    with pytest.raises(NotDeployed):
        on_another_map(house).begin(unit_event("ensemble_v1", phase="ensemble", to="predict"), "old instance")
    assert house.engine.begin(unit_event("ensemble_v1", phase="ensemble", to="predict"), "new instance") is not None


def test_a_failed_run_of_an_older_map_does_not_stop_the_inspection() -> None:
    """Settled today, and the map has put one of its phases after one that it does not have: its failure is alerted."""
    house = House()
    older = on_another_map(house)
    older.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    failed = {"outcome": "failed", "reason": "x", "found": 0, "hash": "", "evidence": {}}
    older.complete(unit_event("nbac_schedule"), failed)
    pregame = house.map.runs["pregame"]
    reference = replace(pregame.phases["reference"], after="ensemble")
    runs = {**house.map.runs, "pregame": replace(pregame, phases={**pregame.phases, "reference": reference})}
    newer = replace(house.map, hash="third", runs=runs)
    inspect(replace(house.app, map=newer, engine=Engine(newer, house.state, house.events, house.clock)))
    assert f"{PREGAME}.1.scrape.failed" in {s.id for s in house.state.find("alerts", "open")}


@pytest.mark.parametrize(
    "asked",
    [
        {"day_offset": 10**9},
        {"day_offset": -(10**9)},
        {"day_offset": 10**6},
        {"from_date": date(1, 1, 1)},
        {"from_date": date(9999, 12, 31)},
        {"from_date": DAY, "to_date": date(9999, 12, 31)},
        {"from_date": DAY, "as_of": datetime(1, 1, 1, tzinfo=UTC)},
        {"from_date": DAY, "as_of": datetime(9999, 12, 31, 23, tzinfo=UTC)},
        {"from_date": DAY, "to_date": DAY - timedelta(days=1)},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", pipeline_map().runs)
def test_a_date_outside_the_calendar_is_quarantined(kind: str, asked: dict[str, Any]) -> None:
    """It is no reason to deliver the message again: of days before or after it none could be computed."""
    house = House()
    house.events.publish([message("nba-run-trigger", RunRequested(request_id="r", kind=kind, **asked))])
    house.run_all()
    (reason,) = house.quarantined()
    assert reason.startswith("ContractError: ")
    assert house.queue.counts()["dead"] == 0
    assert house.ran == []


def test_a_run_whose_phase_now_comes_after_another_is_closed() -> None:
    """The map has put a phase between two of the run: nothing will ever ask for the later one."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    older = on_another_map(house)
    stored = older.open_run(RunRequested(request_id="older", kind="pregame", from_date=DAY))
    assert "ensemble" not in stored.phases
    pregame = house.map.runs["pregame"]
    predict = replace(pregame.phases["predict"], after="ensemble")
    runs = {**house.map.runs, "pregame": replace(pregame, phases={**pregame.phases, "predict": predict})}
    Engine(replace(house.map, hash="third", runs=runs), house.state, house.events, house.clock).sweep()
    run = house.state.get("runs", PREGAME)
    assert run is not None
    assert (run.doc["state"], run.doc["reason"]) == ("settled", "the map has other phases of pregame now: run it again")


def failed_alert(run_id: str) -> dict[str, str]:
    """An open alert of a failed phase of the run."""
    return {"state": "open", "kind": "phase", "about": run_id, "sentence": "s", "command": "c"}


def test_what_an_older_map_or_damage_left_does_not_stop_the_inspection() -> None:
    """An alert of a kind of run that is gone, and an open run whose manifest is damaged: the others are alerted."""
    house = with_runs_of_both_kinds()
    gone = "2024-02-20.exhibition"
    manifest = house.state.get("manifests", f"{PREGAME}.1")
    assert manifest is not None
    house.state.create("manifests", f"{gone}.1", {**manifest.doc, "kind": "exhibition"})
    house.state.create("runs", gone, {"generation": 1, "requests": {}, "state": "settled"})
    house.state.create("alerts", f"{gone}.1.a.failed", failed_alert(gone))
    house.state.create("manifests", "damaged.1", {"phases": 3})
    house.state.create("runs", "damaged", {"generation": 1, "requests": {}, "state": "open"})
    house.wait(minutes=300)
    with pytest.raises(Exception, match="validation error") as error:
        inspect(house.app)
    assert error.value.__notes__ == ["while inspecting damaged"]
    stuck = {f"stuck.{PREGAME}.1", f"stuck.{POSTGAME}.1"}
    assert stuck <= {s.id for s in house.state.find("alerts", "open")}
