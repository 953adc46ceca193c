"""The live parsers with recorded bodies of the real sites; expected counts come from the bytes by other means."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from functions.process_raw import core
from functions.process_raw.feeds.nba_cdn.boxscore import seconds_played
from functions.process_raw.feeds.nba_injury_report import read_report
from functions.process_raw.feeds.pdf import page_texts
from shared.contracts.work import Computed
from shared.errors import ContractError
from shared.rules.names import player_lookup
from tests.support.data.inputs import broken_rules, inputs, needs_shared, payload, recorded, rows_of, work


def parse(feed: str, path: str, body: bytes, day: date, last: date | None = None, **given: Any) -> Computed:
    return core.parse(feed, "nba", [payload(path, body)], given, work(day, last))


def game(day: date, home: str, away: str, tip: datetime) -> dict[str, Any]:
    return {"game_id": "0022300001", "game_date": day, "home_team": home, "away_team": away, "tip_utc": tip}


def people(names: set[str], team: str) -> list[dict[str, Any]]:
    """An identity for each spelling."""
    lookups = sorted({player_lookup(n) for n in names})
    return [{"player_id": i, "player_name": x, "player_lookup": x, "team": team} for i, x in enumerate(lookups, 1)]


@needs_shared
def test_a_whole_schedule() -> None:
    """1,231 regular-season and cup games, 6 play-in, 84 playoff games; preseason and All-Star are counted."""
    body = recorded("nba_stats/scheduleleaguev2_2024-25.json.gz")
    computed = parse("nbac_schedule", "stats/scheduleleaguev2", body, date(2024, 10, 1), date(2025, 6, 30))
    ids = re.findall(rb'"gameId":\s*"(\d{10})"', body)
    league = {i.decode() for i in ids if i[:3] in (b"002", b"004", b"005", b"006")}
    table = rows_of("nba_raw.nbac_schedule", computed)
    assert {r["game_id"] for r in table.to_pylist()} == league
    assert len(league) == 1231 + 6 + 84
    assert computed.evidence["discarded"] == {"not_a_league_game": len(set(ids)) - len(league)}
    assert broken_rules("nba_raw.nbac_schedule", table) == {}


@needs_shared
def test_a_box_score() -> None:
    """Team points are the sum of the rows, 240 minutes are played by each side, absentees keep their reason."""
    body = recorded("nba_cdn/boxscore_0022000001.json")
    computed = parse("nbac_gamebook_player_stats", "boxscore_0022000001.json", body, date(2020, 12, 22))
    table = rows_of("nba_raw.nbac_gamebook_player_stats", computed)
    rows = table.to_pylist()
    for team, points in (("BKN", 125), ("GSW", 99)):
        assert sum(r["points"] or 0 for r in rows if r["team"] == team) == points
        assert abs(sum(r["seconds_played"] or 0 for r in rows if r["team"] == team) - 240 * 60) <= 5
    document = json.loads(body)["game"]
    assert len(rows) == sum(len(document[side]["players"]) for side in ("homeTeam", "awayTeam"))
    assert sum(r["player_status"] == "inactive" for r in rows) == body.count(b'"INACTIVE"')
    assert all(r["dnp_reason"] for r in rows if r["player_status"] != "played")
    assert broken_rules("nba_raw.nbac_gamebook_player_stats", table) == {}
    outside = parse("nbac_gamebook_player_stats", "boxscore_0022000001.json", body, date(2020, 12, 23))
    assert (outside.outcome, outside.evidence["discarded"]) == ("empty", {"outside_window": 1})


@needs_shared
def test_a_player_list() -> None:
    """The players of a roster, and those of the season without a team, become rows; 5,103 are listed in all."""
    body = recorded("nba_stats/commonallplayers.json.gz")
    computed = parse("nbac_player_list", "stats/commonallplayers", body, date(2025, 11, 1))
    table = rows_of("nba_raw.nbac_player_list", computed)
    assert len(table) + computed.evidence["discarded"]["not_on_a_roster"] == 5103
    assert len({r["team"] for r in table.to_pylist() if r["team"]}) == 30
    assert sum(r["team"] is None for r in table.to_pylist()) == 4
    assert broken_rules("nba_raw.nbac_player_list", table) == {}


@needs_shared
@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("injury_report_2024-01-04.pdf", datetime(2024, 1, 4, 17, 30, tzinfo=UTC)),
        ("injury_report_2025-01-10_05PM.pdf", datetime(2025, 1, 10, 22, 30, tzinfo=UTC)),
    ],
)
def test_an_injury_report(name: str, published: datetime) -> None:
    """Every status word printed is an entry, every missing submission counted, every name has the form `Family, Given`."""
    pages = page_texts(recorded(f"nba_injury_report/{name}"))
    report, text = read_report(pages), "\n".join(pages)
    words = re.findall(r" (?:Out|Doubtful|Questionable|Probable|Available)(?=\s)", text)
    assert (report.published, len(report.entries)) == (published, len(words))
    assert report.not_submitted == text.count("NOT YET SUBMITTED") > 0
    assert all(re.fullmatch(r"[A-Z][\w'.\- ]+, [\w'.\- ]+", e.name) for e in report.entries)
    assert all(e.reason for e in report.entries)


@needs_shared
def test_reasons_over_several_lines_are_whole() -> None:
    """Wrapped lines of the reason belong to the player above them, not to the next one."""
    report = read_report(page_texts(recorded("nba_injury_report/injury_report_2025-01-10_05PM.pdf")))
    reasons = {e.name: (e.team, e.status, e.reason) for e in report.entries}
    assert reasons["Curry, Stephen"] == ("GSW", "Out", "Injury/Illness - Bilateral Knee; Injury Management")
    assert reasons["Jackson, Isaiah"] == ("IND", "Out", "Injury/Illness - Right Achilles Tendon; Tear")
    assert reasons["Wiggins, Andrew"] == ("GSW", "Out", "Personal Reasons")


@needs_shared
def test_a_report_becomes_rows_and_unknown_players_are_refused() -> None:
    """Names on the player list become rows of the window; other names are refused."""
    body = recorded("nba_injury_report/injury_report_2024-01-04.pdf")
    given = inputs([], people({"Jalen Pickett", "Branham, Malaki"}, "SAS"))
    computed = parse("nbac_injury_report", "referee/injury/x.pdf", body, date(2024, 1, 4), **given)
    rows = rows_of("nba_raw.nbac_injury_report", computed).to_pylist()
    assert {(r["player_lookup"], r["injury_status"]) for r in rows} == {
        ("jalenpickett", "out"),
        ("malakibranham", "doubtful"),
    }
    assert {r["known_at"] for r in rows} == {datetime(2024, 1, 4, 17, 30, tzinfo=UTC)}
    assert len(computed.refused["unknown_player"]) == 14 - 2


@needs_shared
def test_a_damaged_report_is_refused_whole() -> None:
    """A page whose stream does not decompress makes the whole report a ContractError."""
    with pytest.raises(ContractError, match="unreadable page"):
        parse(
            "nbac_injury_report",
            "x.pdf",
            recorded("nba_injury_report/injury_report_damaged.pdf"),
            date(2024, 1, 4),
            **inputs([], []),
        )


@needs_shared
def test_points_lines_of_ten_books() -> None:
    """Every outcome priced before the tip is in a row; over and under of a line share one."""
    body = recorded("odds_api/v4_event_odds_ORL_CLE_2024-02-22.json")
    outcomes = [
        (b["key"], o["description"], o["point"], o["name"])
        for b in json.loads(body)["bookmakers"] for m in b["markets"] for o in m["outcomes"]
    ]  # fmt: skip
    day, tip = date(2024, 2, 22), datetime(2024, 2, 23, 0, 0, tzinfo=UTC)
    given = inputs([game(day, "CLE", "ORL", tip)], people({o[1] for o in outcomes}, "CLE"))
    computed = parse("odds_api_player_points_props", "v4/sports/basketball_nba/events/x/odds", body, day, **given)
    table = rows_of("nba_raw.odds_api_player_points_props", computed)
    rows = table.to_pylist()
    assert sum((r["over_price"] is not None) + (r["under_price"] is not None) for r in rows) == len(set(outcomes))
    assert {r["bookmaker"] for r in rows} == {o[0] for o in outcomes}
    assert all(r["known_at"] < tip for r in rows)
    assert broken_rules("nba_raw.odds_api_player_points_props", table) == {}


@needs_shared
def test_a_snapshot_in_play_gives_no_pregame_line() -> None:
    """Recorded forty minutes after the tip: every outcome is counted as in play, and none becomes a row."""
    body = recorded("odds_api/v4_historical_event_odds_player_props_a.json")
    day, tip = date(2025, 3, 9), datetime(2025, 3, 9, 23, 11, tzinfo=UTC)
    computed = parse("odds_api_player_points_props", "x/odds", body, day, **inputs([game(day, "NOP", "MEM", tip)], []))
    assert (computed.outcome, computed.evidence["discarded"]) == ("empty", {"in_play": body.count(b'"description"')})


@needs_shared
def test_decimal_prices_become_american() -> None:
    """The same snapshot with a later tip: 1.8 is -125, 1.94 is -106."""
    body = recorded("odds_api/v4_historical_event_odds_player_props_a.json")
    day = date(2025, 3, 9)
    given = inputs([game(day, "NOP", "MEM", datetime(2025, 3, 10, 1, tzinfo=UTC))], people({"Jaylen Wells"}, "MEM"))
    computed = parse("odds_api_player_points_props", "x/odds", body, day, **given)
    fanduel = next(
        r for r in rows_of("nba_raw.odds_api_player_points_props", computed).to_pylist() if r["bookmaker"] == "fanduel"
    )
    assert (fanduel["points_line"], fanduel["over_price"], fanduel["under_price"]) == (11.5, -125, -106)
    assert "unknown_player" in computed.refused


@needs_shared
def test_spreads_are_those_of_the_home_team() -> None:
    """Golden State gives 6.5 points at home."""
    body = recorded("odds_api/v4_historical_event_odds_spreads_totals_2024-01-25.json")
    day = date(2024, 1, 24)
    given = inputs([game(day, "GSW", "ATL", datetime(2024, 1, 25, 4, tzinfo=UTC))], [])
    table = rows_of("nba_raw.odds_api_game_lines", parse("odds_api_game_lines", "x/odds", body, day, **given))
    assert {(r["bookmaker"], r["home_spread"], r["total"]) for r in table.to_pylist()} == {
        ("draftkings", -6.5, 248.5), ("fanduel", -7.5, 247.5),
    }  # fmt: skip
    assert broken_rules("nba_raw.odds_api_game_lines", table) == {}
    empty = parse("odds_api_game_lines", "x/odds", body, day, **inputs([], []))
    assert {rule: len(events) for rule, events in empty.refused.items()} == {"no_such_game": 1}
    another_day = parse("odds_api_game_lines", "x/odds", body, day - timedelta(days=1), **inputs([], []))
    assert another_day.evidence["discarded"] == {"no_game_of_the_window": 1}


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT31M14.00S", 1874), ("PT00M00.50S", 0), ("PT53M00.00S", 3180), ("31:14", None), ("", None)]
)
def test_minutes_become_seconds(text: str, seconds: int | None) -> None:
    """ISO durations of the feed, rounded; any other text is None."""
    assert seconds_played(text) == seconds


@pytest.mark.parametrize(
    "pages",
    [
        ["Page 1 of 1"],
        ["Injury Report: 01/04/24 12:30 PM\nPage 1 of 2"],
        ["Injury Report: 01/04/24 12:30 PM\nPage 2 of 2", "Page 1 of 2"],
        ["Injury Report: 01/04/24 12:30 PM\nPage 1 of 1\nsomething else"],
        ["Injury Report: 01/04/24 12:30 PM\nPage 1 of 1\nDoe, John Out Illness"],
    ],
)
def test_a_report_that_is_not_whole_is_refused(pages: list[str]) -> None:
    """Without title, with a page missing or out of order, or with a line before any player."""
    with pytest.raises(ContractError):
        read_report(pages)


def _box(**changes: Any) -> dict[str, Any]:
    """A game of one overtime; the first player of the home team, who scored its 2 points in 10 minutes, can be changed."""
    statistics = {
        "minutes": "PT10M00.00S", "points": 2, "fieldGoalsMade": 1, "fieldGoalsAttempted": 1, "threePointersMade": 0,
        "threePointersAttempted": 0, "freeThrowsMade": 0, "freeThrowsAttempted": 0, "reboundsOffensive": 0,
        "reboundsDefensive": 0, "assists": 0, "steals": 0, "blocks": 0, "turnovers": 0, "foulsPersonal": 0,
    }  # fmt: skip
    player = {"personId": 7, "name": "A B", "status": "ACTIVE", "starter": "1", "played": "1", "statistics": statistics}

    def others(first_id: int, minutes: int) -> list[dict[str, Any]]:
        without_points = {**statistics, "points": 0, "fieldGoalsMade": 0, "minutes": f"PT{minutes}M00.00S"}
        return [{**player, "personId": first_id + n, "statistics": without_points} for n in range(5)]

    return {
        "gameId": "0022400001", "gameStatus": 3, "gameTimeUTC": "2024-11-04T01:00:00Z", "gameCode": "20241103/NYKBOS",
        "period": 5, "regulationPeriods": 4,
        "homeTeam": {"players": [{**player, **changes}, *others(10, 51)], "teamTricode": "BOS"},
        "awayTeam": {"players": others(20, 53), "teamTricode": "NYK"},
    }  # fmt: skip


def _parse_box(document: dict[str, Any], fetched_at: datetime | None = None) -> Computed:
    body = json.dumps({"game": document}).encode()
    given = payload("box", body) if fetched_at is None else payload("box", body, fetched_at=fetched_at)
    return core.parse("nbac_gamebook_player_stats", "nba", [given], {}, work(date(2024, 11, 3)))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"personId": "1"}, "wrong_type"),
        ({"statistics": {}}, "missing_field"),
        ({"statistics": {**_box()["homeTeam"]["players"][0]["statistics"], "minutes": "ten"}}, "unreadable_minutes"),
    ],
)
def test_a_player_who_breaks_a_rule_costs_his_game(change: dict[str, Any], rule: str) -> None:
    """The rule is named; without his minutes the team's do not add up, and the game is held back."""
    computed = _parse_box(_box(**change))
    assert (computed.rows, {r: len(x) for r, x in computed.refused.items()}) == ([], {rule: 1})
    assert [(m.entity, m.reason) for m in computed.missing] == [
        ("0022400001", "the players of BOS sum to 255 minutes, the game had 265"),
    ]  # fmt: skip


def test_a_player_who_did_not_play_needs_no_statistics() -> None:
    """Nor has he any: the game is whole without them."""
    absent = {"personId": 8, "name": "C D", "status": "INACTIVE", "played": "0", "notPlayingReason": "INACTIVE_INJURY"}
    box = _box()
    box["homeTeam"]["players"].append(absent)
    found = rows_of("nba_raw.nbac_gamebook_player_stats", _parse_box(box)).to_pylist()
    row = next(r for r in found if r["player_id"] == 8)
    assert (row["player_status"], row["points"], row["dnp_reason"]) == ("inactive", None, "INACTIVE_INJURY")


@pytest.mark.parametrize("lacking", ["regulationPeriods", "gameTimeUTC", "gameCode"])
def test_a_game_without_what_it_can_do_without_is_whole(lacking: str) -> None:
    """Four periods are a game; its date follows from its time, and its end from when it was fetched."""
    given = rows_of("nba_raw.nbac_gamebook_player_stats", _parse_box({n: v for n, v in _box().items() if n != lacking}))
    assert {(r["game_date"], r["overtimes"]) for r in given.to_pylist()} == {(date(2024, 11, 3), 1)}
    assert broken_rules("nba_raw.nbac_gamebook_player_stats", given) == {}


def _night(*boxes: dict[str, Any] | bytes) -> Computed:
    """A schedule of two games of one date, then the bodies that were fetched as their box scores."""
    games = [
        {
            "gameId": game_id, "gameStatus": 3, "gameDateEst": "2024-11-03T00:00:00Z", "gameDateTimeUTC": "2024-11-04T01:00:00Z",
            "homeTeam": {"teamTricode": home, "score": 2}, "awayTeam": {"teamTricode": away, "score": 1},
        }
        for game_id, home, away in (("0022400001", "BOS", "NYK"), ("0022400002", "SAC", "LAL"))
    ]  # fmt: skip
    schedule = json.dumps({"leagueSchedule": {"gameDates": [{"games": games}]}}).encode()
    bodies = [schedule, *(b if isinstance(b, bytes) else json.dumps({"game": b}).encode() for b in boxes)]
    payloads = [payload(f"box {number}", body) for number, body in enumerate(bodies)]
    return core.parse("nbac_gamebook_player_stats", "nba", payloads, {}, work(date(2024, 11, 3)))


def _scored(game_id: str, home: str, away: str, score: int) -> dict[str, Any]:
    """A box score in which a player scored 2 for the home team, with the score that the document gives that team."""
    box = _box()
    return {
        **box, "gameId": game_id,
        "homeTeam": {**box["homeTeam"], "teamTricode": home, "score": score},
        "awayTeam": {**box["awayTeam"], "teamTricode": away, "score": 0},
    }  # fmt: skip


def _without_away(box: dict[str, Any]) -> dict[str, Any]:
    return {**box, "awayTeam": {**box["awayTeam"], "players": []}}


def _one_quarter(box: dict[str, Any]) -> dict[str, Any]:
    """The box score with a player of whom only the first quarter is counted."""
    first, *others = box["awayTeam"]["players"]
    cut = {**first, "statistics": {**first["statistics"], "minutes": "PT12M00.00S"}}
    return {**box, "awayTeam": {**box["awayTeam"], "players": [cut, *others]}}


WHOLE = _scored("0022400001", "BOS", "NYK", 2)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (_scored("0022400002", "SAC", "LAL", 9), "the players of SAC sum to 2 points, the team's score is 9"),
        (_without_away(_scored("0022400002", "SAC", "LAL", 2)), "no player of LAL played"),
        (
            _one_quarter(_scored("0022400002", "SAC", "LAL", 2)),
            "the players of LAL sum to 224 minutes, the game had 265",
        ),
        ({**_scored("0022400002", "SAC", "LAL", 2), "gameStatus": 2}, "its box score is not final yet (status 2)"),
        (None, "the schedule lists it as final, and its box score is not there yet"),
    ],
)
def test_a_box_score_that_cannot_be_used_costs_only_its_game(second: dict[str, Any] | None, reason: str) -> None:
    """Contradicting itself, not final yet or not there: that game is missing by name, the other one stands."""
    found = _night(*[b for b in (WHOLE, second) if b])
    assert {r["game_id"] for r in rows_of("nba_raw.nbac_gamebook_player_stats", found).to_pylist()} == {"0022400001"}
    assert [(m.entity, m.reason) for m in found.missing] == [("LAL at SAC (0022400002)", reason)]


def test_a_box_score_of_other_teams_than_the_schedule_s_is_held_back() -> None:
    """Under the game's id but of another team: its rows would be a player's last game in the wrong place."""
    found = _night(WHOLE, _scored("0022400002", "SAC", "XYZ", 2))
    assert {r["game_id"] for r in rows_of("nba_raw.nbac_gamebook_player_stats", found).to_pylist()} == {"0022400001"}
    assert [(m.entity, m.reason) for m in found.missing] == [
        ("LAL at SAC (0022400002)", "its box score is of XYZ at SAC"),
    ]


def test_a_player_listed_twice_alike_counts_once() -> None:
    """An identical repeat contradicts nothing: the team's points still add up."""
    box = _scored("0022400002", "SAC", "LAL", 2)
    box["homeTeam"]["players"] *= 2
    found = _night(WHOLE, box)
    assert found.missing == ()
    assert len(rows_of("nba_raw.nbac_gamebook_player_stats", found)) == len(
        rows_of("nba_raw.nbac_gamebook_player_stats", _night(WHOLE, _scored("0022400002", "SAC", "LAL", 2)))
    )


def test_a_box_score_that_cannot_be_read_costs_only_its_game() -> None:
    """Cut off in the middle: named by its path, beside the game that is now missing."""
    found = _night(WHOLE, b'{"game": {"gameId"')
    assert {r["game_id"] for r in rows_of("nba_raw.nbac_gamebook_player_stats", found).to_pylist()} == {"0022400001"}
    assert [m.entity for m in found.missing] == ["LAL at SAC (0022400002)", "box 2"]


def test_a_moved_game_s_box_score_has_the_schedule_s_date() -> None:
    """Its code may keep the old date: with it the game would be left out of its new slate."""
    found = _night(WHOLE, {**_scored("0022400002", "SAC", "LAL", 2), "gameCode": "20241002/LALSAC"})
    dates = {r["game_date"] for r in rows_of("nba_raw.nbac_gamebook_player_stats", found).to_pylist()}
    assert (dates, found.missing) == ({date(2024, 11, 3)}, ())


def test_every_game_there_is_nothing_missing() -> None:
    """Two games that add up."""
    assert _night(WHOLE, _scored("0022400002", "SAC", "LAL", 2)).missing == ()


def test_a_box_score_is_never_known_after_it_was_fetched() -> None:
    """Fetched before the assumed end, 175 minutes after the tip: known when fetched; fetched later: at that end."""
    tip = datetime(2024, 11, 4, 1, tzinfo=UTC)
    early = rows_of("nba_raw.nbac_gamebook_player_stats", _parse_box(_box(), tip + timedelta(minutes=160))).to_pylist()[
        0
    ]
    late = rows_of("nba_raw.nbac_gamebook_player_stats", _parse_box(_box())).to_pylist()[0]
    assert (early["known_at"] - tip, early["known_at_source"]) == (timedelta(minutes=160), "fetched")
    assert (late["known_at"] - tip, late["known_at_source"]) == (timedelta(minutes=175), "assumed")


def test_an_exhibition_is_counted() -> None:
    """It becomes no row, and is not missing."""
    assert _parse_box({**_box(), "gameId": "0032400001"}).evidence["discarded"] == {"not_a_league_game": 1}


def test_a_name_shared_by_two_players_is_resolved_by_their_teams() -> None:
    """The player of one of the game's teams is taken; without one on these teams the name is refused."""
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    twins = [
        {"player_id": i, "player_name": "J W", "player_lookup": "jw", "team": t} for i, t in ((1, "BOS"), (2, "LAL"))
    ]
    outcome = {"name": "Over", "description": "J W", "price": -110, "point": 9.5}
    event = {
        "id": "e", "commence_time": "2024-11-04T01:00:00Z", "home_team": "Boston Celtics", "away_team": "New York Knicks",
        "bookmakers": [{"key": "b", "markets": [{"key": "player_points", "outcomes": [outcome]}]}],
    }  # fmt: skip
    body = json.dumps(event).encode()
    early = payload("x/odds", body, fetched_at=tip - timedelta(hours=1))
    for home, expected in (("BOS", [1]), ("CHI", [])):
        given = inputs(
            [game(day, "BOS", "NYK", tip)], [{**t, "team": home if t["player_id"] == 1 else t["team"]} for t in twins]
        )
        computed = core.parse("odds_api_player_points_props", "nba", [early], given, work(day))
        assert [
            r["player_id"] for r in rows_of("nba_raw.odds_api_player_points_props", computed).to_pylist()
        ] == expected
        assert (len(computed.refused.get("unknown_player", []))) == 1 - len(expected)


def _event(**changes: Any) -> dict[str, Any]:
    outcome = {"name": "Over", "description": "J W", "price": -110, "point": 9.5, **changes}
    return {
        "id": "e", "commence_time": "2024-11-04T01:00:00Z", "home_team": "Boston Celtics", "away_team": "New York Knicks",
        "bookmakers": [{"key": "b", "markets": [{"key": "player_points", "outcomes": [outcome]}, {"key": "h2h", "outcomes": []}]}],
    }  # fmt: skip


def _parse_event(document: Any) -> Computed:
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    given = inputs([game(day, "BOS", "NYK", tip)], people({"J W"}, "BOS"))
    early = payload("x/odds", json.dumps(document).encode(), fetched_at=tip - timedelta(hours=1))
    return core.parse("odds_api_player_points_props", "nba", [early], given, work(day))


def test_of_different_prices_of_one_line_at_one_time_the_median_stands() -> None:
    """An event listed three times with other prices costs no line: the middle price stands, the others are overruled."""
    found = _parse_event([_event(price=price) for price in (-110, -150, -120)])
    rows = rows_of("nba_raw.odds_api_player_points_props", found).to_pylist()
    assert [(r["over_price"], r["contradiction"]) for r in rows] == [
        (-120, "median"), (-110, "overruled"), (-150, "overruled"),
    ]  # fmt: skip


def test_an_event_listed_twice_is_one_row() -> None:
    """Equal prices of the same line and time do not contradict each other."""
    (row,) = rows_of("nba_raw.odds_api_player_points_props", _parse_event([_event(), _event()])).to_pylist()
    assert row["contradiction"] is None


def test_home_and_away_may_be_swapped() -> None:
    """At a neutral site a book may call either team the home team; the spread is still the schedule's home team's."""
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    outcomes = [
        {"name": "New York Knicks", "price": -110, "point": -4.5},
        {"name": "Boston Celtics", "price": -110, "point": 4.5},
    ]
    event = {
        "id": "e", "commence_time": "2024-11-04T01:00:00Z", "home_team": "New York Knicks", "away_team": "Boston Celtics",
        "bookmakers": [{"key": "b", "markets": [{"key": "spreads", "outcomes": outcomes}]}],
    }  # fmt: skip
    early = payload("x/odds", json.dumps(event).encode(), fetched_at=tip - timedelta(hours=1))
    found = core.parse("odds_api_game_lines", "nba", [early], inputs([game(day, "BOS", "NYK", tip)], []), work(day))
    (row,) = rows_of("nba_raw.odds_api_game_lines", found).to_pylist()
    assert (row["home_team"], row["home_spread"]) == ("BOS", 4.5)


def test_a_listed_event_that_no_request_can_be_made_for_is_named() -> None:
    """The plan leaves out an event without a readable time or a safe id; the parser of the list refuses it by name."""
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    good = {**_event(), "bookmakers": []}
    listed = [good, {**good, "commence_time": "tonight"}, {**good, "id": "../events"}]
    answer = payload("v4/sports/basketball_nba/events", json.dumps(listed).encode())
    given = inputs([game(day, "BOS", "NYK", tip)], people({"J W"}, "BOS"))
    found = core.parse("odds_api_player_points_props", "nba", [answer], given, work(day))
    assert found.refused == {"unusable_event": listed[1:]}


def test_an_answer_about_other_teams_leaves_the_asked_game_missing_by_name() -> None:
    """No line of it is taken, the game that was asked for is missing with the reason, and the others stand."""
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    given, asked = inputs([game(day, "BOS", "NYK", tip)], people({"J W"}, "BOS")), "Utah Jazz at Chicago Bulls"
    answers = [
        payload(
            f"v4/sports/basketball_nba/events/{n}/odds",
            json.dumps(_event()).encode(),
            fetched_at=tip - timedelta(hours=1),
            entity=entity,
        )
        for n, entity in enumerate((asked, "New York Knicks at Boston Celtics", "Boston Celtics at New York Knicks"))
    ]
    found = core.parse("odds_api_player_points_props", "nba", answers[:2], given, work(day))
    assert len(found.rows or []) == 1
    assert [(m.entity, m.reason) for m in found.missing] == [
        (asked, "the answer is about New York Knicks at Boston Celtics")
    ]
    assert core.parse("odds_api_player_points_props", "nba", answers[2:], given, work(day)).missing == ()


def test_a_listed_team_that_lags_a_trade_does_not_move_the_quote() -> None:
    """The player is quoted in the event's game; his team there is not known rather than the old one."""
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    early = payload("x/odds", json.dumps(_event()).encode(), fetched_at=tip - timedelta(hours=1))
    given = inputs([game(day, "BOS", "NYK", tip)], people({"J W"}, "CHI"))
    found = core.parse("odds_api_player_points_props", "nba", [early], given, work(day))
    (row,) = rows_of("nba_raw.odds_api_player_points_props", found).to_pylist()
    assert (row["game_id"], row["team"]) == (game(day, "BOS", "NYK", tip)["game_id"], None)


def test_an_event_with_a_time_that_cannot_be_read_costs_only_itself() -> None:
    """A time without zone is no instant: that event is refused, the other one stands."""
    found = _parse_event([{**_event(), "commence_time": "2024-11-04T01:00:00"}, {**_event(), "id": "f"}])
    assert len(found.rows) == 1
    assert {rule: len(events) for rule, events in found.refused.items()} == {"unusable_event": 1}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"name": "Yes"}, "not_an_over_or_under"),
        ({"point": None}, "not_an_over_or_under"),
        ({"description": None}, "not_an_over_or_under"),
        ({"price": 1.0}, "impossible_price"),
        ({"price": "even"}, "wrong_type"),
        ({"description": "Somebody Else"}, "unknown_player"),
    ],
)
def test_an_outcome_that_cannot_be_a_line_is_refused_by_rule(change: dict[str, Any], rule: str) -> None:
    """Each refused outcome is counted under the rule it breaks."""
    computed = _parse_event(_event(**change))
    assert (computed.rows, {r: len(x) for r, x in computed.refused.items()}) == ([], {rule: 1})


def test_an_event_of_another_league_is_never_taken() -> None:
    """Its teams may be called like the NBA's: it is counted, and becomes no line."""
    computed = _parse_event({**_event(), "sport_key": "basketball_wnba"})
    assert (computed.rows, computed.evidence["discarded"]) == ([], {"other_league": 1})


def test_a_line_without_a_time_is_known_when_fetched() -> None:
    """Without last_update it is known at the snapshot's time and marked so; other markets are counted."""
    computed = _parse_event(_event())
    (row,) = rows_of("nba_raw.odds_api_player_points_props", computed).to_pylist()
    assert (row["known_at"], row["known_at_source"]) == (datetime(2024, 11, 4, 0, tzinfo=UTC), "snapshot")
    assert computed.evidence["discarded"] == {"other_market": 1}


@pytest.mark.parametrize(
    "bookmaker",
    [
        {"markets": [{"key": "player_points", "outcomes": []}]},
        {"key": "c", "markets": [{"key": "player_points", "outcomes": 3}]},
        {"key": "c", "last_update": "yesterday", "markets": [{"key": "player_points", "outcomes": []}]},
        "c",
    ],
)
def test_a_malformed_bookmaker_costs_only_its_quotes(bookmaker: Any) -> None:
    """It is refused; the other books of the event stand."""
    found = _parse_event({**_event(), "bookmakers": [bookmaker, *_event()["bookmakers"]]})
    assert (len(found.rows), {rule: len(x) for rule, x in found.refused.items()}) == (1, {"unreadable_bookmaker": 1})


@pytest.mark.parametrize(
    "document", [{"timestamp": "2024-11-03T20:00:00Z"}, {"timestamp": "2024-11-03T20:00:00", "data": _event()}]
)
def test_a_malformed_answer_of_the_odds_api_is_refused_whole(document: Any) -> None:
    """Without data, or taken at a time that is none."""
    with pytest.raises(ContractError, match="x/odds"):
        _parse_event(document)


@pytest.mark.parametrize(
    ("document", "rule"),
    [(3, "not_an_object"), (["e"], "not_an_object"), ({**_event(), "bookmakers": 3}, "unusable_event")],
)
def test_an_event_that_is_none_is_refused(document: Any, rule: str) -> None:
    """Another thing in place of an event or of its books."""
    found = _parse_event(document)
    assert (found.rows, {r: len(x) for r, x in found.refused.items()}) == ([], {rule: 1})


def test_one_answer_that_cannot_be_read_costs_only_its_event() -> None:
    """It is missing by the name of its event; with more than half of them unreadable the feed is refused."""
    day, tip = date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC)
    given = inputs([game(day, "BOS", "NYK", tip)], people({"J W"}, "BOS"))
    whole, cut = json.dumps(_event()).encode(), b'{"id": "f", "comm'

    def parsed(*bodies: bytes) -> Computed:
        early = [payload(f"x/{n}/odds", body, fetched_at=tip - timedelta(hours=1)) for n, body in enumerate(bodies)]
        return core.parse("odds_api_player_points_props", "nba", early, given, work(day))

    found = parsed(whole, cut)
    assert (len(found.rows or []), [m.entity for m in found.missing]) == (1, ["x/1/odds"])
    with pytest.raises(ContractError, match="not whole JSON"):
        parsed(whole, cut, cut)


@pytest.mark.parametrize(
    "document",
    [{}, {"resultSets": []}, {"resultSets": [{"headers": ["PERSON_ID"], "rowSet": []}]}, []],
)
def test_a_player_list_without_its_columns_is_refused(document: Any) -> None:
    """A missing column makes the whole list a ContractError."""
    with pytest.raises(ContractError):
        parse("nbac_player_list", "stats/commonallplayers", json.dumps(document).encode(), date(2024, 11, 3))


def test_a_listed_player_without_identity_is_refused() -> None:
    """Without an id or a letter in the name a player is refused; the others become rows."""
    headers = ["PERSON_ID", "DISPLAY_FIRST_LAST", "ROSTERSTATUS", "TEAM_ABBREVIATION"]
    rows = [[None, "A B", 1, "BOS"], [7, "??", 1, "BOS"], [8, "C D", 1, "BOS"], [9, "E F", 0, ""]]
    body = json.dumps({"resultSets": [{"headers": headers, "rowSet": rows}]}).encode()
    computed = parse("nbac_player_list", "stats/commonallplayers", body, date(2025, 11, 3))
    assert [r["player_id"] for r in rows_of("nba_raw.nbac_player_list", computed).to_pylist()] == [8]
    assert (len(computed.refused["no_identity"]), computed.evidence["discarded"]) == (2, {"not_on_a_roster": 1})


def test_a_malformed_record_of_the_player_list_costs_only_itself() -> None:
    """Records that do not fit the columns are refused and kept; more than half of them are another document."""
    headers = ["PERSON_ID", "DISPLAY_FIRST_LAST", "ROSTERSTATUS", "TEAM_ABBREVIATION"]
    good, broken = [8, "C D", 1, "BOS"], [9, "E F"]

    def listed(*rows: Any) -> Computed:
        body = json.dumps({"resultSets": [{"headers": headers, "rowSet": rows}]}).encode()
        return parse("nbac_player_list", "stats/commonallplayers", body, date(2025, 11, 3))

    computed = listed(good, [10, "G H", 1, "NYK"], broken, None)
    assert [r["player_id"] for r in rows_of("nba_raw.nbac_player_list", computed).to_pylist()] == [8, 10]
    assert computed.refused == {"unfit_record": [{"record": broken}, {"record": None}]}
    with pytest.raises(ContractError, match="2 of 3 records"):
        listed(good, broken, None)
