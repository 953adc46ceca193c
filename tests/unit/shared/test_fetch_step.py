"""One answer of many: what came is kept, what did not is named, and only an outage or a needed answer fails the unit."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from shared.contracts.events import RunRequested, UnitRequested
from shared.contracts.work import Answer, Artifact, Credits, Missing, Request, Work
from shared.errors import ContractError, CreditsUsedUp, NotThereYet, RequestRefused, SourceUnavailable
from shared.rules.leases import Claim
from shared.work.fetch import FetchStep
from shared.work.gaps import Base, dated
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, NOON, House

UNIT = "nbac_gamebook_player_stats"
GAMES = ("NYK at BOS", "LAL at SAC", "MIA at ORL")
PLAN = (  # a list, and one paid answer per game
    Request("nba_cdn", "list"),
    *(Request("nba_cdn", f"box/{game[:3]}", entity=game, credits=1) for game in GAMES),
)

REPORTS = tuple(Request("nba_reports", f"box/{game[:3]}", entity="18:30", is_optional=True) for game in GAMES[:2])


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

    def get(self, digest: str) -> bytes:
        return digest.encode()


def fetched(
    errors: Mapping[str, Exception], budget: int = 100, plan: Sequence[Request] = PLAN
) -> tuple[Ended, Answers]:
    """How the unit ends where these paths fail and the run has this budget of credits, and what was asked."""
    house: Any = House()
    run = house.request("postgame")
    house.run_all()
    return fetch(house, run, 1, errors, budget, plan)


def fetch(
    house: Any,
    run: str,
    generation: int,
    errors: Mapping[str, Exception],
    budget: int = 100,
    plan: Sequence[Request] = PLAN,
) -> tuple[Ended, Answers]:
    """The unit of this generation, done where these paths fail."""
    answers = Answers(errors)
    event = UnitRequested(run_id=run, generation=generation, phase="scrape", unit=UNIT, to="scrape")
    kinds = {k: replace(kind, credits=budget) for k, kind in house.map.runs.items()}
    app = replace(house.app, feeds=answers, archive=answers, map=replace(house.map, runs=kinds))
    job = Job(event, Claim("w", 1, NOON), house.engine.manifest(run, generation), house.map.unit("scrape", UNIT), app)
    return FetchStep("scrape", Core(plan)).run(job), answers


def asked_again(
    first: Mapping[str, Exception],
    errors: Mapping[str, Exception],
    misses: tuple[str, ...] = (),
    missing_only: bool = True,
) -> tuple[Ended, Answers, Ended]:
    """How the unit ends in a generation that asks only for what is missing, what was asked, and how its base ended.

    Its base had the failures `first`; the rows that were parsed from it miss these games, too.
    """
    house: Any = House()

    def scrape(job: Job) -> Ended:
        return fetch(house, job.event.run_id, 1, first)[0]

    def parse(job: Job) -> Ended:
        missing = dated(job, [Missing(m, "not final") for m in misses])
        return Ended("partial", evidence={"missing": [m.doc() for m in missing]})

    house.script = {f"scrape.{UNIT}": scrape, **({f"raw.{UNIT}": parse} if misses else {})}
    run = house.request("postgame")
    house.run_all()
    request = {"kind": "postgame", "from_date": DAY, "base": 1, "redo": (f"scrape.{UNIT}",)}
    house.engine.open_run(RunRequested(request_id="again", missing_only=missing_only, **request))
    ended, answers = fetch(house, run, 2, errors)
    base = house.state.get("completions", f"{run}.1.scrape.{UNIT}").doc
    return ended, answers, Ended(**{k: base[k] for k in ("outcome", "hash", "evidence")})


DENIED = NotThereYet("HTTP 403, not there yet or throttled")


def test_only_the_missing_game_is_asked_for_again() -> None:
    """All else is taken from the base, with the time it was fetched at; the new answer completes it."""
    ended, answers, base = asked_again({"box/LAL": DENIED}, {})
    assert answers.asked == ["box/LAL"]
    assert (ended.outcome, ended.found, ended.evidence["missing"]) == ("ok", 4, [])
    assert [a["path"] for a in ended.evidence["artifacts"]] == ["list", "box/NYK", "box/LAL", "box/MIA"]
    old = {a["path"]: a for a in base.evidence["artifacts"]}
    assert {a["path"]: a for a in ended.evidence["artifacts"] if a["path"] in old} == old
    assert ended.hash == fetched({})[0].hash


def test_a_game_that_is_missing_still_changes_nothing() -> None:
    """The same hash as its base's, so that nothing that reads it is done again; missing since the first time."""
    ended, answers, base = asked_again({"box/LAL": DENIED}, {"box/LAL": DENIED})
    assert answers.asked == ["box/LAL"]
    assert (ended.outcome, ended.hash) == (base.outcome, base.hash)
    assert ended.evidence["missing"][0]["since"] == base.evidence["missing"][0]["since"]


def test_a_game_that_no_request_was_about_needs_the_list_again() -> None:
    """It was not final when the list was read: the list is asked for again, the other games are not."""
    _, answers, _ = asked_again({}, {}, ("DEN at PHX",))
    assert answers.asked == ["list"]


def test_an_answer_that_was_held_back_is_asked_for_again() -> None:
    """It was there and could not be used; where there is no newer one, it stands."""
    _, answers, base = asked_again({}, {}, ("MIA at ORL",))
    assert answers.asked == ["box/MIA"]
    ended, answers, base = asked_again({}, {"box/MIA": DENIED, "list": DENIED}, ("MIA at ORL", "DEN at PHX"))
    assert answers.asked == ["list", "box/MIA"]
    assert (ended.outcome, ended.hash) == ("ok", base.hash)


def test_a_repair_keeps_what_its_base_has() -> None:
    """It asks for everything; an answer that does not come this time leaves the older one in place, not a gap."""
    ended, answers, base = asked_again({}, {"box/MIA": DENIED}, missing_only=False)
    assert answers.asked == ["list", "box/NYK", "box/LAL", "box/MIA"]
    assert (ended.outcome, ended.hash, ended.evidence["missing"]) == ("ok", base.hash, [])


@pytest.mark.parametrize("down", [["list"], [f"box/{g[:3]}" for g in GAMES]])
def test_a_repair_during_an_outage_comes_again(down: list[str]) -> None:
    """It was asked to see what is new, and saw nothing; a question for what is missing ends with what there was."""
    outage = dict.fromkeys([*down, "box/LAL"], SourceUnavailable("HTTP 503"))
    with pytest.raises(SourceUnavailable):
        asked_again({}, outage, missing_only=False)
    ended, _, base = asked_again({"box/LAL": DENIED}, outage, ("DEN at PHX",))
    assert (ended.outcome, ended.hash) == ("partial", base.hash)


def test_a_slate_of_which_nothing_is_there_yet_names_every_game() -> None:
    """No outage: the site answers that it has none of them. They are asked for again like one."""
    ended, _ = fetched({f"box/{g[:3]}": DENIED for g in GAMES})
    assert (ended.outcome, ended.found) == ("partial", 1)
    assert [m["entity"] for m in ended.evidence["missing"]] == list(GAMES)


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


def test_an_optional_answer_that_is_not_there_is_no_loss() -> None:
    """The plan asked for another one in its place; only what it concludes is missing."""
    ended, answers = fetched({"box/NYK": NotThereYet("HTTP 403")}, plan=REPORTS)
    assert (ended.outcome, answers.asked, ended.evidence["missing"]) == ("ok", ["box/NYK", "box/LAL"], [])


@pytest.mark.parametrize(("missing", "asked"), [("another", []), ("18:30", ["box/NYK", "box/LAL"])])
def test_a_repair_asks_for_optional_answers_only_where_something_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str, asked: list[str]
) -> None:
    """What was not there for a report that is whole stays away, so that the repair changes nothing else."""
    old = REPORTS[1]
    held = Artifact("h", 1, old.site, "f", old.path, NOON, {}, old.entity)
    base = Base({(old.site, old.path, ()): held}, frozenset({missing}), missing_only=True)
    monkeypatch.setattr("shared.work.fetch.base_of", lambda _: base)
    ended, answers = fetched({}, plan=REPORTS)
    assert (answers.asked, ended.evidence["artifacts"][-1]["path"]) == (asked, old.path)
