"""Past seasons over HTTP: games, box score lines and players of a season that is over, or a sentence about what lacks."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.process_raw import core
from shared.adapters.http_feeds import HttpFeeds
from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError
from tests.support.data.inputs import (
    StandingClock,
    broken_rules,
    fetch_all,
    inputs,
    needs_shared,
    payload,
    recorded,
    rows_of,
    work,
)
from tests.support.places import SHARED_DATA
from tipoff.sample import Fault, League, SampleServer, serve

NEXT_YEAR = datetime(2025, 12, 1, tzinfo=UTC)
FIRST, LAST = date(2024, 11, 4), date(2024, 11, 10)
CASE = SHARED_DATA.parent / "cases" / "19-past-seasons-over-http" / "input.players.json"


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with serve(League(), StandingClock(NEXT_YEAR)) as running:
        yield running


def job() -> Work:
    return work(FIRST, LAST, now=NEXT_YEAR)


def fetched(server: SampleServer, feed: str) -> list[Payload]:
    server.faults.clear()
    return fetch_all(feed, job(), "nba", HttpFeeds(server.base_urls, attempts=1))


def parsed(server: SampleServer, feed: str) -> tuple[Computed, list[dict[str, Any]]]:
    """What the parser makes of the window, and its rows, which keep their contract."""
    computed = core.parse(feed, "nba", fetched(server, feed), inputs([], []), job())
    table = rows_of(f"nba_raw.{feed}", computed)
    assert broken_rules(f"nba_raw.{feed}", table) == {}
    return computed, table.to_pylist()


def test_the_games_are_those_that_were_played(server: SampleServer) -> None:
    """Every game of the window with its teams and date, at the assumed tip; no exhibition, no postponed game."""
    _, rows = parsed(server, "nbac_schedule")
    played = {
        (g.fixture.game_id, g.fixture.game_date, g.fixture.home, g.fixture.away)
        for g in server.league.games
        if g.sides and FIRST <= g.fixture.game_date <= LAST
    }
    assert {(r["game_id"], r["game_date"], r["home_team"], r["away_team"]) for r in rows} == played
    assert {(r["tip_source"], r["game_status"]) for r in rows} == {("assumed", "scheduled")}


def test_a_tip_that_is_stored_is_kept(server: SampleServer) -> None:
    """A game log has no times; what a schedule once said is better than what is assumed."""
    game = next(g for g in server.league.games if g.fixture.game_date == FIRST).fixture
    before = core.parse("nbac_schedule", "nba", fetched(server, "nbac_schedule"), inputs([], []), job())
    stored = rows_of("nba_raw.nbac_schedule", before).to_pylist()
    stored = [{**r, "tip_utc": game.tip, "tip_source": "schedule"} for r in stored if r["game_id"] == game.game_id]
    gone = {**stored[0], "game_id": "0022499999"}
    given = {"stored": rows_of("nba_raw.nbac_schedule", Computed(rows=[*stored, gone]))}
    after = core.parse("nbac_schedule", "nba", fetched(server, "nbac_schedule"), given, job())
    rows = {r["game_id"]: r for r in rows_of("nba_raw.nbac_schedule", after).to_pylist()}
    assert (rows[game.game_id]["tip_utc"], rows[game.game_id]["tip_source"]) == (game.tip, "schedule")
    assert gone["game_id"] not in rows
    assert len(rows) == len(rows_of("nba_raw.nbac_schedule", before))


def test_the_lines_of_many_dates_come_in_a_few_answers(server: SampleServer) -> None:
    """A line of each player who played, equal to the league's but for what a game log lacks."""
    server.requests.clear()
    computed, rows = parsed(server, "nbac_gamebook_player_stats")
    assert len(server.requests) == 8
    lines = {
        (g.fixture.game_id, line.player.player_id): (line.counts["points"], line.counts["tov"], g.overtimes)
        for g in server.league.games
        if g.sides and FIRST <= g.fixture.game_date <= LAST
        for side in g.sides
        for line in side.lines
        if line.seconds
    }
    assert {(r["game_id"], r["player_id"]): (r["points"], r["tov"], r["overtimes"]) for r in rows} == lines
    assert (computed.outcome, computed.missing) == ("ok", ())
    assert {r["is_starter"] for r in rows} == {r["points_in_paint"] for r in rows} == {None}


def changed(payloads: list[Payload], change: Any) -> list[Payload]:
    """The payloads with the rows of the log of players changed: `change` takes the headers and the rows."""
    found = []
    for given in payloads:
        document = json.loads(given.body)
        result = document["resultSets"][0]
        if "PLAYER_ID" in result["headers"]:
            change(result["headers"], result["rowSet"])
        found.append(payload(given.artifact.path, json.dumps(document).encode(), source="nba_stats"))
    return found


def test_a_game_whose_lines_do_not_add_up_is_held_back(server: SampleServer) -> None:
    """It is missing, with the difference, and costs no other game; a row that cannot be used is refused."""
    payloads = fetched(server, "nbac_gamebook_player_stats")

    def change(headers: list[str], rows: list[list[Any]]) -> None:
        if rows:
            rows[0][headers.index("PTS")] += 1
            rows[-1][headers.index("MIN")] = None

    computed = core.parse("nbac_gamebook_player_stats", "nba", changed(payloads, change), {}, job())
    assert len(computed.missing) == 2
    assert "points, the team's score is" in computed.missing[0].reason
    assert list(computed.refused) == ["wrong_type"]
    rows = rows_of("nba_raw.nbac_gamebook_player_stats", computed).to_pylist()
    games = [g for g in server.league.games if g.sides and FIRST <= g.fixture.game_date <= LAST]
    assert len({r["game_id"] for r in rows}) == len(games) - 2


def test_a_log_of_players_without_rows_leaves_every_game_missing(server: SampleServer) -> None:
    """The games are known from the teams' log, so an empty answer is no success."""
    payloads = changed(fetched(server, "nbac_gamebook_player_stats"), lambda _, rows: rows.clear())
    computed = core.parse("nbac_gamebook_player_stats", "nba", payloads, {}, job())
    assert len(computed.missing) == len(
        [g for g in server.league.games if g.sides and FIRST <= g.fixture.game_date <= LAST]
    )


def test_the_players_of_a_past_season_have_the_team_that_they_played_for(server: SampleServer) -> None:
    """The list has no rosters of then: the game logs of the weeks before say who played for whom."""
    computed, rows = parsed(server, "nbac_player_list")
    squads = {p.player_id: p.team for squad in server.league.squads.values() for p in squad}
    assert {r["player_id"] for r in rows} == set(squads)
    assert {r["player_id"]: r["team"] for r in rows if r["team"]}.items() <= squads.items()
    assert len([r for r in rows if r["team"]]) > len(rows) / 2
    assert computed.evidence["discarded"] == {"not_on_a_roster": 1}


def test_a_player_who_is_not_on_the_list_is_taken_from_the_log(server: SampleServer) -> None:
    """`IsOnlyCurrentSeason=1` of a past season lists only those whose last season it was: no reason to know no other."""
    listed, *logs = fetched(server, "nbac_player_list")
    document = json.loads(listed.body)
    kept = document["resultSets"][0]["rowSet"] = document["resultSets"][0]["rowSet"][:3]
    few = payload(listed.artifact.path, json.dumps(document).encode(), source="nba_stats")
    computed = core.parse("nbac_player_list", "nba", [few, *logs], {}, job())
    rows = rows_of("nba_raw.nbac_player_list", computed).to_pylist()
    assert len(rows) > 200
    assert all(r["team"] and r["player_lookup"] for r in rows if r["player_id"] not in {p[0] for p in kept})


def test_a_list_without_any_player_of_the_season_is_refused(server: SampleServer) -> None:
    """An empty roster is no success, of the current season or of a past one."""
    listed = fetched(server, "nbac_player_list")[0]
    with pytest.raises(ContractError, match="none of 451 listed players is on a roster of the season 2025-26"):
        core.parse("nbac_player_list", "nba", [listed], {}, work(date(2025, 11, 20), now=NEXT_YEAR))
    with pytest.raises(ContractError, match="of the season 2019-20"):
        core.parse("nbac_player_list", "nba", [listed], {}, work(date(2019, 11, 20), now=NEXT_YEAR))


def test_a_season_whose_logs_do_not_come_is_an_error(server: SampleServer) -> None:
    """Without the log of the regular season it is unknown which games there were."""
    server.faults["leaguegamelog"] = Fault(status=404)
    with pytest.raises(ContractError, match="leaguegamelog: HTTP 404"):
        fetch_all("nbac_schedule", job(), "nba", HttpFeeds(server.base_urls, attempts=1))


@needs_shared
@pytest.mark.skipif(not CASE.exists(), reason="needs ../shared/cases")
def test_the_recorded_list_of_a_past_season_is_not_taken_for_all_players() -> None:
    """Its hundred players have no team, and the players of the log join them."""
    listed = payload("stats/commonallplayers", CASE.read_bytes(), source="nba_stats")
    the_job = work(date(2023, 11, 6), now=NEXT_YEAR)
    alone = rows_of("nba_raw.nbac_player_list", core.parse("nbac_player_list", "nba", [listed], {}, the_job))
    assert {r["team"] for r in alone.to_pylist()} == {None}
    log = payload("stats/leaguegamelog", recorded("nba_stats/leaguegamelog_player_2024-25.json"), source="nba_stats")
    both = rows_of("nba_raw.nbac_player_list", core.parse("nbac_player_list", "nba", [listed, log], {}, the_job))
    assert len(both) == len(alone) + 157


@needs_shared
def test_a_recorded_season_has_its_games() -> None:
    """1,230 games of 2018-19, known from the teams' rows alone, each with two of thirty teams."""
    log = payload("stats/leaguegamelog", recorded("nba_stats/leaguegamelog_team_2018-19.json.gz"), source="nba_stats")
    window = work(date(2018, 10, 1), date(2019, 4, 30), now=NEXT_YEAR)
    computed = core.parse("nbac_schedule", "nba", [log], {}, window)
    table = rows_of("nba_raw.nbac_schedule", computed)
    assert broken_rules("nba_raw.nbac_schedule", table) == {}
    assert len(table) == 1230
    assert len({r["home_team"] for r in table.to_pylist()}) == 30


def test_the_window_of_these_tests_is_over() -> None:
    """The league's season ends before the clock's."""
    assert League().end + timedelta(days=300) < NEXT_YEAR.date()
