"""The expected grid: seven states, from nothing but manifest, documents and the time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from shared.contracts.events import RunRequested
from shared.map.loader import pipeline_map
from shared.protocol.manifest import Manifest, manifest_doc, manifest_of, run_of
from tipoff.operate.grid import GRACE, SEVERITY, RunGrid, day_verdict, open_grid, unopened_grid, worst

MAP = pipeline_map()
DAY = date(2024, 2, 26)
OPENED = datetime(2024, 2, 26, 22, 30, tzinfo=UTC)
Docs = dict[str, dict[str, Any]]


def manifest(kind: str = "pregame") -> Manifest:
    request = RunRequested(request_id="test", kind=kind, from_date=DAY, to_date=DAY)
    identity = run_of(request, MAP, OPENED)
    return manifest_of(identity[0], 1, manifest_doc(request, MAP, identity, 1, OPENED))


def done(outcome: str = "ok", reason: str = "", **refused: int) -> dict[str, Any]:
    return {"outcome": outcome, "reason": reason, "expected": 3, "found": 3, "refused": refused}


def ruled(outcome: str, reason: str = "because", upstream: str = "complete") -> dict[str, Any]:
    settled_at = OPENED.isoformat()
    return {"outcome": outcome, "reason": reason, "upstream": upstream, "settled_at": settled_at}


def all_done(plan: Manifest, *phases: str) -> tuple[Docs, Docs]:
    """Completions and verdicts of phases that went well; of all phases when none is named."""
    chosen = phases or tuple(plan.phases)
    completions = {f"{plan.id}.{p}.{u}": done() for p in chosen for u in plan.phases[p].units}
    return completions, {f"{plan.id}.{p}": ruled("complete") for p in chosen}


def grid(plan: Manifest, completions: Docs, verdicts: Docs, minutes: float = 1) -> RunGrid:
    return open_grid(MAP, plan, completions, verdicts, OPENED + timedelta(minutes=minutes))


def state_of(run_grid: RunGrid, phase: str) -> str:
    return next(p.state for p in run_grid.phases if p.phase == phase)


def test_a_run_just_opened_runs_its_first_phase_and_owes_the_rest() -> None:
    """Asked and inside the deadline is running; a phase behind another is not due; nothing is late."""
    run_grid = grid(manifest(), {}, {})
    assert run_grid.state == "running"
    assert [p.state for p in run_grid.phases] == ["running", *["not_due"] * (len(run_grid.phases) - 1)]
    first = run_grid.phases[0]
    assert (first.completed, first.expected) == (0, 5)
    assert first.missing == MAP.runs["pregame"].phases["scrape"].units
    assert first.awaited_until == OPENED + timedelta(minutes=10)
    assert run_grid.phases[1].why == "starts after scrape"


def test_whole_means_every_phase_complete() -> None:
    """With every completion and verdict there the run is complete, and no phase is awaited any more."""
    plan = manifest()
    run_grid = grid(plan, *all_done(plan), minutes=600)
    assert run_grid.state == "complete"
    assert run_grid.completed == run_grid.expected == sum(len(p.units) for p in plan.phases.values())
    assert all(p.awaited_until is None for p in run_grid.phases)


@pytest.mark.parametrize("phase", list(manifest().phases))
def test_taking_any_verdict_away_makes_it_not_whole(phase: str) -> None:
    """No phase can be missing unnoticed: without its verdict, past its deadline, the run is late."""
    plan = manifest()
    completions, verdicts = all_done(plan)
    del verdicts[f"{plan.id}.{phase}"]
    run_grid = grid(plan, completions, verdicts, minutes=600)
    assert run_grid.state == "late"
    assert state_of(run_grid, phase) == "late"


def test_a_phase_past_its_deadline_without_a_verdict_is_late_and_names_what_is_missing() -> None:
    """Late is said of the phase by name of the units, from the very instant of its deadline."""
    plan = manifest()
    completions, _ = all_done(plan, "scrape")
    del completions[f"{plan.id}.scrape.odds_api_game_lines"]
    assert state_of(grid(plan, completions, {}, minutes=9.99), "scrape") == "running"
    late = grid(plan, completions, {}, minutes=10)
    assert late.state == "late"
    assert late.why == "scrape: past its deadline without odds_api_game_lines"
    assert (late.phases[0].completed, late.phases[0].expected) == (4, 5)


@pytest.mark.parametrize(
    ("outcome", "state", "exit_code"),
    [("degraded", "degraded", 4), ("failed", "failed", 5), ("expired", "failed", 5), ("no_games", "no_games", 0)],
)
def test_each_outcome_has_its_state_and_exit_code(outcome: str, state: str, exit_code: int) -> None:
    """A verdict decides its phase's state, the run's, and the exit code; expired counts as failed."""
    plan = manifest()
    completions, verdicts = all_done(plan)
    verdicts[f"{plan.id}.scrape"] = ruled(outcome, "went on without odds_api_game_lines")
    run_grid = grid(plan, completions, verdicts, minutes=600)
    assert (run_grid.state, state_of(run_grid, "scrape")) == (state, state)
    assert run_grid.why == "scrape: went on without odds_api_game_lines"
    assert day_verdict("2024-02-26", [run_grid]).exit_code == exit_code


def test_a_phase_after_one_that_went_on_degraded_runs() -> None:
    """Degraded goes on: the next phase is asked for, and running until its own deadline."""
    plan = manifest()
    run_grid = grid(plan, {}, {f"{plan.id}.scrape": ruled("degraded", upstream="degraded")}, minutes=11)
    assert state_of(run_grid, "reference") == "running"
    assert state_of(run_grid, "raw") == "not_due"


def test_a_phase_asked_for_late_is_not_late_before_its_own_minutes_are_over() -> None:
    """Fifteen-minute sweeps: scrape was ruled on after the deadline of reference, which has ten minutes from then."""
    plan = manifest()
    verdict = {**ruled("degraded", upstream="degraded"), "settled_at": (OPENED + timedelta(minutes=15)).isoformat()}
    verdicts = {f"{plan.id}.scrape": verdict}
    running = grid(plan, {}, verdicts, minutes=24.9)
    assert state_of(running, "reference") == "running"
    assert state_of(running, "raw") == "not_due"
    assert running.phases[1].awaited_until == OPENED + timedelta(minutes=25)
    assert state_of(grid(plan, {}, verdicts, minutes=25), "reference") == "late"


def test_failed_units_are_named_and_never_counted() -> None:
    """Completed counts successes only; stated emptiness is one; a failed unit is listed by name."""
    plan = manifest()
    completions = {
        f"{plan.id}.scrape.nbac_schedule": done(),
        f"{plan.id}.scrape.nbac_player_list": done("no_source", "no such feed"),
        f"{plan.id}.scrape.nbac_injury_report": done("failed", "404"),
    }
    phase = grid(plan, completions, {}).phases[0]
    assert (phase.completed, phase.expected) == (2, 5)
    assert phase.failed == ("nbac_injury_report",)
    assert phase.missing == ("odds_api_player_points_props", "odds_api_game_lines")
    assert phase.notes == ("nbac_player_list: no such feed",)
    assert [c.is_critical for c in phase.cells] == [True, False, False, False, False]


def test_other_generations_do_not_count() -> None:
    """Documents of an older generation are not this one's."""
    plan = manifest()
    completions = {k.replace(".1.", ".0."): v for k, v in all_done(plan)[0].items()}
    assert grid(plan, completions, {}).completed == 0


def test_a_manifest_older_than_the_map_is_still_shown() -> None:
    """A phase that the map no longer has is listed as such, with its units."""
    plan = manifest()
    plan.phases["gone"] = plan.phases.pop("ensemble")
    run_grid = grid(plan, {}, {})
    assert run_grid.phases[-1].function == "not in the map"
    assert run_grid.phases[-1].expected == len(plan.phases["gone"].units)


def test_an_unopened_run_is_not_due_until_its_schedule_has_passed() -> None:
    """Silence is not due before the tick and its grace, and late afterwards; every unit is expected throughout."""
    due = datetime(2024, 2, 26, 15, tzinfo=UTC)
    before = unopened_grid(MAP, "pregame", DAY, due, due + GRACE)
    after = unopened_grid(MAP, "pregame", DAY, due, due + GRACE + timedelta(seconds=1))
    assert (before.state, after.state) == ("not_due", "late")
    assert after.expected == sum(len(p.units) for p in MAP.runs["pregame"].phases.values())
    assert day_verdict("2024-02-26", [after]).exit_code == 4


def test_the_worst_state_is_the_days() -> None:
    """A day is as good as its worst run, whatever the order; failed outweighs all."""
    for better, worse in pairwise(SEVERITY):
        if (better, worse) != ("no_games", "complete"):
            assert worst([better, worse]) == worst([worse, better]) == worse
    assert worst(["complete", "no_games"]) == "no_games"


def test_the_one_line_says_what_is_awaited() -> None:
    """Whole so far, no games, and not whole each read differently."""
    plan = manifest()
    whole = grid(plan, *all_done(plan))
    later = unopened_grid(MAP, "postgame", DAY, OPENED + timedelta(hours=12), OPENED)
    assert day_verdict("D", [whole, later]).sentence == "D is whole so far: pregame complete, postgame is not due yet"
    none = grid(plan, {}, {f"{plan.id}.{p}": ruled("no_games") for p in plan.phases})
    assert day_verdict("D", [none, later]).sentence == "D is whole: no games"
    running = day_verdict("D", [grid(plan, {}, {}), later])
    assert running.sentence.startswith("D is not whole because pregame is running: scrape: waiting for nbac_schedule")
    assert running.exit_code == 3
