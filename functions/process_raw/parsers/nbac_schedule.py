"""Rows of nbac_schedule from the NBA's schedule JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from functions.process_raw.parsers.results import Tally
from shared.contracts.work import Computed, Payload, Work
from shared.rules.dates import schedule_known_at, season_of_game, season_type
from shared.rules.schedule import LeagueGame, read_schedule


def parse(payloads: Sequence[Payload], _: Mapping[str, pa.Table], work: Work) -> Computed:
    """The window's league games; known 14 days before the tip, a postponed game when it was fetched."""
    rows: list[dict[str, Any]] = []
    tally = Tally()
    for payload in payloads:
        schedule = read_schedule(payload.body, work.assumptions)
        tally.discarded["not_a_league_game"] += schedule.others
        tally.refuse("unreadable_game", *schedule.refused)
        rows += [_row(g, payload.artifact.fetched_at, work) for g in schedule.between(work.from_date, work.to_date)]
    return tally.computed(rows, "no league game in the window", "no_games")


def _row(game: LeagueGame, fetched_at: datetime, work: Work) -> dict[str, Any]:
    assumed = schedule_known_at(game.tip, work.assumptions)
    fetched = game.is_postponed or fetched_at < assumed
    return {
        "game_id": game.game_id,
        "game_date": game.game_date,
        "season": season_of_game(game.game_id),
        "season_type": season_type(game.game_id),
        "tip_utc": game.tip,
        "tip_source": "schedule" if game.tip_given else "assumed",
        "home_team": game.home_team,
        "away_team": game.away_team,
        "is_neutral_site": game.is_neutral_site,
        "game_status": "postponed" if game.is_postponed else "scheduled",
        "known_at": fetched_at if fetched else assumed,
        "known_at_source": "fetched" if fetched else "assumed",
        "source": "nba_schedule",
    }
