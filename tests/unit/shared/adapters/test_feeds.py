"""The HTTP feeds against a real server that misbehaves."""

import codecs
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stamina

from shared.adapters import http_feeds
from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import feeds_of
from shared.contracts.work import Credits, Request
from shared.errors import ContractError, CreditsUsedUp, RequestRefused, SourceUnavailable, UserError
from shared.rules.schedule import read_json
from shared.settings import from_environment
from tests.support.data.inputs import StandingClock
from tipoff.sample import Fault, League, SampleServer, serve

PLAYERS = Request("nba_stats", "stats/commonallplayers", {"Season": "2024-25"})
SCHEDULE = Request("nba_cdn", "static/json/staticData/scheduleLeagueV2.json")
ODDS = Request(
    "odds_api", "v4/sports/basketball_nba/odds", {"markets": "h2h,spreads,totals", "regions": "us"}, credits=3
)
REPORT = Request("nba_reports", "referee/injury/Injury-Report_2024-10-23_05PM.pdf")


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    league = League()
    assert league.games  # made now, so that no answer takes longer than the time-out
    with serve(league, StandingClock(datetime(2024, 10, 24, tzinfo=UTC))) as running:
        yield running


@pytest.fixture
def feeds(server: SampleServer) -> Iterator[HttpFeeds]:
    server.faults.clear()
    server.requests.clear()
    found = HttpFeeds(server.base_urls, {"odds_api": "secret"}, timeout_s=20, max_bytes=2_000_000, attempts=3)
    with stamina.set_testing(True, attempts=3):
        yield found
    found.close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 408])
def test_a_busy_source_is_asked_again_and_then_answers(server: SampleServer, feeds: HttpFeeds, status: int) -> None:
    """Two refusals cost two more requests and nothing else."""
    server.faults["commonallplayers"] = Fault(status=status, times=2)
    assert feeds.fetch(PLAYERS).body.startswith(b"{")
    assert len(server.requests) == 3


def test_a_source_that_stays_away_is_retryable(server: SampleServer, feeds: HttpFeeds) -> None:
    """After its attempts the fetch leaves the message to the queue."""
    server.faults["commonallplayers"] = Fault(status=500)
    with pytest.raises(SourceUnavailable, match="HTTP 500"):
        feeds.fetch(PLAYERS)
    assert len(server.requests) == 3


def test_a_long_wait_is_left_to_the_queue(server: SampleServer, feeds: HttpFeeds) -> None:
    """Retry-After beyond what a function may sleep stops the quick retries at once."""
    server.faults["commonallplayers"] = Fault(status=429, retry_after_s=3600)
    with pytest.raises(SourceUnavailable, match="HTTP 429"):
        feeds.fetch(PLAYERS)
    assert len(server.requests) == 1


def test_a_hanging_source_times_out_as_retryable(server: SampleServer) -> None:
    """Silence is not waited for beyond the limit."""
    server.faults.clear()
    server.faults["commonallplayers"] = Fault(hang_s=0.4)
    with pytest.raises(SourceUnavailable, match="Timeout"):
        HttpFeeds(server.base_urls, timeout_s=0.1, attempts=1).fetch(PLAYERS)


def test_only_a_site_that_blocks_clouds_is_asked_through_the_proxy(server: SampleServer) -> None:
    """With a proxy that is away the player list cannot be had, while the schedule is fetched without it."""
    server.faults.clear()
    feeds = HttpFeeds(server.base_urls, attempts=1, proxy="http://me:secret@127.0.0.1:9")
    with pytest.raises(SourceUnavailable) as lost:
        feeds.fetch(PLAYERS)
    assert "secret" not in str(lost.value)
    assert feeds.fetch(SCHEDULE).body.startswith(b"{")


def test_a_proxy_that_is_no_address_is_named_without_its_password() -> None:
    """The error names the variable; its value may hold a password."""
    with pytest.raises(UserError, match="TIPOFF_PROXY") as refused:
        HttpFeeds(proxy="gopher://me:secret@proxy")
    assert "secret" not in str(refused.value)


def test_a_closed_port_is_retryable() -> None:
    """A refused connection is a source that may come back."""
    with pytest.raises(SourceUnavailable, match="ConnectError"):
        HttpFeeds({"nba_stats": "http://127.0.0.1:9"}, attempts=1).fetch(PLAYERS)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=404), "HTTP 404"),
        (Fault(status=403), "blocked"),
        (Fault(body="text"), "not json"),
        (Fault(body="huge"), "larger than"),
        (Fault(status=302, redirect="http://example.com/x"), "not on the list of hosts"),
        (Fault(status=302, redirect="file:///etc/passwd"), "not on the list of hosts"),
        (Fault(status=302, redirect="/stats/commonallplayers"), "redirects"),
    ],
)
def test_what_retrying_cannot_help_is_permanent(
    server: SampleServer, feeds: HttpFeeds, fault: Fault, reason: str
) -> None:
    """Missing, blocked, of another kind, huge and led astray: refused once, by name."""
    server.faults["commonallplayers"] = fault
    with pytest.raises(ContractError, match=reason):
        feeds.fetch(PLAYERS)


def test_a_redirect_on_the_list_is_followed(server: SampleServer, feeds: HttpFeeds) -> None:
    """A move within the allowed hosts is no failure."""
    server.faults["commonallplayers"] = Fault(
        status=301, redirect="/static/json/staticData/scheduleLeagueV2.json", times=1
    )
    assert b"leagueSchedule" in feeds.fetch(PLAYERS).body


def test_no_site_leads_to_this_machine() -> None:
    """A listed host may redirect to a listed host; only a server of this machine may stay on it."""
    site, here = "https://cdn.nba.com/a", "http://127.0.0.1:8000/a"
    with pytest.raises(ContractError, match="not on the list of hosts"):
        http_feeds._check_address(here, site)
    for url, first in ((site, site), (here, here), (site, here)):
        http_feeds._check_address(url, first)


@pytest.mark.parametrize(("body", "reason"), [("block_page", "web page"), ("empty", "empty body")])
def test_a_block_page_in_place_of_a_document_is_asked_again(
    server: SampleServer, feeds: HttpFeeds, body: str, reason: str
) -> None:
    """A site that blocks or has nothing to say for a moment: tried again here, then delivered again by the queue."""
    server.faults["commonallplayers"] = Fault(body=body)
    with pytest.raises(SourceUnavailable, match=reason):
        feeds.fetch(PLAYERS)
    server.faults["commonallplayers"] = Fault(body=body, times=1)
    assert feeds.fetch(PLAYERS).body.startswith(b"{")


def test_a_page_where_a_pdf_belongs_is_refused(server: SampleServer, feeds: HttpFeeds) -> None:
    """The kind of body is the site's, whatever the server says."""
    assert feeds.fetch(REPORT).body.startswith(b"%PDF-")
    server.faults["Injury-Report"] = Fault(body="block_page")
    with pytest.raises(SourceUnavailable, match="where pdf was expected"):
        feeds.fetch(REPORT)


@pytest.mark.parametrize("path", ["../etc/passwd", "//example.com/x", "", "a//b", "stats/./x"])
def test_a_path_stays_below_its_site(feeds: HttpFeeds, path: str) -> None:
    """No path leads to another host or up the tree."""
    with pytest.raises(ContractError, match="not a path"):
        feeds.fetch(Request("nba_stats", path))


@pytest.mark.parametrize(
    ("variable", "url", "reason"),
    [
        ("NBA", "http://127.0.0.1:8000", "TIPOFF_BASE_URL_NBA is about no source; use one of .*_NBA_CDN"),
        ("NBA_CDN", "https://example.com", "may not stand for .*TIPOFF_BASE_URL_NBA_CDN or --feeds-from"),
        ("ODDS_API", "http://stats.nba.com", "use a loopback address"),
        ("ODDS_API", "http://127.0.0.1:8000@example.com", "use a loopback address"),
        ("ODDS_API", "http://127.0.0.1.example.com", "use a loopback address"),
        ("ODDS_API", "http://127.0.0.1:80000", "use a loopback address"),
        ("ODDS_API", "http://[::1", "use a loopback address"),
        ("ODDS_API", "file:///etc/passwd", "use a loopback address"),
    ],
)
def test_only_listed_hosts_and_loopback_can_be_asked(variable: str, url: str, reason: str) -> None:
    """Plain http, unknown hosts and sites, and tricks with addresses are refused at the start, by the setting's name."""
    settings = from_environment({f"TIPOFF_BASE_URL_{variable}": url})
    with pytest.raises(UserError, match=reason):
        feeds_of(settings)


@pytest.mark.parametrize(
    ("status", "code", "kind", "advice"),
    [
        (401, "OUT_OF_USAGE_CREDITS", CreditsUsedUp, ""),
        (401, "INVALID_KEY", RequestRefused, "set TIPOFF_ODDS_API_KEY"),
        (422, "INVALID_MARKET", RequestRefused, "change settings.market in shared/pipeline.yaml"),
        (404, "EVENT_NOT_FOUND", ContractError, ""),
        (422, "A_NEW_CODE", ContractError, ""),
    ],
)
def test_the_error_code_says_what_a_refusal_is_about(
    server: SampleServer, feeds: HttpFeeds, status: int, code: str, kind: type[ContractError], advice: str
) -> None:
    """The account, the settings, or the one event that was asked for: the type says it, the message keeps the code."""
    server.faults["/odds"] = Fault(status=status, error_code=code)
    with pytest.raises(ContractError) as failure:
        feeds.fetch(ODDS)
    assert type(failure.value) is kind
    assert f"HTTP {status} {code}: refused" in str(failure.value)
    assert advice in str(failure.value)
    assert len(server.requests) == 1


def test_an_answer_states_what_it_cost(server: SampleServer, feeds: HttpFeeds) -> None:
    """Three markets of one region are three credits; other sites state nothing."""
    server.credits, server.spent = 100, 0
    assert feeds.fetch(ODDS).credits == Credits(3, 97)
    assert feeds.fetch(PLAYERS).credits == Credits()


def test_a_connection_that_ends_too_early_is_retryable(server: SampleServer, feeds: HttpFeeds) -> None:
    """Half of a body is no body; the next answer is whole."""
    server.faults["commonallplayers"] = Fault(body="cut_off", times=1)
    assert feeds.fetch(PLAYERS).body.endswith(b"}")
    server.faults["commonallplayers"] = Fault(body="cut_off")
    with pytest.raises(SourceUnavailable, match="RemoteProtocolError"):
        feeds.fetch(PLAYERS)


def test_a_byte_order_mark_is_accepted() -> None:
    """The first three bytes of a document that some tool wrote are no reason to refuse it, here or in a parser."""
    body = codecs.BOM_UTF8 + b' {"a": 1}'
    http_feeds._check_kind(body, "nba_stats", "x")
    assert read_json(body, "x") == {"a": 1}


def test_the_key_stays_out_of_errors(server: SampleServer, feeds: HttpFeeds) -> None:
    """The error of a failed request names site and path, never the key."""
    server.faults["/events"] = Fault(status=401)
    with pytest.raises(ContractError) as failure:
        feeds.fetch(Request("odds_api", "v4/sports/basketball_nba/events"))
    assert "secret" not in f"{failure.value!r} {failure.value.__cause__!r}"
