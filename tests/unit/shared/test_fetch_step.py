"""One answer of many: what came is kept, what did not is named, and only an outage or a needed answer fails the unit."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from shared.contracts.events import UnitRequested
from shared.contracts.work import Answer, Credits, Request, Work
from shared.errors import ContractError, CreditsUsedUp, NotThereYet, RequestRefused, SourceUnavailable
from shared.rules.leases import Claim
from shared.work.fetch import FetchStep
from shared.work.job import Ended, Job
from tests.support.scripted_engine import NOON, House

GAMES = ("NYK at BOS", "LAL at SAC", "MIA at ORL")
PLAN = (  # a list, and one paid answer per game
    Request("nba_cdn", "list"),
    *(Request("nba_cdn", f"box/{game[:3]}", entity=game, credits=1) for game in GAMES),
)


@dataclass
class Core:
    """A feed with these requests."""

    requests: Sequence[Request]

    def has_feed(self, feed: str, source: str) -> bool:
        del feed, source
        return True

    def plan(self, feed: str, work: Work, source: str) -> Generator[Request, bytes | None, None]:
        del feed, work, source
        for request in self.requests:  # noqa: UP028 - a tuple cannot be sent the answer
            yield request


@dataclass
class Answers:
    """A body for each path, or the error that is raised there; also the archive that the bodies go to."""

    errors: Mapping[str, Exception]
    asked: list[str] = field(default_factory=list)

    def fetch(self, request: Request) -> Answer:
        self.asked.append(request.path)
        if error := self.errors.get(request.path):
            raise error
        return Answer(request.path.encode(), Credits(request.credits, 500 - len(self.asked)))

    def put(self, body: bytes) -> str:
        return sha256(body).hexdigest()


def fetched(
    errors: Mapping[str, Exception], budget: int = 100, plan: Sequence[Request] = PLAN
) -> tuple[Ended, Answers]:
    """How the unit ends where these paths fail and the run has this budget of credits, and what was asked."""
    house: Any = House()
    run = house.request("postgame")
    house.run_all()
    unit, answers = "nbac_gamebook_player_stats", Answers(errors)
    event = UnitRequested(run_id=run, generation=1, phase="scrape", unit=unit, to="scrape")
    kinds = {k: replace(kind, credits=budget) for k, kind in house.map.runs.items()}
    app = replace(house.app, feeds=answers, archive=answers, map=replace(house.map, runs=kinds))
    job = Job(event, Claim("w", 1, NOON), house.engine.manifest(run, 1), house.map.unit("scrape", unit), app)
    return FetchStep("scrape", Core(plan)).run(job), answers


def test_one_answer_that_is_denied_costs_only_its_game() -> None:
    """The others are archived; the completion names the game and why it is missing."""
    ended, _ = fetched({"box/LAL": NotThereYet("box/LAL: HTTP 403, not there yet or throttled")})
    assert (ended.outcome, ended.expected, ended.found) == ("partial", 4, 3)
    assert [a["path"] for a in ended.evidence["artifacts"]] == ["list", "box/NYK", "box/MIA"]
    (gap,) = ended.evidence["missing"]
    assert (gap["entity"], gap["reason"]) == ("LAL at SAC", "box/LAL: HTTP 403, not there yet or throttled")
    assert (gap["what"], gap["since"]) == ("box score", NOON.isoformat())
    assert gap["ask_at"] == (NOON + timedelta(minutes=15)).isoformat()
    assert ended.reason.startswith("LAL at SAC: ")


def test_an_undisturbed_feed_is_whole() -> None:
    """Nothing is missing, so nothing is said to be."""
    ended, _ = fetched({})
    assert (ended.outcome, ended.found, ended.evidence["missing"]) == ("ok", 4, [])


@pytest.mark.parametrize("error", [SourceUnavailable("HTTP 500"), ContractError("HTTP 401")])
def test_an_answer_that_the_whole_feed_needs_fails_the_unit(error: Exception) -> None:
    """Without the list it is unknown what is missing."""
    with pytest.raises(type(error)):
        fetched({"list": error})


def test_an_outage_is_asked_again_as_a_whole() -> None:
    """No game has an answer, and the site may have them later: the message comes again."""
    with pytest.raises(SourceUnavailable):
        fetched({f"box/{g[:3]}": SourceUnavailable("HTTP 503") for g in GAMES})


def test_settings_that_the_site_refuses_fail_the_unit_unless_it_accepts_them_for_some() -> None:
    """A market that no event has is a mistake in the settings; one that a single event lacks costs that event."""
    refused = RequestRefused("HTTP 422 INVALID_MARKET: change settings.market")
    with pytest.raises(RequestRefused, match=r"change settings\.market"):
        fetched({f"box/{g[:3]}": refused for g in GAMES})
    ended, _ = fetched({"box/LAL": refused})
    assert (ended.outcome, ended.found) == ("partial", 3)


def test_used_up_credits_end_paid_requests() -> None:
    """What came before stands; nothing further that costs is asked, and all of it is missing by name."""
    ended, answers = fetched({"box/LAL": CreditsUsedUp("HTTP 401 OUT_OF_USAGE_CREDITS: quota reached")})
    assert answers.asked == ["list", "box/NYK", "box/LAL"]
    assert (ended.outcome, ended.expected, ended.found) == ("partial", 4, 2)
    assert [m["entity"] for m in ended.evidence["missing"]] == ["LAL at SAC", "MIA at ORL"]
    assert all("OUT_OF_USAGE_CREDITS" in m["reason"] for m in ended.evidence["missing"])
    assert ended.evidence["credits"]["spent"] == 1


def test_the_budget_of_the_run_ends_paid_requests() -> None:
    """The events that it does not cover are missing and say why; what it covered is counted."""
    ended, answers = fetched({}, budget=2)
    assert answers.asked == ["list", "box/NYK", "box/LAL"]
    (missing,) = ended.evidence["missing"]
    assert (missing["entity"], missing["reason"][:35]) == ("MIA at ORL", "not asked: credit budget of 2 spent")
    assert ended.evidence["credits"] == {"budget": 2, "spent": 2, "remaining": 497, "ended": "", "ended_in": 0}


def test_a_feed_that_costs_nothing_says_nothing_of_credits() -> None:
    """The evidence is about what the unit itself asked for."""
    ended, _ = fetched({"list": ContractError("none")}, plan=[Request("nba_cdn", "other")])
    assert (ended.outcome, "credits" in ended.evidence) == ("ok", False)
