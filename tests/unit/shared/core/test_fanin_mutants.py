"""What mutation testing found unproved in the fan-in and lease rules."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from shared.core.fanin import Plan, Result, Ruling, judge
from shared.core.leases import Claim

NOW = datetime(2024, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "field"),
    [(Plan(("a",), None, NOW), "units"), (Result("ok"), "outcome"), (Ruling("complete", ""), "outcome"), (Claim("w", 1, NOW), "token")],
)
def test_values_of_the_rules_never_change(value, field):
    """A plan, a result, a ruling and a claim cannot be changed by whoever holds one."""
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, None)


def test_a_complete_phase_says_why():
    """The reason of a complete phase is the sentence people read."""
    assert judge(Plan(("a",), None, NOW), {"a": Result("ok")}, NOW) == Ruling("complete", "every unit succeeded")
