"""`tipoff status` tells seven states apart, each reached by a real run through the real handle."""

import pytest

from shared.errors import SourceUnavailable
from tests.support.scripted_engine import DAY, House, ended, raises, settled
from tipoff.local.scheduler import first_due
from tipoff.operate.grid import DayVerdict, RunGrid, day_verdict, open_grid, unopened_grid


def grid(house: House, kind: str = "pregame") -> RunGrid:
    """What status would show of the day's run now."""
    now, run_id = house.clock.now(), f"{DAY}.{kind}"
    generation = house.engine.current_generation(run_id)
    if not generation:
        due_at = first_due(house.map, kind, DAY)
        assert due_at is not None
        return unopened_grid(house.map, kind, DAY, due_at, now)
    manifest = house.engine.manifest(run_id, generation)
    cells = [f"{manifest.id}.{p}.{u}" for p, plan in manifest.phases.items() for u in plan.units]
    verdicts = house.state.get_many("verdicts", [f"{manifest.id}.{p}" for p in manifest.phases])
    return open_grid(house.map, manifest, house.state.get_many("completions", cells), verdicts, now)


def verdict(house: House, kind: str = "pregame") -> DayVerdict:
    return day_verdict(str(DAY), [grid(house, kind)])


def silent(unit: str) -> House:
    """A run in which one unit's source never answers, delivered for the first time."""
    house = House({unit: raises(SourceUnavailable("connection refused"))})
    house.request()
    house.run_due()
    return house


def test_complete() -> None:
    """Every unit succeeded: whole, exit code 0."""
    assert (verdict(settled(House())).state, verdict(settled(House())).exit_code) == ("complete", 0)


def test_no_games() -> None:
    """The schedule lists none: whole too, and said so."""
    answer = verdict(settled(House({"reference.nbac_schedule": ended("no_games")})))
    assert (answer.state, answer.exit_code, answer.sentence) == ("no_games", 0, f"{DAY} is whole: no games")


def test_not_due_yet() -> None:
    """Its schedule has not come; in a run under way, phases that wait for another are not due."""
    assert verdict(House(), "postgame").state == "not_due"
    phases = {p.phase: p.state for p in grid(silent("scrape.nbac_schedule")).phases}
    assert (phases["scrape"], phases["reference"]) == ("running", "not_due")


def test_running() -> None:
    """Asked for and inside the deadline: exit code 3, with what is awaited."""
    answer = verdict(silent("scrape.nbac_schedule"))
    assert (answer.state, answer.exit_code) == ("running", 3)
    assert "waiting for nbac_schedule" in answer.sentence


def test_late() -> None:
    """Past the deadline without a sweep; and a schedule that passed without its run."""
    house = silent("scrape.nbac_schedule")
    house.wait(minutes=11)
    assert (verdict(house).state, verdict(house).exit_code) == ("late", 4)
    never = House()
    never.wait(minutes=24 * 60)
    assert "never opened although its schedule has passed" in verdict(never, "postgame").sentence


@pytest.mark.parametrize(
    ("unit", "state", "code"), [("nbac_schedule", "failed", 5), ("odds_api_game_lines", "degraded", 4)]
)
def test_failed_or_degraded_after_the_deadline(unit: str, state: str, code: int) -> None:
    """The sweep rules: without a critical unit it failed, without another it went on; the sentence names the unit."""
    house = silent(f"scrape.{unit}")
    house.wait(minutes=11)
    house.engine.sweep()
    house.script.clear()
    house.run_due()
    answer = verdict(house)
    assert (answer.state, answer.exit_code) == (state, code)
    assert unit in answer.sentence


def test_failed_at_once() -> None:
    """A unit that fails for good is not waited for."""
    answer = verdict(settled(House({"scrape.nbac_schedule": ended("failed", "cut off")})))
    assert (answer.state, answer.exit_code) == ("failed", 5)
    assert "cut off" in answer.sentence
