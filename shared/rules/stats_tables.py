"""The answers of the NBA's statistics site: tables with headers and rows, and the game logs among them. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from typing import Any

from shared.errors import ContractError
from shared.rules.box_scores import OVERTIME_MINUTES, REGULATION_MINUTES
from shared.rules.dates import assumed_tip, season_type
from shared.rules.schedule import SCHEDULED, LeagueGame, Schedule, read_json, read_schedule

_OF_TEAMS = frozenset({"GAME_ID", "GAME_DATE", "MATCHUP", "TEAM_ABBREVIATION", "MIN", "PTS"})
_OF_PLAYERS = _OF_TEAMS | {"PLAYER_ID", "PLAYER_NAME"}
Row = dict[str, Any]


def table_of(document: Any, what: str, needed: Iterable[str]) -> list[Row]:
    """The rows of the document's first table, each by its headers.

    ContractError if it is not a table, lacks a column, or has a record that does not fit the headers.
    """
    rows, unfit = fitting_rows(document, what, needed)
    if unfit:
        raise ContractError(f"{what} is not a table of resultSets: {len(unfit)} records do not fit its headers")
    return rows


def fitting_rows(document: Any, what: str, needed: Iterable[str]) -> tuple[list[Row], list[Row]]:
    """The rows of the document's first table, each by its headers, and the records that do not fit these.

    ContractError if it is not a table, lacks a column, or if more than half of its records do not fit.
    """
    try:
        result = document["resultSets"][0]
        headers, records = list(result["headers"]), list(result["rowSet"])
        missing = sorted(set(needed) - set(headers))
    except (KeyError, IndexError, TypeError) as error:
        raise ContractError(f"{what} is not a table of resultSets: {error!r}") from error
    if missing:
        raise ContractError(f"{what}: no columns {missing}")
    rows, unfit = list[Row](), list[Row]()
    for record in records:
        if isinstance(record, list) and len(record) == len(headers):
            rows.append(dict(zip(headers, record, strict=True)))
        else:
            unfit.append({"record": record})
    if len(unfit) > len(rows):
        raise ContractError(f"{what} is not a table of resultSets: {len(unfit)} of {len(records)} records do not fit")
    return rows, unfit


def is_of_players(document: Any) -> bool:
    """Whether the document is a game log with a row per player, and not one with a row per team."""
    return "PLAYER_ID" in _headers(document)


def is_of_teams(document: Any) -> bool:
    """Whether the document is a game log with a row per team."""
    return _headers(document) >= _OF_TEAMS and not is_of_players(document)


def _headers(document: Any) -> set[str]:
    try:
        return set(document["resultSets"][0]["headers"])
    except (KeyError, IndexError, TypeError):
        return set()


def player_rows(document: Any) -> list[Row]:
    """The rows of a game log of players; ContractError if it lacks a column that identifies them or their game."""
    return table_of(document, "game log of players", _OF_PLAYERS)


def team_rows(document: Any) -> list[Row]:
    """The rows of a game log of teams; ContractError if it lacks a column that identifies them or their game."""
    return table_of(document, "game log of teams", _OF_TEAMS)


def read_games(body: bytes, assumptions: Mapping[str, int]) -> Schedule:
    """The games of a schedule document or of a game log of teams; ContractError for anything else.

    A game log lists games that were played, without their tip times: what it does not list it does not take back.
    """
    document = read_json(body, "schedule")
    if not _headers(document):
        return read_schedule(body, assumptions)
    listed = team_rows(document)
    asked = document.get("parameters") or {}
    if not listed and asked.get("SeasonType") == "Regular Season":
        raise ContractError(f"the game log of {asked.get('Season')} lists no game of a season that is over")
    games: dict[str, LeagueGame] = {}
    refused: list[Row] = []
    others = 0
    for game_id, rows in _by_game(listed).items():
        if season_type(game_id) is None:
            others += 1
            continue
        try:
            games[game_id] = _game(game_id, rows, assumptions)
        except ValueError:
            refused += rows
    return Schedule(tuple(games.values()), others, tuple(refused), is_whole=False)


def _by_game(rows: Sequence[Row]) -> dict[str, list[Row]]:
    by_game: dict[str, list[Row]] = {}
    for row in rows:
        by_game.setdefault(str(row["GAME_ID"]), []).append(row)
    return by_game


def _game(game_id: str, rows: Sequence[Row], assumptions: Mapping[str, int]) -> LeagueGame:
    """A game from the rows of its teams; ValueError if a date or a matchup cannot be read.

    At a neutral site both rows may say `IND @ SAS`, so that any one of them must do.
    """
    day = date.fromisoformat(str(rows[0]["GAME_DATE"])[:10])
    left, sign, right = str(rows[0]["MATCHUP"]).split()
    home, away = (right, left) if sign == "@" else (left, right)
    tip = assumed_tip(day, assumptions).astimezone(UTC)
    return LeagueGame(
        game_id=game_id,
        game_date=day,
        tip=tip,
        tip_given=False,
        home_team=home,
        away_team=away,
        is_neutral_site=None,
        status=SCHEDULED,
        status_reason=None,
        is_final=True,
    )


def overtimes_of(minutes: float) -> int:
    """Overtimes of a game in which a team's players had so many minutes together, to the nearest."""
    return max(0, round((minutes - REGULATION_MINUTES) / OVERTIME_MINUTES))
