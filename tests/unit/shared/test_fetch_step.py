"""One answer of many: what came is kept, what did not is named, and only an outage or a needed answer fails the unit."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from shared.contracts.events import UnitRequested
from shared.contracts.work import Request, Work
from shared.errors import ContractError, CreditsUsedUp, NotThereYet, SourceUnavailable
from shared.rules.leases import Claim
from shared.work.job import Ended, Job
from shared.work.steps import FetchStep
from tests.support.scripted_engine import NOON, House

GAMES = ("NYK at BOS", "LAL at SAC", "MIA at ORL")


class Core:
    """A feed with a list and one answer per game."""

    def has_feed(self, feed: str, source: str) -> bool:
        del feed, source
        return True

    def plan(self, feed: str, work: Work, source: str) -> Generator[Request, bytes | None, None]:
        del feed, work, source
        yield Request("nba_cdn", "list")
        for game in GAMES:
            yield Request("nba_cdn", f"box/{game[:3]}", entity=game)


@dataclass
class Answers:
    """A body for each path, or the error that is raised there; also the archive that the bodies go to."""

    errors: Mapping[str, Exception]
    asked: list[str] = field(default_factory=list)

    def fetch(self, request: Request) -> bytes:
        self.asked.append(request.path)
        if error := self.errors.get(request.path):
            raise error
        return request.path.encode()

    def put(self, body: bytes) -> str:
        return sha256(body).hexdigest()


def fetched(errors: Mapping[str, Exception]) -> tuple[Ended, Answers]:
    """How the unit ends where these paths fail, and what was asked."""
    house: Any = House()
    run = house.request("postgame")
    house.run_all()
    unit, answers = "nbac_gamebook_player_stats", Answers(errors)
    event = UnitRequested(run_id=run, generation=1, phase="scrape", unit=unit, to="scrape")
    app = replace(house.app, feeds=answers, archive=answers)
    job = Job(event, Claim("w", 1, NOON), house.engine.manifest(run, 1), house.map.unit("scrape", unit), app)
    return FetchStep("scrape", Core()).run(job), answers


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


def test_used_up_credits_end_the_plan() -> None:
    """What came before stands; nothing further is asked, as every answer would cost what is not there."""
    ended, answers = fetched({"box/LAL": CreditsUsedUp("the credits are used up")})
    assert answers.asked == ["list", "box/NYK", "box/LAL"]
    assert (ended.outcome, ended.found) == ("partial", 2)
