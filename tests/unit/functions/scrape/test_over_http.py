"""The scrape step over real HTTP: each fault of a server costs what it is about, and the completion says what that is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
import stamina

from functions.scrape import core
from shared.adapters.http_feeds import HttpFeeds
from shared.contracts.events import RunRequested, UnitRequested, message
from shared.errors import RequestRefused, SourceUnavailable
from shared.rules.leases import Claim
from shared.work.fetch import FetchStep
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, NOON, House
from tipoff.sample import Fault, League, SampleServer, serve
from tipoff.sample.odds import event_id

PROPS, LINES, REPORT = "odds_api_player_points_props", "odds_api_game_lines", "nbac_injury_report"
PATIENT_S = 20.0


class Archive:
    """Keeps hashes only."""

    def put(self, body: bytes) -> str:
        return sha256(body).hexdigest()


@dataclass
class Fetching:
    """A pipeline at noon of a date of the sample league, whose server stands for every site."""

    server: SampleServer
    house: House

    def fetch(
        self,
        unit: str,
        kind: str = "pregame",
        last: date = DAY,
        *,
        credits_of_run: int = 40,
        timeout_s: float = PATIENT_S,
    ) -> Ended:
        """How the unit of a run of the dates up to `last`, which is opened now, ends."""
        wanted = RunRequested(request_id="r", kind=kind, from_date=DAY, to_date=last)
        self.house.events.publish([message("nba-run-trigger", wanted)])
        self.house.run_all()
        run = f"{DAY}.{kind}" if last == DAY else f"{DAY}_{last}.{kind}"
        kinds = {k: replace(v, credits=credits_of_run) for k, v in self.house.map.runs.items()}
        app: Any = replace(
            self.house.app,
            map=replace(self.house.map, runs=kinds),
            feeds=HttpFeeds(self.server.base_urls, timeout_s=timeout_s),
            archive=Archive(),
        )
        event = UnitRequested(run_id=run, generation=1, phase="scrape", unit=unit, to="scrape")
        job = Job(
            event, Claim("w", 1, NOON), self.house.engine.manifest(run, 1), self.house.map.unit("scrape", unit), app
        )
        with stamina.set_testing(True, attempts=3 if timeout_s == PATIENT_S else 1):
            return FetchStep("scrape", core).run(job)


@pytest.fixture(scope="module")
def league() -> League:
    league = League(start=DAY - timedelta(days=14))
    assert league.slate(DAY)
    return league


@pytest.fixture
def fetching(league: League) -> Iterator[Fetching]:
    house = House()
    with serve(league, house.clock) as server:
        yield Fetching(server, house)


def entities(ended: Ended) -> list[str]:
    """What is missing."""
    return [m["entity"] for m in ended.evidence["missing"]]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=404, error_code="EVENT_NOT_FOUND"),
        Fault(status=422, error_code="INVALID_MARKET"),
        Fault(status=429, retry_after_s=3600),
        Fault(status=503),
        Fault(body="block_page"),
        Fault(body="text"),
        Fault(body="cut_off"),
        Fault(hang_s=4),
    ],
    ids=lambda fault: fault.error_code or fault.body or str(fault.status),
)
def test_one_event_without_an_answer_costs_its_lines(fetching: Fetching, fault: Fault) -> None:
    """The other events' answers are archived; the event is missing by its teams, with the reason."""
    game = fetching.server.league.slate(DAY)[1]
    fetching.server.faults[event_id(game)] = fault
    ended = fetching.fetch(PROPS, timeout_s=2 if fault.hang_s else PATIENT_S)
    games = len(fetching.server.league.slate(DAY))
    assert (ended.outcome, ended.found, ended.expected) == ("partial", games, games + 1)
    assert len(entities(ended)) == 1
    assert fault.error_code in ended.reason


def test_an_event_that_is_busy_for_a_moment_costs_nothing(fetching: Fetching) -> None:
    """A refusal for the rate of requests passes within the quick retries."""
    fetching.server.faults[event_id(fetching.server.league.slate(DAY)[1])] = Fault(
        status=429, error_code="EXCEEDED_FREQ_LIMIT", retry_after_s=0, times=1
    )
    assert fetching.fetch(PROPS).outcome == "ok"


def test_a_market_that_no_event_has_is_an_error_that_says_what_to_change(fetching: Fetching) -> None:
    """It is the map that is wrong, not the events."""
    fetching.server.faults["/odds"] = Fault(status=422, error_code="INVALID_MARKET")
    with pytest.raises(RequestRefused, match=r"INVALID_MARKET.*change settings\.market in shared/pipeline\.yaml"):
        fetching.fetch(PROPS)


def test_an_account_that_runs_out_keeps_what_came_and_ends_the_runs_paid_requests(fetching: Fetching) -> None:
    """Each further event is missing with the site's error code, and the other feed of the run does not ask either."""
    fetching.server.credits = 2
    ended = fetching.fetch(PROPS)
    games = len(fetching.server.league.slate(DAY))
    assert (ended.outcome, ended.found, len(entities(ended))) == ("partial", 3, games - 2)
    assert ended.reason.count("OUT_OF_USAGE_CREDITS") == games - 2
    assert ended.evidence["credits"]["remaining"] == 0
    asked = len(fetching.server.requests)
    lines = fetching.fetch(LINES)
    assert (lines.outcome, entities(lines), len(fetching.server.requests)) == ("partial", ["game lines"], asked)
    assert "OUT_OF_USAGE_CREDITS" in lines.reason


def test_a_runs_budget_is_for_all_of_its_feeds(fetching: Fetching) -> None:
    """Points lines that the budget does not cover are missing by name; game lines, which cost three, are too."""
    ended = fetching.fetch(PROPS, credits_of_run=2)
    assert len(entities(ended)) == len(fetching.server.league.slate(DAY)) - 2
    assert "credit budget of 2 spent" in ended.reason
    lines = fetching.fetch(LINES, credits_of_run=4)
    assert "credit budget of 4 spent" in lines.reason
    assert fetching.server.spent == lines.evidence["credits"]["spent"] == 2


def test_lines_of_the_past_survive_an_hour_without_a_snapshot(fetching: Fetching) -> None:
    """Of many snapshots one that does not come is missing by its time; the list of another day's events costs that day."""
    fetching.house.clock.advance_to(NOON + timedelta(days=3))
    fetching.server.faults["/odds"] = Fault(status=404, times=1)
    ended = fetching.fetch(LINES, "backfill", credits_of_run=1000)
    assert ended.outcome == "partial"
    assert entities(ended) == ["game lines at 2024-02-26T15:00:00Z"]
    assert ended.evidence["credits"]["spent"] == fetching.server.spent == 1 + 30 * (ended.found - 1)


def test_a_report_that_is_not_there_gives_way_to_the_one_before_it(fetching: Fetching) -> None:
    """Names are tried backwards and each only once; the completion has the age of the report and says that it is old."""
    fetching.server.faults |= {f"_{hour}AM": Fault(status=403) for hour in ("11", "10")}
    ended = fetching.fetch(REPORT)
    asked = [path.rpartition("_")[2] for path in fetching.server.requests if "Injury-Report" in path]
    assert list(dict.fromkeys(asked)) == ["11AM.pdf", "10AM.pdf", "09AM.pdf"]
    assert asked.count("10AM.pdf") == asked.count("09AM.pdf") == 1
    assert (ended.outcome, ended.reason) == (
        "ok", "report as of 2024-02-26 12:00 ET: the last one is 2024-02-26_09AM, 150 min old",
    )  # fmt: skip
    assert [(r["name"], r["age_min"]) for r in ended.evidence["reports"]] == [("2024-02-26_09AM", 150)]


def test_a_report_a_moment_too_early_is_asked_for_again(fetching: Fetching) -> None:
    """The same 403 says that it is not there yet or that the site is busy: the next answer may have it."""
    fetching.server.faults["_11AM"] = Fault(status=403, times=1)
    ended = fetching.fetch(REPORT)
    assert (ended.outcome, ended.reason) == ("ok", "")
    assert ended.evidence["artifacts"][-1]["path"].endswith("2024-02-26_11AM.pdf")


def test_a_day_without_reports_is_said(fetching: Fetching) -> None:
    """Every name of the day before is tried once, the newest a few times; then the report is missing, by its moment."""
    fetching.server.faults["Injury-Report"] = Fault(status=403)
    ended = fetching.fetch(REPORT)
    assert (ended.outcome, entities(ended)) == ("partial", ["report as of 2024-02-26 12:00 ET"])
    assert ended.reason.endswith("no report of the day before is there")
    assert len([p for p in fetching.server.requests if "Injury-Report" in p]) == 24 + 2


def test_a_site_of_reports_that_is_down_is_asked_again_as_a_whole(fetching: Fetching) -> None:
    """An outage says nothing about which reports there are."""
    fetching.server.faults["Injury-Report"] = Fault(status=503)
    with pytest.raises(SourceUnavailable):
        fetching.fetch(REPORT)


def test_many_dates_without_reports_are_not_asked_for_for_ever(fetching: Fetching) -> None:
    """After 240 names that are not there, the site is taken to have none."""
    fetching.house.clock.advance_to(NOON + timedelta(days=12))
    fetching.server.faults["Injury-Report"] = Fault(status=404)
    ended = fetching.fetch(REPORT, "backfill", last=DAY + timedelta(days=10))
    assert len({p for p in fetching.server.requests if "Injury-Report" in p}) == 240
    assert len(entities(ended)) > 11
    first, *_, last = (m["reason"] for m in ended.evidence["missing"])
    assert first == "no report of the day before is there"
    assert last == "after 240 reports that were not there no further one was asked for"
