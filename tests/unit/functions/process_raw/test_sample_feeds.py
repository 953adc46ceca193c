"""The live parsers with bodies of the sample server: the rows keep their contracts and equal the league's data."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from functions.process_raw import core
from shared.adapters.http_feeds import HttpFeeds
from shared.contracts.work import Computed
from shared.errors import ContractError, SourceUnavailable
from shared.map.loader import pipeline_map
from tests.support.data.inputs import StandingClock, broken_rules, fetch_all, payload, rows_of, work
from tipoff.sample import Fault, League, SampleServer, serve

FIRST, LAST = date(2024, 11, 18), date(2024, 11, 24)  # a week with the postponed game in it
AFTERWARDS = datetime(2024, 12, 20, tzinfo=UTC)
FEEDS = [u.feed for u in pipeline_map().functions["scrape"].units.values() if u.feed]


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with serve(League(), StandingClock(AFTERWARDS)) as running:
        yield running


@pytest.fixture(scope="module")
def week(server: SampleServer) -> dict[str, Computed]:
    """Every feed of a week, fetched over HTTP and parsed, each matched against the first two."""
    parsed: dict[str, Computed] = {}
    job, inputs = work(FIRST, LAST, as_of=AFTERWARDS), {}
    feeds = HttpFeeds(server.base_urls, attempts=1)
    for feed in FEEDS:
        parsed[feed] = core.parse(feed, "nba", fetch_all(feed, job, "nba", feeds), inputs, job)
        inputs = {"schedule": rows(parsed, "nbac_schedule"), "identities": rows(parsed, "nbac_player_list")}
    return parsed


def rows(parsed: dict[str, Computed], feed: str) -> pa.Table:
    return rows_of(f"nba_raw.{feed}", parsed.get(feed, Computed()))


@pytest.mark.parametrize("feed", FEEDS)
def test_rows_satisfy_their_contract(week: dict[str, Computed], feed: str) -> None:
    """Every check, required column and key of the table holds; nothing is refused."""
    assert week[feed].outcome == "ok"
    assert len(rows(week, feed)) > 0
    assert week[feed].refused == {}
    assert broken_rules(f"nba_raw.{feed}", rows(week, feed)) == {}


def test_the_schedule_equals_the_leagues(week: dict[str, Computed], server: SampleServer) -> None:
    """Every game of the week with its tip; one is postponed, and the exhibition game of the first day is left out."""
    games = {r["game_id"]: (r["tip_utc"], r["game_status"]) for r in rows(week, "nbac_schedule").to_pylist()}
    fixtures = [f for f in server.league.fixtures if FIRST <= f.game_date <= LAST]
    assert games == {f.game_id: (f.tip, "postponed" if f.postponed_at else "scheduled") for f in fixtures}
    assert sum(f.postponed_at is not None for f in fixtures) == 1
    assert week["nbac_schedule"].evidence["discarded"] == {"not_a_league_game": 1}


def test_box_scores_equal_the_leagues(week: dict[str, Computed], server: SampleServer) -> None:
    """Each player's points, seconds and status are those of the league's game."""
    players = {(r["game_id"], r["player_id"]): r for r in rows(week, "nbac_gamebook_player_stats").to_pylist()}
    games = [g for g in server.league.games if FIRST <= g.fixture.game_date <= LAST and g.sides]
    expected = 0
    for game in games:
        for side in game.sides or ():
            expected += len(side.lines) + len(side.benched) + len(side.out)
            for line in side.lines:
                row = players[game.fixture.game_id, line.player.player_id]
                assert (row["points"], row["seconds_played"]) == (line.counts["points"], line.seconds)
                assert (row["player_status"], row["overtimes"]) == ("played", game.overtimes)
            assert all(players[game.fixture.game_id, p.player_id]["player_status"] == "dnp" for p in side.benched)
            assert all(players[game.fixture.game_id, p.player_id]["dnp_reason"] == why for p, why in side.out)
    assert len(players) == expected


def test_the_reports_equal_the_leagues(week: dict[str, Computed], server: SampleServer) -> None:
    """The last report before a game has each player's last status and his whole reason, also over several lines."""
    last: dict[tuple[date, int], dict[str, Any]] = {}
    for row in sorted(rows(week, "nbac_injury_report").to_pylist(), key=lambda r: r["known_at"]):
        last[row["game_date"], row["player_id"]] = row
    games = [g for g in server.league.games if FIRST <= g.fixture.game_date <= LAST]
    checked = 0
    for game in games:
        for player_id, reports in game.reports.items():
            known = [r for r in reports if r.known_at <= game.fixture.tip - timedelta(minutes=89)]
            row = last.get((game.fixture.game_date, player_id))
            if known and row and len(reports) == 1:
                assert (row["injury_status"], row["reason"]) == (reports[0].status.lower(), reports[0].reason)
                checked += 1
    assert checked > 50


def test_no_line_is_known_after_its_tip(week: dict[str, Computed]) -> None:
    """Only snapshots before the tip, from several books and times of the day, with both prices."""
    tips = {r["game_id"]: r["tip_utc"] for r in rows(week, "nbac_schedule").to_pylist()}
    lines = rows(week, "odds_api_player_points_props").to_pylist()
    assert all(r["known_at"] <= tips[r["game_id"]] - timedelta(minutes=30) for r in lines)
    assert len({r["bookmaker"] for r in lines}) == 4
    assert len({r["known_at"] for r in lines}) > len(tips)
    assert all(r["over_price"] and r["under_price"] for r in lines)


def test_a_games_spread_and_total_share_a_row(week: dict[str, Computed]) -> None:
    """Every row of a book has both, and the moneyline."""
    lines = rows(week, "odds_api_game_lines").to_pylist()
    assert all(r["home_spread"] is not None and r["total"] is not None and r["home_ml"] for r in lines)


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("body", ["truncate", "empty_object"])
def test_a_damaged_body_is_refused_whole(server: SampleServer, feed: str, body: str) -> None:
    """Half a body, or a JSON document of another kind, gives a ContractError or refused records, and no rows."""
    job = work(FIRST, as_of=AFTERWARDS)
    server.faults.clear()
    whole = fetch_all(feed, job, "nba", HttpFeeds(server.base_urls, attempts=1))[-1]
    broken = whole.body[: len(whole.body) // 2] if body == "truncate" else b"{}"
    inputs = {"schedule": rows({}, "nbac_schedule"), "identities": rows({}, "nbac_player_list")}
    if feed.startswith("odds") and body == "empty_object":
        computed = core.parse(feed, "nba", [payload(whole.artifact.path, broken)], inputs, job)
        assert (computed.rows, set(computed.refused)) == ([], {"missing_field"})
        return
    with pytest.raises(ContractError):
        core.parse(feed, "nba", [payload(whole.artifact.path, broken)], inputs, job)


def test_a_block_page_never_reaches_the_parser(server: SampleServer) -> None:
    """The feed refuses it; a parser refuses one that is in the archive."""
    server.faults["boxscore"] = Fault(body="block_page")
    with pytest.raises(SourceUnavailable, match="web page"):
        fetch_all(
            "nbac_gamebook_player_stats", work(FIRST, as_of=AFTERWARDS), "nba", HttpFeeds(server.base_urls, attempts=1)
        )
    with pytest.raises(ContractError, match="not whole JSON"):
        core.parse("nbac_gamebook_player_stats", "nba", [payload("box", b"<html>")], {}, work(FIRST))


def test_an_unknown_feed_or_source_has_no_parser() -> None:
    """A feed without a parser for the source is a ContractError."""
    for feed, source in (("nbac_weather", "nba"), ("nbac_player_list", "history")):
        with pytest.raises(ContractError, match="no parser"):
            core.parse(feed, source, [], {}, work(FIRST))
