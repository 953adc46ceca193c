"""The schedule of a season, scheduleLeagueV2: the statistics site and the CDN have the same document."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import LEAGUES, season_columns
from functions.process_raw.results import Tally
from shared.rules.schedule import FINAL, NOT_BEGUN, LeagueGame, listed_games, schedule_of

_UNGIVEN_TIP = {"tip_hour_eastern": 19}  # stands in where the schedule has no time, and is not shown


def recognises(document: Any) -> bool:
    """Whether it is a schedule."""
    return "gameDates" in document["leagueSchedule"]


def league(document: Any) -> str:
    """The league that the schedule names."""
    return LEAGUES.get(str(document["leagueSchedule"].get("leagueId") or "00"), "unknown league")


def read(document: Any, tally: Tally) -> Rows:
    """A row per league game; preseason, All-Star and undecided games are counted."""
    examined = listed_games(document)
    kept = {(g["gameId"], g["gameDateEst"][:10]): g for g in tally.take(examined)}
    schedule = schedule_of(examined, _UNGIVEN_TIP)
    tally.discarded["not_a_league_game"] += schedule.others
    tally.refuse("unreadable_game", *(g for g in schedule.refused if "gameId" in g and g in examined.kept))
    listed = [(g, kept.get((g.game_id, str(g.game_date)), {})) for g in schedule.games]
    tally.refuse("score_missing", *(record for _, record in listed if lacks_score(record)))
    return {"nbac_schedule": [_row(g, record) for g, record in listed if not lacks_score(record)]}


def _row(game: LeagueGame, listed: Row) -> Row:
    has_begun = listed.get("gameStatus", 1) > 1
    return {
        "game_id": game.game_id,
        "game_date": game.game_date,
        **season_columns(game.game_id),
        "tip_utc": game.tip if game.tip_given else None,
        "home_team": game.home_team,
        "away_team": game.away_team,
        "home_points": listed["homeTeam"].get("score") if has_begun else None,
        "away_points": listed["awayTeam"].get("score") if has_begun else None,
        "is_neutral_site": game.is_neutral_site,
        "game_status": shown_status(game.status, listed.get("gameStatus")),
        "status_text": text(listed.get("gameStatusText")),
        "arena": text(listed.get("arenaName")),
        "city": text(listed.get("arenaCity")),
        "label": text(listed.get("gameLabel")),
    }


def shown_status(status: str, number: Any) -> str | None:
    """A scheduled game by its number is scheduled, in progress or final; any other is what its status says.

    None for a number that has no meaning.
    """
    if status != "scheduled":
        return status
    return {None: status, NOT_BEGUN: status, FINAL - 1: "in_progress", FINAL: "final"}.get(number)


def lacks_score(game: Row) -> bool:
    """Whether a game whose text says that it is over has a team without a score.

    Without it the game looks like one that was called off (shared/rules/schedule.py, `standing`).
    """
    is_over = str(game.get("gameStatusText")).strip().lower().startswith("final")
    return is_over and any(game[f"{side}Team"].get("score") is None for side in ("home", "away"))


def text(value: Any) -> str | None:
    """Text without padding; None where there is none."""
    return " ".join(value.split()) or None if isinstance(value, str) else None


def jersey(value: Any) -> str | None:
    """The number on a jersey, which keeps its zeros; None for anything else."""
    found = text(value)
    return found if found and found.isdecimal() and len(found) <= 2 else None  # noqa: PLR2004 - two digits
