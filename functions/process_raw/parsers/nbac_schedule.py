"""Rows of nbac_schedule from the NBA's schedule JSON, and what it takes back of the rows that are stored."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from functions.process_raw.results import Tally
from shared.contracts.work import Computed, Missing, Payload, Work
from shared.rules.dates import schedule_known_at, season_of_game, season_type
from shared.rules.schedule import LeagueGame, joined
from shared.rules.stats_tables import read_games
from shared.rules.stored_schedule import name, take_back

_WHEN = ("known_at", "known_at_source")
_KEPT = "kept: the schedule that no longer lists it takes back too many games to be whole, or lists another season"


def parse(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
    """The window's league games, and those rows of `inputs["stored"]` whose games have moved or are withdrawn.

    A game is known 14 days before its tip; one that is not certain to be played, or had another date before, from when
    it was fetched. A stored game that is kept although the schedule no longer lists it is missing by name.
    """
    tally = Tally()
    schedule = joined([read_games(payload.body, work.assumptions) for payload in payloads])
    tally.discarded["not_a_league_game"] += schedule.others
    tally.refuse("unreadable_game", *schedule.refused)
    fetched_at = max(payload.artifact.fetched_at for payload in payloads)
    stored = inputs["stored"].to_pylist() if "stored" in inputs else []
    tips = {_key(row): row["tip_utc"] for row in stored if row["tip_source"] == "schedule"}
    most = work.settings["max_refused_share"] if stored else 0.0
    taken = take_back(stored if schedule.is_whole else [], schedule, work.from_date, work.to_date, most)
    by_key = {_key(row): row for row in stored}
    had_a_date = {row["game_id"] for row in stored}
    rows = [
        _row(g, fetched_at, work, is_new=g.game_id in had_a_date and (g.game_id, g.game_date) not in by_key)
        for g in (_with_tip(g, tips) for g in schedule.between(work.from_date, work.to_date))
    ]
    rows += [{**row, "known_at": fetched_at, "known_at_source": "fetched"} for row in taken.rows]
    rows = [_as_first_known(row, by_key.get(_key(row), {})) for row in rows]
    kept = tuple(Missing(name(row), _KEPT) for row in taken.kept)
    return replace(tally.computed(rows, "no league game in the window"), missing=kept)


def _key(row: Mapping[str, Any]) -> tuple[str, date]:
    return row["game_id"], row["game_date"]


def _as_first_known(row: dict[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The row; what is stored already was known when it was stored, so that reading it again gives equal rows."""
    is_same = all(stored.get(name) == value for name, value in row.items() if name not in _WHEN)
    return {**row, **{name: stored[name] for name in _WHEN}} if is_same else row


def _with_tip(game: LeagueGame, tips: Mapping[tuple[str, date], datetime]) -> LeagueGame:
    """The game, with the tip that is stored where its source has none: a game log has no times."""
    tip = tips.get((game.game_id, game.game_date))
    return game if game.tip_given or tip is None else replace(game, tip=tip, tip_given=True)


def _row(game: LeagueGame, fetched_at: datetime, work: Work, *, is_new: bool) -> dict[str, Any]:
    assumed = schedule_known_at(game.tip, work.assumptions)
    fetched = is_new or not game.is_certain or fetched_at < assumed
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
        "game_status": game.status,
        "status_reason": game.status_reason,
        "known_at": fetched_at if fetched else assumed,
        "known_at_source": "fetched" if fetched else "assumed",
        "source": "nba_schedule",
    }
