"""The statistics site's tables: rows by their headers, and the games of a season that is over."""

import json
from datetime import date
from typing import Any

import pytest

from shared.errors import ContractError
from shared.map.loader import pipeline_map
from shared.rules import stats_tables
from shared.rules.stats_tables import fitting_rows, is_of_players, is_of_teams, overtimes_of, read_games, table_of

ASSUMED = pipeline_map().assumptions
HEADERS = ["TEAM_ABBREVIATION", "GAME_ID", "GAME_DATE", "MATCHUP", "MIN", "PTS"]


def log(*rows: list[Any], kind: str = "Regular Season", headers: list[str] = HEADERS) -> dict[str, Any]:
    """A game log."""
    asked = {"Season": "2022-23", "SeasonType": kind}
    return {"parameters": asked, "resultSets": [{"name": "LeagueGameLog", "headers": headers, "rowSet": list(rows)}]}


def games(document: Any) -> stats_tables.Schedule:
    """Its games."""
    return read_games(json.dumps(document).encode(), ASSUMED)


HOME = ["CLE", "0022200552", "2023-01-02", "CLE vs. CHI", 265, 145]
AWAY = ["CHI", "0022200552", "2023-01-02T00:00:00", "CHI @ CLE", 265, 134]


@pytest.mark.parametrize("rows", [[HOME, AWAY], [AWAY, HOME], [AWAY], [AWAY, ["CLE", *AWAY[1:]]]])
def test_a_game_is_read_from_the_rows_of_its_teams(rows: list[list[Any]]) -> None:
    """In either order, from one row alone, and at a neutral site, where both rows may say the same."""
    (game,) = games(log(*rows)).games
    assert (game.game_id, game.game_date, game.away_team, game.home_team) == (
        "0022200552", date(2023, 1, 2), "CHI", "CLE",
    )  # fmt: skip
    assert (game.status, game.is_final, game.tip_given, game.is_neutral_site) == ("scheduled", True, False, None)


def test_a_game_log_takes_nothing_back() -> None:
    """It lists games that were played: a stored game that it lacks may be one that was not."""
    assert not games(log(HOME)).is_whole
    assert stats_tables.read_schedule(b'{"leagueSchedule": {"gameDates": []}}', ASSUMED).is_whole


def test_other_games_are_counted_and_unreadable_ones_refused() -> None:
    """Preseason games, and rows without a date or two teams, cost no other game."""
    found = games(
        log(
            HOME,
            ["CLE", "0012200001", *HOME[2:]],
            ["CLE", "0022200553", "?", *HOME[3:]],
            ["CLE", "0022200554", "2023-01-02", "CLE", 240, 100],
        )
    )
    assert ([g.game_id for g in found.games], found.others, len(found.refused)) == (["0022200552"], 1, 2)


def test_a_season_that_is_over_had_games() -> None:
    """An empty log of its regular season is an answer to another question; one of the playoffs may be empty."""
    with pytest.raises(ContractError, match="game log of 2022-23 lists no game"):
        games(log())
    assert games(log(kind="Playoffs")).games == ()


@pytest.mark.parametrize(
    "document", [{}, {"resultSets": []}, {"resultSets": [{"headers": None}]}, [], 3, {"message": "x"}]
)
def test_what_is_no_table_is_neither_a_log_nor_a_schedule(document: Any) -> None:
    """An error document is refused, never taken for a season without games."""
    assert not is_of_players(document)
    assert not is_of_teams(document)
    with pytest.raises(ContractError):
        games(document)
    with pytest.raises(ContractError):
        table_of(document, "x", [])


def test_the_columns_say_what_a_log_is_of() -> None:
    """A row per player has the player's id; a table without the columns of a log is none."""
    players = log(headers=["PLAYER_ID", "PLAYER_NAME", *HEADERS])
    assert (is_of_players(players), is_of_teams(players)) == (True, False)
    assert (is_of_players(log()), is_of_teams(log())) == (False, True)
    with pytest.raises(ContractError, match=r"no columns \['PTS'\]"):
        stats_tables.team_rows(log(headers=HEADERS[:-1]))
    with pytest.raises(ContractError, match=r"no columns \['PLAYER_NAME'\]"):
        stats_tables.player_rows(log(headers=["PLAYER_ID", *HEADERS]))


@pytest.mark.parametrize("record", [["CLE"], None, 3])
def test_a_row_that_does_not_fit_the_columns_refuses_the_table(record: Any) -> None:
    """Columns that are shifted are worse than none."""
    with pytest.raises(ContractError, match="not a table"):
        table_of(log(record), "x", HEADERS)


@pytest.mark.parametrize("record", [["CLE"], None, 3])
def test_a_record_that_does_not_fit_costs_only_itself_where_a_list_allows_it(record: Any) -> None:
    """The others are read, and it is kept for a person; more than half of such records are another document."""
    rows, unfit = fitting_rows(log(HOME, record), "x", HEADERS)
    assert [r["TEAM_ABBREVIATION"] for r in rows] == ["CLE"]
    assert unfit == [{"record": record}]
    with pytest.raises(ContractError, match="2 of 3 records"):
        fitting_rows(log(HOME, record, record), "x", HEADERS)


@pytest.mark.parametrize(("minutes", "overtimes"), [(240, 0), (239, 0), (265, 1), (266, 1), (290, 2), (0, 0)])
def test_overtimes_by_a_teams_minutes(minutes: int, overtimes: int) -> None:
    """Five players for 48 minutes, and for five more in each overtime; rounded minutes may be off by some."""
    assert overtimes_of(minutes) == overtimes


def test_a_record_that_does_not_fit_its_headers_refuses_a_whole_table() -> None:
    """`table_of` wants every record; `fitting_rows` gives the others."""
    document = {"resultSets": [{"headers": ["A", "B"], "rowSet": [[1, 2], [3, 4], [5]]}]}
    with pytest.raises(ContractError, match="1 records do not fit its headers"):
        table_of(document, "list", ["A"])
    assert fitting_rows(document, "list", ["A"])[0] == [{"A": 1, "B": 2}, {"A": 3, "B": 4}]
