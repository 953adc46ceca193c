"""The allow-list holds on what we apply, and refuses each mistake by the rule that is about it."""

import pytest

from tests.infra.mistakes import MISTAKES, Mistake
from tests.infra.policy import State
from tests.infra.policy.foreseen import FILE, findings

MAX_LINES = 400


@pytest.fixture(scope="module")
def whole(applied: State, bootstrap: State) -> State:
    """What stands of both roots."""
    return State([*bootstrap.resources, *applied.resources])


def test_all_that_stands_is_foreseen(whole: State) -> None:
    """No grant, value, size, limit, schedule, filter, alert or condition that the list does not have, and none missing."""
    assert list(findings(whole)) == []


def test_the_list_can_be_read() -> None:
    """It stays under 400 lines."""
    assert len(FILE.read_text("utf-8").splitlines()) < MAX_LINES


@pytest.mark.parametrize(("rule", "what", "make"), MISTAKES, ids=[f"{r}: {w}" for r, w, _ in MISTAKES])
def test_a_mistake_is_refused(rule: str, what: str, make: Mistake, whole: State) -> None:
    """In a state that was good until one thing was changed, the rule that is about it names it."""
    broken = whole.copy()
    make(broken)
    assert rule in {broken_rule for broken_rule, _ in findings(broken)}, what


def test_there_are_forty_mistakes() -> None:
    """Each of another kind, and each rule of the list refuses one at least."""
    assert len({what for _, what, _ in MISTAKES}) == len(MISTAKES) >= 40
