"""The games of a day: the live scoreboard, version 3 of the statistics site's, and games cut out of either."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import LEAGUES, date_of, game_id_of, league_of, season_columns, team_of
from functions.process_raw.feeds.nba.schedule import lacks_score, shown_status, text
from functions.process_raw.results import Tally
from shared.rules.dates import parse_utc
from shared.rules.schedule import NOT_BEGUN, standing


def _games(document: Any) -> Any:
    return document.get("scoreboard", document)["games"]


def recognises(document: Any) -> bool:
    """Whether it is a scoreboard: games with a status and two teams, or none at all."""
    games = _games(document)
    if "scoreboard" not in document and not games:
        return False
    return isinstance(games, list) and all("gameStatus" in game and "homeTeam" in game for game in games[:1])


def league(document: Any) -> str:
    """The league by the scoreboard's id, else by the first game's."""
    stated = document.get("scoreboard", {}).get("leagueId")
    games = _games(document)
    return LEAGUES.get(stated, "unknown league") if stated else league_of(games[0]["gameId"])


def read(document: Any, tally: Tally) -> Rows:
    """A row per game."""
    games = tally.kept("nba_cdn.scoreboard_game", _games(document), "scoreboard")
    tally.refuse("score_missing", *(game for game in games if lacks_score(game)))
    return {"nbac_schedule": [_row(game) for game in games if not lacks_score(game)]}


def _row(game: Row) -> Row:
    game_id, home, away = game_id_of(game["gameId"]), game["homeTeam"], game["awayTeam"]
    tip = parse_utc(game["gameTimeUTC"]) if game.get("gameTimeUTC") else None
    status, _ = standing(game, has_midnight=False)
    has_begun = game["gameStatus"] > NOT_BEGUN
    return {
        "game_id": game_id,
        "game_date": date_of(game["gameCode"][:8]),
        **season_columns(game_id),
        "tip_utc": tip,
        "home_team": team_of(home),
        "away_team": team_of(away),
        "home_points": home.get("score") if has_begun else None,
        "away_points": away.get("score") if has_begun else None,
        "is_neutral_site": game.get("isNeutral"),
        "game_status": shown_status(status, game["gameStatus"]),
        "status_text": text(game["gameStatusText"]),
        "label": text(game.get("gameLabel")),
    }
