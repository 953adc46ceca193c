"""What a schedule says about games that are stored already: moved, withdrawn, or no longer played at all. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.rules.dates import season_of_game
from shared.rules.schedule import SCHEDULED, TENTATIVE, Schedule, name_of

MOVED, WITHDRAWN = "moved", "withdrawn"
NOT_LISTED = "no longer listed"
NOT_NEEDED = "if necessary, and no longer listed"
Row = Mapping[str, Any]  # of nba_raw.nbac_schedule


@dataclass(frozen=True)
class TakenBack:
    """Stored rows of games taken back, with `game_status` and `status_reason`, and rows kept although they are gone."""

    rows: tuple[Row, ...]
    kept: tuple[Row, ...]


def name(row: Row) -> str:
    """The row's game in sentences."""
    return name_of(row["away_team"], row["home_team"], row["game_id"])


def take_back(stored: Sequence[Row], schedule: Schedule, first: date, last: date, most: float) -> TakenBack:
    """What becomes of stored games that a season's schedule lists on another date, or not at all.

    A game listed on another date has `moved` there, wherever it was stored. One of the dates `first` to `last` that is
    not listed is `withdrawn`. But a schedule that takes back more than the share `most` of the games stored on these
    dates (one game it always may), or that lists no game of their season, is not what it claims: it withdraws none.
    A tentative game may always go.
    """
    dates = {game.game_id: game.game_date for game in schedule.games}
    moved = [
        _became(row, MOVED, f"to {dates[row['game_id']]}")
        for row in stored
        if dates.get(row["game_id"], row["game_date"]) != row["game_date"]
    ]
    here = [row for row in stored if first <= row["game_date"] <= last and row["game_status"] != MOVED]
    gone = [row for row in here if row["game_id"] not in schedule.ids]
    before = [row for row in gone if row["game_status"] == WITHDRAWN]
    unneeded = [_became(row, WITHDRAWN, NOT_NEEDED) for row in gone if row["game_status"] == TENTATIVE]
    certain = [row for row in gone if row["game_status"] not in (WITHDRAWN, TENTATIVE)]
    is_of_season = {season_of_game(row["game_id"]) for row in certain} <= {season_of_game(i) for i in dates}
    is_whole = is_of_season and len(certain) <= max(1, most * (len(here) - len(before)))
    withdrawn = [_became(row, WITHDRAWN, NOT_LISTED) for row in certain] if is_whole else []
    return TakenBack((*moved, *before, *unneeded, *withdrawn), tuple(() if is_whole else certain))


def _became(row: Row, status: str, reason: str) -> Row:
    return {**row, "game_status": status, "status_reason": reason}


def judge_slate(rows: Sequence[Row]) -> tuple[str, str]:
    """Whether any stored game of a run's dates is to be played, and a sentence that names those that are off.

    `ok`; `no_games` where the schedule has no certain game; `called_off` where every game that it had is off: that is
    rare, so it is not taken for a day without games.
    """
    off = [r for r in rows if r["game_status"] not in (SCHEDULED, TENTATIVE) and r["status_reason"] != NOT_NEEDED]
    games = "; ".join(f"{name(r)}: {r['game_status']} ({r['status_reason'] or 'no reason given'})" for r in off)
    if any(row["game_status"] == SCHEDULED for row in rows):
        return "ok", f"off: {games}" if off else ""
    if not off:
        return "no_games", "the schedule has no games on these dates"
    return "called_off", f"every game of these dates is off: {games}"
