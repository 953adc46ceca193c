"""Properties of the fan-in and lease rules that mutation testing showed to be untested."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta

import pytest

from shared.rules.fanin import PhasePlan, Result, Ruling, judge, stands
from shared.rules.leases import Claim

NOW = datetime(2024, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (PhasePlan(("a",), None, NOW), "units"),
        (Result("ok"), "outcome"),
        (Ruling("complete", ""), "outcome"),
        (Claim("w", 1, NOW), "token"),
    ],
)
def test_values_of_the_rules_never_change(value, field):
    """A plan, a result, a ruling and a claim cannot be changed."""
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)


def test_a_complete_phase_says_why():
    """The reason of a complete phase is a sentence, too."""
    assert judge(PhasePlan(("a",), None, NOW), {"a": Result("ok")}, NOW) == Ruling("complete", "every unit succeeded")


@pytest.mark.parametrize("outcome", ["complete", "degraded", "no_games"])
def test_a_generation_stands_when_its_phases_went_on_or_had_nothing_to_do(outcome):
    """These outcomes need no repair, however late it is."""
    assert stands({"p": PhasePlan(("a",), None, NOW)}, {"p": outcome}, NOW + timedelta(days=1)) is True


@pytest.mark.parametrize("outcome", ["failed", "expired"])
def test_a_generation_with_a_phase_that_did_not_go_on_does_not_stand(outcome):
    """One such phase is enough, even before its deadline."""
    plans = {"p": PhasePlan(("a",), None, NOW), "q": PhasePlan(("b",), None, NOW)}
    assert stands(plans, {"p": "complete", "q": outcome}, NOW - timedelta(days=1)) is False


def test_a_generation_stands_while_its_phases_have_time():
    """A phase without a verdict stands until its deadline, and not at it."""
    plans = {"p": PhasePlan(("a",), None, NOW)}
    assert stands(plans, {}, NOW - timedelta(microseconds=1)) is True
    assert stands(plans, {}, NOW) is False


def test_a_phase_has_its_share_from_the_verdict_before():
    """The later one of its deadline and so many minutes after it was asked for; the first phase has its deadline."""
    plan = PhasePlan(("a",), None, NOW, share_min=10)
    assert plan.asked_for(None) == plan
    assert plan.asked_for(NOW - timedelta(minutes=11)) == plan
    assert plan.asked_for(NOW - timedelta(minutes=9)).deadline_at == NOW + timedelta(minutes=1)
    assert PhasePlan(("a",), None, NOW).asked_for(NOW + timedelta(hours=1)).deadline_at == NOW + timedelta(hours=1)


def test_every_unit_and_every_gap_is_listed():
    """Units are set apart by commas, gaps by semicolons, as a person reads them."""
    late = PhasePlan(("a", "b", "c"), ("c",), NOW)
    expired = judge(PhasePlan(("a", "b"), None, NOW), {}, NOW)
    assert expired == Ruling("expired", "deadline passed without a, b", ("a", "b"))
    part = Result("partial", "SAC at LAL: not there")
    assert judge(late, {"c": part}, NOW) == Ruling(
        "degraded",
        "deadline passed, went on without a, b; went on with part of c: SAC at LAL: not there",
        ("a", "b"),
        (),
        ("c",),
    )
