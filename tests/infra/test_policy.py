"""Every rule holds on what we apply, and every rule rejects a state that breaks it: a rule that cannot fail is none."""

from collections.abc import Callable

import pytest

from tests.infra.breaches import BOOTSTRAP_BREACHES, BREACHES
from tests.infra.policy import BOOTSTRAP_RULES, RULES, State

Breach = Callable[[State], object]


@pytest.mark.parametrize("name", sorted(RULES))
def test_rule_holds(name: str, applied: State) -> None:
    """The applied main root breaks no rule."""
    assert list(RULES[name](applied)) == []


@pytest.mark.parametrize("name", sorted(BOOTSTRAP_RULES))
def test_bootstrap_rule_holds(name: str, bootstrap: State) -> None:
    """The applied bootstrap root breaks no rule."""
    assert list(BOOTSTRAP_RULES[name](bootstrap)) == []


def test_every_rule_has_a_breach() -> None:
    """No rule without a state that it must reject."""
    assert {n for n, _, _ in BREACHES} == set(RULES)
    assert {n for n, _, _ in BOOTSTRAP_BREACHES} == set(BOOTSTRAP_RULES)


@pytest.mark.parametrize(("name", "what", "breach"), BREACHES, ids=[f"{n}: {w}" for n, w, _ in BREACHES])
def test_breach_is_found(name: str, what: str, breach: Breach, applied: State) -> None:
    """The rule names something in a state that was good until one thing was changed."""
    broken = applied.copy()
    breach(broken)
    assert list(RULES[name](broken)) != [], what


@pytest.mark.parametrize(
    ("name", "what", "breach"), BOOTSTRAP_BREACHES, ids=[f"{n}: {w}" for n, w, _ in BOOTSTRAP_BREACHES]
)
def test_bootstrap_breach_is_found(name: str, what: str, breach: Breach, bootstrap: State) -> None:
    """The same for the bootstrap root."""
    broken = bootstrap.copy()
    breach(broken)
    assert list(BOOTSTRAP_RULES[name](broken)) != [], what
