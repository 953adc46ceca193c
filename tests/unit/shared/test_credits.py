"""Credits: what a run spends never passes its budget, however many units spend it and whatever the site answers."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.work import Answer, Credits, Request
from shared.errors import ContractError, CreditsUsedUp, SourceUnavailable, TipoffError
from shared.work.credits import Ledger
from tests.support.twins.memory import MemoryState

RUN = "2024-02-26.pregame.1"


@dataclass
class Site:
    """A site that gives these answers in turn, an error by raising it."""

    answers: Sequence[Credits | TipoffError]
    asked: list[int] = field(default_factory=list)

    def fetch(self, request: Request) -> Answer:
        self.asked.append(request.credits)
        given = self.answers[(len(self.asked) - 1) % len(self.answers)]
        if isinstance(given, TipoffError):
            raise given
        return Answer(b"{}", given)


def ask(ledger: Ledger, site: Site, cost: int) -> str:
    """Ask for one thing; the error, empty without one."""
    try:
        ledger.fetch(site, Request("odds_api", "x", credits=cost))
    except TipoffError as error:
        return str(error)
    return ""


def test_what_the_site_states_counts() -> None:
    """An answer that cost less than expected, or nothing, leaves more; the account's remainder is the last stated."""
    ledger = Ledger(MemoryState(), RUN, 10)
    site = Site([Credits(1, 90), Credits(0, None), Credits(None, None)])
    assert [ask(ledger, site, 3) for _ in range(3)] == ["", "", ""]
    assert ledger.stated() == {"budget": 10, "spent": 4, "remaining": 90, "ended": "", "ended_in": 0}


@pytest.mark.parametrize("error", [SourceUnavailable("HTTP 503"), ContractError("HTTP 404 EVENT_NOT_FOUND")])
def test_an_answer_that_does_not_come_costs_nothing(error: TipoffError) -> None:
    """The reserved credits are given back."""
    ledger = Ledger(MemoryState(), RUN, 10)
    assert ask(ledger, Site([error]), 3) == str(error)
    assert ledger.stated()["spent"] == 0


def test_used_up_credits_end_the_paid_requests_of_every_unit_of_the_run() -> None:
    """The unit that learns of it says so to the others through the state; what is free is still asked for."""
    state = MemoryState()
    first, second = Ledger(state, RUN, 10), Ledger(state, RUN, 10)
    site = Site([CreditsUsedUp("OUT_OF_USAGE_CREDITS"), Credits(0, 0)])
    assert ask(first, site, 1) == "OUT_OF_USAGE_CREDITS"
    assert ask(second, site, 1) == "not asked: OUT_OF_USAGE_CREDITS"
    assert ask(second, site, 0) == ""
    assert (site.asked, second.stated()["remaining"]) == ([1, 0], 0)


def test_a_repair_asks_again_within_what_the_budget_has_left() -> None:
    """Credits may have been bought since; what the run spent before stays spent."""
    state = MemoryState()
    ask(Ledger(state, RUN, 3), Site([Credits(2, 5)]), 2)
    ask(Ledger(state, RUN, 3), Site([CreditsUsedUp("OUT_OF_USAGE_CREDITS")]), 1)
    repair, site = Ledger(state, RUN, 3, generation=2), Site([Credits(1, 900)])
    assert ask(repair, site, 1) == ""
    assert ask(repair, site, 1) == "not asked: credit budget of 3 spent (credits of the run in the map)"
    assert ask(Ledger(state, RUN, 3), site, 1) == "not asked: OUT_OF_USAGE_CREDITS"
    assert (repair.stated()["spent"], repair.stated()["remaining"]) == (3, 900)


@given(
    st.integers(0, 30),
    st.lists(st.integers(0, 12), max_size=12),
    st.lists(
        st.one_of(
            st.builds(Credits, st.one_of(st.none(), st.integers(0, 5))),
            st.sampled_from([SourceUnavailable("s"), ContractError("c")]),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_no_request_is_sent_that_the_budget_does_not_cover(
    budget: int, costs: list[int], answers: list[Credits | TipoffError]
) -> None:
    """Whatever is expected and answered: what is sent was covered when it was sent, and the rest is refused by name."""
    ledger, site, before = Ledger(MemoryState(), RUN, budget), Site(answers), 0
    for cost in costs:
        sent, error = len(site.asked), ask(ledger, site, cost)
        was_sent = len(site.asked) > sent
        assert was_sent == (cost == 0 or before + cost <= budget)
        assert was_sent or error.startswith(f"not asked: credit budget of {budget} spent")
        before = ledger.stated()["spent"]


def test_units_that_ask_at_the_same_time_share_one_budget() -> None:
    """Eight threads with a ledger each send exactly as many requests as the budget covers."""
    state, site = MemoryState(), Site([Credits(1, None)])

    def many(_: int) -> None:
        ledger = Ledger(state, RUN, 50)
        for _ in range(20):
            ask(ledger, site, 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(many, range(8)))
    assert len(site.asked) == Ledger(state, RUN, 50).stated()["spent"] == 50
