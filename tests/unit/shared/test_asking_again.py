"""What a run misses is asked for again by itself: only that, at its times, until it is there or given up."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.coverage_monitor import core
from shared.contracts.events import RunRequested, SweepRequested, message
from shared.contracts.work import Missing
from shared.protocol import asking
from shared.settings import Settings
from shared.work.gaps import dated
from shared.work.job import Ended, Job
from shared.work.monitor import MonitorStep
from tests.support.scripted_engine import DAY, POSTGAME, House, ended

FEED = "nbac_gamebook_player_stats"
GAME = "SAC at LAL (0022400001)"
SWEEP_MIN = 15


def misses(*entities: str, digest: str = "part") -> Any:
    """A unit that misses these entities."""

    def behave(job: Job) -> Ended:
        missing = dated(job, [Missing(e, "HTTP 403") for e in entities])
        return Ended("partial", "part", hash=digest, evidence={"missing": [m.doc() for m in missing]})

    return behave


class Asking(House):
    """A house swept every 15 minutes, whose monitor inspects, and whose box scores miss a game."""

    def __init__(self, *entities: str) -> None:
        super().__init__({f"{phase}.{FEED}": misses(*entities or (GAME,)) for phase in ("scrape", "raw")})

    def step(self, function: str) -> Any:
        return MonitorStep(function, core, inspects=True) if function == "coverage_monitor" else super().step(function)

    def pass_time(self, minutes: int) -> None:
        """Let the sweeps of so many minutes happen."""
        for _ in range(minutes // SWEEP_MIN):
            self.wait(minutes=SWEEP_MIN)
            self.events.publish([message("nba-coverage-sweep", SweepRequested(at=self.clock.now()))])
            self.run_due()

    def start(self) -> "Asking":
        self.request("postgame")
        self.run_due()
        return self

    @property
    def generation(self) -> int:
        return self.engine.current_generation(POSTGAME)

    def alerts(self) -> list[str]:
        return [s.doc["sentence"] for s in self.state.find("alerts", "open") if s.doc["kind"] == "missing"]

    def notes(self) -> list[str]:
        """The notes of current generations; a sweep drops those of others."""
        notes = [s for state in ("missing", "given_up") for s in self.state.find("waiting", state)]
        return [s.id for s in notes if s.doc["generation"] == self.generation]


def test_only_the_feed_that_misses_something_is_done_again() -> None:
    """Fifteen minutes later; it still misses the game, so that every other cell is carried over and it asks later."""
    house = Asking().start()
    first = {p: d["outcome"] for p, d in house.verdicts(POSTGAME).items()}
    assert first["scrape"] == first["raw"] == "degraded"
    house.ran.clear()
    house.pass_time(15)
    assert house.generation == 2
    assert [r.removeprefix(f"{POSTGAME}.2.") for r in house.ran] == [f"scrape.{FEED}", f"raw.{FEED}"]
    assert {p: d["outcome"] for p, d in house.verdicts(POSTGAME, 2).items()} == first
    assert house.engine.manifest(POSTGAME, 2).as_of == house.engine.manifest(POSTGAME, 1).as_of
    assert house.notes() == [f"{POSTGAME}.2.missing"]


def test_asking_comes_to_an_end_and_a_person_is_told_once() -> None:
    """At 15, 45, 105, 225, 345 and 360 minutes; then one alert, and no further generation."""
    house = Asking().start()
    house.pass_time(345)
    assert (house.generation, house.alerts()) == (6, [])
    house.pass_time(15)
    assert house.generation == 7
    for _ in range(3):
        house.pass_time(60)
        assert house.alerts() == [f"{GAME}: box score not there since 12:00 ET (HTTP 403), not asked again"]
    assert house.generation == 7
    assert house.quarantined() == []


def test_what_arrives_late_goes_through_everything_that_reads_it() -> None:
    """New bytes, new rows: the cells that depend on them run again, and the run is whole."""
    house = Asking().start()
    house.script = {f"{phase}.{FEED}": ended("ok", digest="whole") for phase in ("scrape", "raw")}
    house.ran.clear()
    house.pass_time(30)
    ran = {r.removeprefix(f"{POSTGAME}.2.") for r in house.ran}
    assert {f"raw.{FEED}", "team.team_offense_game_summary", "grade.prediction_accuracy"} <= ran
    assert "scrape.nbac_schedule" not in ran
    assert set(house.outcomes(POSTGAME, 2).values()) == {"complete"}
    house.pass_time(600)
    assert (house.generation, house.notes(), house.alerts()) == (2, [], [])


def test_an_alert_closes_when_a_person_has_brought_it_in() -> None:
    """Given up, then repaired by a command: the alert's cause is gone."""
    house = Asking().start()
    house.pass_time(400)
    assert len(house.alerts()) == 1
    house.script.clear()
    house.request("postgame", "operator")
    house.run_due()
    house.pass_time(15)
    assert (house.alerts(), house.notes()) == ([], [])


def test_entities_that_are_of_no_use_later_are_given_up_earlier() -> None:
    """One entity's time is over, the other is still asked for: only the first is reported."""
    house = Asking()
    late = house.clock.now() + timedelta(minutes=10)

    def behave(job: Job) -> Ended:
        missing = dated(job, [Missing(GAME, "HTTP 403"), Missing("NYK at BOS", "HTTP 404", late)])
        return Ended("partial", "part", hash="part", evidence={"missing": [m.doc() for m in missing]})

    house.script = {f"{phase}.{FEED}": behave for phase in ("scrape", "raw")}
    house.start()
    house.pass_time(30)
    assert house.alerts() == ["NYK at BOS: box score not there since 12:00 ET (HTTP 404), not asked again"]
    assert house.notes() == [f"{POSTGAME}.2.missing"]


def test_a_newer_generation_asks_in_place_of_the_older_one() -> None:
    """The request for the older one comes too late: it opens nothing, and nothing is quarantined."""
    house = Asking().start()
    house.wait(minutes=15)
    house.engine.sweep()
    asked = [m for m in house.events.published if "missing-1" in m.id]
    assert len(asked) == 1
    house.engine.open_run(RunRequested(request_id="tick", kind="postgame", from_date=DAY))
    house.run_due()
    assert (house.generation, house.engine.manifest(POSTGAME, 2).missing_only) == (2, False)
    house.pass_time(30)
    assert house.generation == 3, "it has asked for what it misses itself"
    assert house.engine.manifest(POSTGAME, 3).base == 2
    assert house.quarantined() == []


def test_the_later_schedule_leaves_a_run_alone_that_asks_itself() -> None:
    """`not_whole` opens nothing while what is missing is asked for, and a generation once it was given up."""
    house = Asking().start()
    for number, (minutes, generation) in enumerate([(0, 1), (15, 2), (390, 8)]):
        house.pass_time(minutes)
        request = RunRequested(request_id=f"retry-{number}", kind="postgame", from_date=DAY, only_if="not_whole")
        house.engine.open_run(request)
        assert house.generation == generation


def test_a_folder_is_not_asked_again() -> None:
    """It does not change by itself: what it lacks is said at once."""
    house = Asking()
    house.app = replace(house.app, settings=Settings(source="history", data=Path("folder")))
    house.start()
    house.pass_time(15)
    assert house.generation == 1
    assert house.alerts() == [f"{GAME}: box score not there since 12:00 ET (HTTP 403), not asked again"]


def test_a_process_that_dies_before_its_note_leaves_the_run_open() -> None:
    """The sweep closes it, with the note: nothing that is missing is forgotten."""

    def die(name: str) -> None:
        if name == "missing.note":
            raise SystemExit

    house = Asking()
    house.engine.point = die
    house.request("postgame")
    with pytest.raises(SystemExit):
        house.run_due()
    assert house.notes() == []
    house.engine.point = lambda _: None
    house.engine.sweep()
    assert house.notes() == [f"{POSTGAME}.1.missing"]


def test_what_the_map_lacks_now_is_not_asked_for() -> None:
    """A note of an older map: its kind of run, or its unit, is gone. No sweep fails on it."""
    house = Asking().start()
    (noted,) = house.state.find("waiting", "missing")
    manifest, later = house.engine.manifest(POSTGAME, 1), house.clock.now() + timedelta(hours=1)
    scrape = house.map.functions["scrape"]
    shrunk = replace(scrape, units={k: u for k, u in scrape.units.items() if k != FEED})
    for pipeline in (
        replace(house.map, runs={}),
        replace(house.map, functions={**house.map.functions, "scrape": shrunk, "process_raw": shrunk}),
    ):
        assert asking.request(pipeline, manifest, noted.doc, later) is None
    assert asking.request(house.map, manifest, noted.doc, later) is not None
