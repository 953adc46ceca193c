"""The monitor over real runs: one alert per cause, with a command that exists, closed when the cause is gone."""

import shlex
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from functions.coverage_monitor import core
from shared.contracts.events import RunRequested, SweepRequested, message
from shared.errors import SourceUnavailable, StoreUnavailable
from shared.work.monitor import MonitorStep, inspect
from tests.support.scripted_engine import DAY, PREGAME, House, ended, raises, settled
from tipoff.cli import main


class Watched(House):
    """A house whose monitor inspects after each sweep, and whose graded share the test sets."""

    graded = 1.0

    def step(self, function: str) -> Any:
        if function == "coverage_monitor":
            return MonitorStep(function, core, inspects=True)
        return super().step(function)

    def sweep(self) -> None:
        self.events.publish([message("nba-coverage-sweep", SweepRequested(at=self.clock.now()))])
        self.run_due()

    def alerts(self, state: str = "open", kind: str = "") -> dict[str, str]:
        """Sentences of the alerts by id; silent schedules only with that `kind`."""
        alerts = self.state.find("alerts", state)
        return {
            s.id: s.doc["sentence"] for s in alerts if (s.doc["kind"] == kind if kind else s.doc["kind"] != "schedule")
        }


@dataclass
class Graded:
    """A warehouse with the house's graded share."""

    house: Watched

    def query(self, *_: Any, **__: Any) -> pa.Table:
        return pa.table({"graded": [int(100 * self.house.graded)], "gradable": [100]})


def watched(script: dict[str, Any] | None = None) -> Watched:
    house = Watched(script)
    house.app = replace(house.app, tables=Graded(house))
    return house


def test_a_failure_is_one_alert_and_closes_with_the_repair() -> None:
    """The phases that fail with it raise none of their own, nor does a newer generation that fails the same way."""
    house = watched({"scrape.nbac_schedule": ended("failed", "cut off")})
    settled(house)
    house.sweep()
    assert house.alerts() == {f"{PREGAME}.1.scrape.failed": f"{PREGAME} scrape is failed: nbac_schedule: cut off"}
    house.request(request_id="second")
    house.run_all()
    house.sweep()
    assert list(house.alerts()) == [f"{PREGAME}.1.scrape.failed"]
    house.script.clear()
    house.request(request_id="third")
    house.run_all()
    house.sweep()
    assert house.alerts() == {}
    assert f"{PREGAME}.1.scrape.failed" in house.alerts("closed")


def test_a_failure_on_a_topic_without_the_monitor_is_noticed() -> None:
    """The monitor does not subscribe to the topic of the caches; the inspection after a sweep alerts."""
    house = watched({"caches.player_daily_cache": ended("failed", "no")})
    settled(house, "postgame")
    assert house.alerts() == {}
    house.sweep()
    assert list(house.alerts()) == [f"{DAY}.postgame.1.caches.failed"]


def test_grades_below_the_limit_are_made_again_twice_then_alerted_once() -> None:
    """However many generations operators opened; the alert closes when grades suffice."""
    house = watched()
    house.graded = 0.69
    house.request("postgame", "operator")
    settled(house, "postgame")
    assert house.engine.current_generation(f"{DAY}.postgame") == 4
    assert list(house.alerts()) == [f"{DAY}.postgame.coverage"]
    house.request("postgame", "another")
    house.run_all()
    assert house.engine.current_generation(f"{DAY}.postgame") == 5
    assert len(house.alerts()) == 1
    house.graded = 0.70
    house.request("postgame", "better")
    house.run_all()
    assert house.alerts() == {}


def test_a_schedule_that_never_fired_is_alerted_until_its_run_opens() -> None:
    """Ten minutes after the tick, not before; a run opened since closes the alert."""
    house = watched()
    house.sweep()
    before = house.alerts(kind="schedule")
    assert any("should have asked for 2024-02-25.postgame" in s for s in before.values())
    house.request()
    house.run_due()
    house.wait(minutes=9)
    house.sweep()
    assert not any(PREGAME in i for i in house.alerts(kind="schedule"))
    house.wait(minutes=32)
    house.sweep()
    assert f"schedule.pregame.{PREGAME}" in house.alerts(kind="schedule")
    house.request(request_id="tick")
    house.run_due()
    house.sweep()
    assert not any(PREGAME in i for i in house.alerts(kind="schedule"))


def test_unsent_events_are_alerted_until_they_are_sent() -> None:
    """The queue refuses: the sweep raises, and alerts all the same; when the queue works again the alert closes."""
    house = watched()
    settled(house)
    stored = house.state.get("verdicts", f"{PREGAME}.1.scrape")
    assert stored is not None
    house.state.replace("verdicts", stored.id, {**stored.doc, "state": "unsent"}, stored.version)
    house.wait(seconds=30)

    def refuse(_: str) -> None:
        raise StoreUnavailable("down")

    house.events.fail = refuse
    with pytest.raises(StoreUnavailable):
        house.step("coverage_monitor").watch(SweepRequested(at=house.clock.now()), house.app)
    assert "are unsent for 30 s" in house.alerts()[f"unsent.verdicts.{stored.id}"]
    house.events.fail = lambda _: None
    house.sweep()
    assert house.alerts() == {}


def test_a_stuck_run_is_alerted() -> None:
    """A deadline long past without a verdict: the sweeps do not rule."""
    house = watched({"scrape.nbac_schedule": raises(SourceUnavailable("silent"))})
    house.request()
    house.run_due()
    house.wait(minutes=60)
    inspect(house.app)
    assert "scrape has no verdict since its deadline" in house.alerts()[f"stuck.{PREGAME}.1"]
    house.script.clear()
    house.run_all()
    house.sweep()
    assert not any(i.startswith("stuck") for i in house.alerts())


def test_a_quiet_source_is_alerted_after_three_game_days() -> None:
    """Only for a feed that had rows before."""
    house = watched()
    for number, outcome in enumerate(["ok", "ok", "empty", "empty", "empty"]):
        day = DAY + timedelta(days=number)
        house.script = {
            f"{p}.{u}": ended("ok", digest="x")
            for p in ("scrape", "reference", "raw")
            for u in ("nbac_schedule", "nbac_player_list", "nbac_injury_report", "odds_api_game_lines")
        }
        props = _brought(outcome, 5 if outcome == "ok" else 0)
        house.script |= {f"{p}.odds_api_player_points_props": props for p in ("scrape", "raw")}
        event = RunRequested(request_id=f"day-{number}", kind="pregame", from_date=day)
        house.events.publish([message("nba-run-trigger", event)])
        house.run_all()
        house.sweep()
        quiet = [s for i, s in house.alerts().items() if "odds_api_player_points_props" in i]
        assert len(quiet) == (number == 4)
        house.wait(minutes=24 * 60)
    assert "has brought nothing on 3 game days since 2024-02-28; the last rows are of 2024-02-27" in quiet[0]


def _brought(outcome: str, rows: int) -> Any:
    from shared.work.job import Ended

    return lambda _: Ended(outcome, found=rows, expected=rows, hash=str(rows))


def test_every_command_of_an_alert_exists(tmp_path: Any) -> None:
    """The command line has each alert's command, with its options."""
    house = watched({"scrape.nbac_schedule": ended("failed", "cut off")})
    settled(house)
    house.sweep()
    for stored in house.state.find("alerts", "open"):
        words = shlex.split(stored.doc["command"])
        assert words[0] == "tipoff"
        shown = CliRunner().invoke(main.app, [words[1], "--help"])
        assert shown.exit_code == 0
        for option in (w for w in words if w.startswith("--")):
            assert option in shown.output
