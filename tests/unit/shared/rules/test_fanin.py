"""The rule on a phase: it depends on the results by unit name, not on their number or order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.rules.fanin import FEW, GOES_ON, SUCCESS, PhasePlan, Result, Ruling, inherited, judge, upstream, witness

DEADLINE = datetime(2024, 2, 26, 18, tzinfo=UTC)
BEFORE, AFTER = DEADLINE - timedelta(seconds=1), DEADLINE
UNITS = ("a", "b", "c", "d")
OUTCOMES = (*sorted(SUCCESS), "failed", "blocked", "no_games")

plans = st.builds(
    PhasePlan,
    units=st.just(UNITS),
    critical=st.none() | st.lists(st.sampled_from(UNITS), unique=True).map(tuple),
    deadline_at=st.just(DEADLINE),
)
results = st.dictionaries(
    st.sampled_from((*UNITS, "stranger")), st.builds(Result, st.sampled_from(OUTCOMES), st.sampled_from(("", "why")))
)
moments = st.sampled_from((BEFORE, AFTER))
plain = st.dictionaries(
    st.sampled_from(UNITS), st.builds(Result, st.sampled_from(("ok", "empty", "no_source", "failed")))
)


def _plan(critical: tuple[str, ...] | None = None) -> PhasePlan:
    return PhasePlan(UNITS, critical, DEADLINE)


def _came(**outcomes: str) -> dict[str, Result]:
    return {unit: Result(outcome) for unit, outcome in outcomes.items()}


@given(plan=plans, came=results)
def test_after_the_deadline_there_is_always_a_ruling(plan: PhasePlan, came: dict[str, Result]) -> None:
    """From the deadline on no phase waits, whatever results exist."""
    ruling = judge(plan, came, AFTER)
    assert ruling is not None
    assert ruling.reason


@given(plan=plans, came=results, now=moments)
def test_results_of_unknown_units_change_nothing(plan: PhasePlan, came: dict[str, Result], now: datetime) -> None:
    """A unit that the plan does not name neither completes nor fails a phase."""
    known = {u: r for u, r in came.items() if u != "stranger"}
    assert judge(plan, came, now) == judge(plan, known, now)


@given(plan=plans, came=results, now=moments, seed=st.randoms())
def test_the_order_of_arrival_changes_nothing(
    plan: PhasePlan, came: dict[str, Result], now: datetime, seed: object
) -> None:
    """The ruling depends on the results, not on the order in which they arrived."""
    shuffled = list(came.items())
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(plan, dict(shuffled), now) == judge(plan, came, now)


@given(plan=plans, came=plain)
def test_complete_means_every_unit_succeeded(plan: PhasePlan, came: dict[str, Result]) -> None:
    """Complete exactly when no unit is missing and none failed; then nothing is listed as missing or failed."""
    ruling = judge(plan, came, AFTER)
    assert ruling is not None
    whole = set(came) == set(UNITS) and all(r.outcome in SUCCESS for r in came.values())
    assert (ruling.outcome == "complete") == whole
    assert bool(ruling.missing or ruling.failed) != whole


@given(plan=plans, came=plain, now=moments)
def test_going_on_needs_every_required_unit(plan: PhasePlan, came: dict[str, Result], now: datetime) -> None:
    """A phase goes on only when all of its critical set, or all units where there is none, succeeded."""
    ruling = judge(plan, came, now)
    required = UNITS if plan.critical is None else plan.critical
    there = all(u in came and came[u].outcome in SUCCESS for u in required)
    if ruling is not None and ruling.outcome in GOES_ON:
        assert there
    if now >= DEADLINE:
        assert (ruling is not None and ruling.outcome in GOES_ON) == there


@given(plan=plans, came=plain)
def test_before_the_deadline_only_certainty_is_ruled_on(plan: PhasePlan, came: dict[str, Result]) -> None:
    """Early rulings are those that no later result could change: all results exist, or a required unit failed."""
    ruling = judge(plan, came, BEFORE)
    required = UNITS if plan.critical is None else plan.critical
    lost = any(u in came and came[u].outcome == "failed" for u in required)
    assert (ruling is None) == (set(came) != set(UNITS) and not lost)


@given(plan=plans, came=plain)
def test_missing_and_failed_are_the_evidence(plan: PhasePlan, came: dict[str, Result]) -> None:
    """A ruling lists exactly the units without a result and those that failed, in the plan's order."""
    ruling = judge(plan, came, AFTER)
    assert ruling is not None
    assert ruling.missing == tuple(u for u in UNITS if u not in came)
    assert ruling.failed == tuple(u for u in UNITS if u in came and came[u].outcome == "failed")


@given(plan=plans, came=results, ended=st.sampled_from(UNITS), outcome=st.sampled_from(sorted(SUCCESS)))
def test_without_its_witness_a_success_settles_nothing(
    plan: PhasePlan, came: dict[str, Result], ended: str, outcome: str
) -> None:
    """A ruling that is possible without the witness was possible before this unit ended; other messages make it."""
    missing = witness(plan, ended, outcome, BEFORE)
    if missing is not None:
        before = {u: r for u, r in came.items() if u not in (ended, missing)}
        ruled = [judge(plan, found, BEFORE) for found in (before, {**before, ended: Result(outcome)})]
        assert len({r and r.outcome for r in ruled}) == 1


@pytest.mark.parametrize(
    ("units", "ended", "outcome", "now", "found"),
    [
        (UNITS, "a", "ok", BEFORE, "d"),
        (UNITS, "c", "empty", BEFORE, "d"),
        (UNITS, "b", "no_source", BEFORE, "d"),
        (UNITS[: FEW + 1], "a", "ok", BEFORE, "c"),
        (UNITS[:FEW], "a", "ok", BEFORE, None),
        (UNITS, "d", "ok", BEFORE, None),
        (UNITS, "a", "failed", BEFORE, None),
        (UNITS, "a", "no_games", BEFORE, None),
        (UNITS, "a", "ok", AFTER, None),
    ],
    ids=["many", "empty", "no source", "just many", "few", "the last itself", "failed", "no games", "due"],
)
def test_which_units_read_the_witness_before_all_results(
    units: tuple[str, ...], ended: str, outcome: str, now: datetime, found: str | None
) -> None:
    """Only units that succeeded, of a phase of many, before the deadline; the unit requested last is the witness."""
    assert witness(PhasePlan(units, None, DEADLINE), ended, outcome, now) == found


@pytest.mark.parametrize(
    ("critical", "came", "now", "outcome"),
    [
        (None, _came(a="ok", b="ok", c="ok", d="no_source"), BEFORE, "complete"),
        (None, _came(a="ok", b="ok", c="ok", d="failed"), BEFORE, "failed"),
        (None, _came(a="ok", b="ok", c="ok"), AFTER, "expired"),
        (("a",), _came(a="ok", b="failed", c="ok", d="ok"), BEFORE, "degraded"),
        (("a",), _came(a="ok", b="failed"), AFTER, "degraded"),
        (("a",), _came(b="ok", c="ok", d="ok"), AFTER, "expired"),
        (("a",), _came(a="failed"), BEFORE, "failed"),
        ((), {}, AFTER, "degraded"),
        (None, _came(a="no_games"), BEFORE, "no_games"),
        (None, _came(d="blocked"), BEFORE, "failed"),
    ],
)
def test_each_outcome(critical: tuple[str, ...] | None, came: dict[str, Result], now: datetime, outcome: str) -> None:
    """One example of every way a phase can end."""
    ruling = judge(_plan(critical), came, now)
    assert ruling is not None
    assert ruling.outcome == outcome


def test_the_reason_names_units_and_their_reasons() -> None:
    """A sentence with the units and the reason of each."""
    failed = judge(_plan(), {"a": Result("failed", "no answer"), "b": Result("failed")}, BEFORE)
    assert failed == Ruling("failed", "a: no answer; b", ("c", "d"), ("a", "b"))
    blocked = judge(_plan(), {"b": Result("blocked", "coverage 40 %")}, BEFORE)
    assert blocked == Ruling("failed", "b: coverage 40 %", failed=("b",))
    late = judge(_plan(("a",)), _came(a="ok", b="ok"), AFTER)
    assert late == Ruling("degraded", "deadline passed, went on without c, d", ("c", "d"))
    without_reason = judge(_plan(), _came(a="no_games"), BEFORE)
    assert without_reason == Ruling("no_games", "no games in the window")


def test_what_follows_a_phase_that_stopped() -> None:
    """After complete and degraded the next phase starts; after no_games it is no_games too; else it failed, blocked."""
    assert inherited("complete", "raw") is None
    assert inherited("degraded", "raw") is None
    assert inherited("no_games", "raw") == Ruling("no_games", "no games in the window")
    for outcome in ("failed", "expired"):
        assert inherited(outcome, "raw") == Ruling("failed", f"blocked: raw is {outcome}")


@given(outcomes=st.lists(st.sampled_from(("complete", "degraded")), min_size=1))
def test_degraded_sticks(outcomes: list[str]) -> None:
    """Once a phase went on degraded, the units of every later phase get `degraded`."""
    told = "complete"
    for outcome in outcomes:
        told = upstream(told, outcome)
    assert told == ("degraded" if "degraded" in outcomes else "complete")


def test_a_unit_with_part_of_its_entities_degrades_its_phase_and_says_which() -> None:
    """It is a success: what follows goes on; the ruling names the unit and what it lacks."""
    plan = PhasePlan(UNITS, None, DEADLINE)
    came = {u: Result("ok") for u in UNITS} | {UNITS[0]: Result("partial", "LAL at SAC: HTTP 403")}
    ruling = judge(plan, came, BEFORE)
    assert ruling == Ruling("degraded", f"went on with part of {UNITS[0]}: LAL at SAC: HTTP 403", partial=(UNITS[0],))
