"""Rows of nbac_gamebook_player_stats from the NBA's live-data box score JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from functions.process_raw.feeds.nba_cdn.boxscore import date_of, game_of, overtimes_of, player_lines
from functions.process_raw.parsers.game_log import GameLogs
from functions.process_raw.results import Tally
from shared.contracts.work import Computed, Missing, Payload, Work
from shared.errors import ContractError
from shared.rules.box_scores import difference
from shared.rules.dates import eastern_date, game_end, parse_utc, season_of_game, season_type
from shared.rules.names import player_lookup
from shared.rules.schedule import FINAL, LeagueGame, read_json
from shared.rules.stats_tables import is_of_players, is_of_teams, read_games

_AWAITED = "the schedule lists it as final, and its box score is not there yet"
_NOT_OVER = "the schedule does not list it as final yet"


def parse(payloads: Sequence[Payload], _: Mapping[str, pa.Table], work: Work) -> Computed:
    """A row per player listed in the final games of the window.

    A game whose box score is not there, not final, not readable or does not add up is missing by name; it costs no
    other game. Expected are the games that the fetched schedule lists as to be played; a game's date is the schedule's,
    as the code of a game that moved may keep the old one. ContractError where more than half of the bodies cannot be
    read.
    """
    tally = Tally()
    held_back: dict[str, str] = {}
    listed: dict[str, LeagueGame] = {}
    logs = GameLogs()

    def read(payload: Payload) -> list[dict[str, Any]]:
        """The rows of a box score; what a schedule or a game log lists is kept for all of them."""
        document = read_json(payload.body, payload.artifact.path)
        if is_of_players(document):
            logs.add_players(document)
            return []
        if is_of_teams(document) or (isinstance(document, dict) and "leagueSchedule" in document):
            listed.update({g.game_id: g for g in read_games(payload.body, work.assumptions).games})
            logs.add_teams(document)
            return []
        try:
            return _rows(document, payload, listed, work, tally)
        except _HeldBack as error:
            held_back[error.game_id] = str(error)
            return []

    rows = [row for of_game in tally.read(payloads, read) for row in of_game]
    logged, differing = logs.rows(listed, work, tally)
    rows, held_back = [*rows, *logged], {**held_back, **differing}
    there = {row["game_id"] for row in rows}
    reasons = {name: str(error) for name, error in tally.unreadable.items()}
    gaps = [
        Missing(game.name, held_back.pop(game_id, reasons.pop(game.name, _AWAITED if game.is_final else _NOT_OVER)))
        for game_id, game in listed.items()
        if game.is_certain and work.from_date <= game.game_date <= work.to_date and game_id not in there
    ]
    missing = (*gaps, *(Missing(entity, reason) for entity, reason in {**held_back, **reasons}.items()))
    return replace(tally.computed(rows, "no final game in the window"), missing=missing)


class _HeldBack(ContractError):
    """A box score that is not final, or contradicts itself: its game is missing until another one is whole."""

    def __init__(self, game_id: str, reason: str) -> None:
        super().__init__(reason)
        self.game_id = game_id


def _rows(
    document: Any, payload: Payload, listed: Mapping[str, LeagueGame], work: Work, tally: Tally
) -> list[dict[str, Any]]:
    """The rows of one box score, none for a game of no interest; _HeldBack if it is not final or does not add up."""
    game = game_of(document, payload.artifact.path)
    common = _common(game, payload, listed.get(game["gameId"]), work)
    is_inside = work.from_date <= common["game_date"] <= work.to_date
    if season_type(game["gameId"]) is None or not is_inside:
        tally.discarded["outside_window" if not is_inside else "not_a_league_game"] += 1
        return []
    if game["gameStatus"] != FINAL:
        raise _HeldBack(game["gameId"], f"its box score is not final yet (status {game['gameStatus']})")
    stated = listed.get(game["gameId"])
    if stated and {common["home_team"], common["away_team"]} != {stated.home_team, stated.away_team}:
        raise _HeldBack(game["gameId"], f"its box score is of {common['away_team']} at {common['home_team']}")
    rows = []
    for side in ("home", "away"):
        team_rows = _team_rows(game, side, common, tally)
        points, seconds = (sum(r.get(n) or 0 for r in team_rows) for n in ("points", "seconds_played"))
        team, score = common[f"{side}_team"], game[f"{side}Team"].get("score")
        reason = difference(team, points, score, seconds, common["overtimes"], work.assumptions)
        if reason:
            raise _HeldBack(game["gameId"], reason)
        rows += team_rows
    return rows


def _common(game: Mapping[str, Any], payload: Payload, listed: LeagueGame | None, work: Work) -> dict[str, Any]:
    """The columns that all rows of a game share.

    Its date is the schedule's, else that of the code, else that of its time. It is known at its assumed end, or when
    it was fetched before that or has no time.
    """
    overtimes = overtimes_of(game)
    fetched = payload.artifact.fetched_at
    try:
        tip = parse_utc(game["gameTimeUTC"]) if game.get("gameTimeUTC") else None
        dated = date_of(game) or eastern_date(fetched)
    except ValueError as error:
        raise ContractError(f"{payload.artifact.path}: {error}") from error
    ended = game_end(tip, overtimes, work.assumptions) if tip else fetched
    return {
        "game_id": game["gameId"],
        "game_date": listed.game_date if listed else dated,
        "season": season_of_game(game["gameId"]),
        "season_type": season_type(game["gameId"]),
        "home_team": game["homeTeam"]["teamTricode"],
        "away_team": game["awayTeam"]["teamTricode"],
        "overtimes": overtimes,
        "known_at": min(fetched, ended),
        "known_at_source": "fetched" if fetched < ended else "assumed",
        "source": "nba_live_data",
    }


def _team_rows(game: Mapping[str, Any], side: str, common: Mapping[str, Any], tally: Tally) -> list[dict[str, Any]]:
    other = "away" if side == "home" else "home"
    team = {
        "team": common[f"{side}_team"],
        "opponent": common[f"{other}_team"],
        "is_home": side == "home",
    }
    return [
        {**common, **team, **line, "player_lookup": player_lookup(line["player_name"])}
        for line in player_lines(game, side, tally)
    ]
