"""Injury statuses and inactive lists of a history folder: one row per player and Eastern game date."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from functions.process_raw.parsers.history_tables import identity, table_of
from functions.process_raw.results import Tally
from shared.contracts.rows import table
from shared.contracts.work import Computed, Work
from shared.rules import history_times
from shared.rules.dates import eastern_date, eastern_days, eastern_instant
from shared.rules.history_rows import fitting
from shared.rules.history_times import column
from shared.rules.names import made_up_player_id, player_lookup

# Status in the file -> status in the official report. Any other status is about no game and is left out.
STATUSES = {
    "out": "out",
    "injured": "out",
    "doubtful": "doubtful",
    "questionable": "questionable",
    "day_to_day": "questionable",
    "probable": "probable",
    "available": "available",
}
_TABLE = "nba_raw.nbac_injury_report"


def parse(tables: Mapping[str, pa.Table], work: Work) -> Computed:
    """The rows of both files, where the folder has them; rows without a usable status or name are counted."""
    parts, tally = [], Tally()
    if "injury_snapshots" in tables:
        rows = _snapshots(tables["injury_snapshots"].to_pylist(), work, tally.discarded)
        parts.append(table(_TABLE).to_arrow(rows))
    if "inactives" in tables:
        parts.append(_inactives(tables["inactives"], fitting(tables["games"]), work))
    return tally.computed(pa.concat_tables(parts).combine_chunks(), "no player's status in the window")


def _snapshots(snapshots: list[dict[str, Any]], work: Work, discarded: Counter[str]) -> list[dict[str, Any]]:
    """One row per date that a status spans; of two statuses valid at midnight the one seen later counts."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for snapshot in sorted(
        snapshots, key=lambda s: (s["first_seen_utc"], s["source"] or "", s["player_name_raw"] or "")
    ):
        status, name = STATUSES.get(snapshot["status"] or ""), snapshot["player_name_raw"]
        if status is None or not name:
            discarded["no_usable_status" if status is None else "no_name"] += 1
            continue
        for row in _days_of(snapshot, status, work):
            key = (row["game_date"], row["player_id"], row["known_at"], row["source"])
            discarded["superseded_before_midnight"] += key in rows
            rows[key] = row
    return list(rows.values())


def _days_of(snapshot: Mapping[str, Any], status: str, work: Work) -> list[dict[str, Any]]:
    first, last = snapshot["first_seen_utc"], snapshot["last_seen_utc"]
    lookup = player_lookup(snapshot["player_name_raw"])
    start, end = max(eastern_date(first), work.from_date), min(eastern_date(last), work.to_date)
    return [
        {
            "game_date": day,
            "team": snapshot["team"],
            "player_id": snapshot["player_id"] or made_up_player_id(lookup),
            "player_name": snapshot["player_name_raw"],
            "player_lookup": lookup,
            "injury_status": status,
            "reason": snapshot["detail"],
            "known_at": max(first, eastern_instant(day, 0)),
            "known_at_source": "first_seen",
            "source": snapshot["source"] or "history",
        }
        for day in eastern_days(start, end)
    ]


def _inactives(rows: pa.Table, games: pa.Table, work: Work) -> pa.Table:
    columns = {
        "game_date": column(rows, "game_date"),
        "team": column(rows, "team"),
        **identity(column(rows, "player_name"), column(rows, "player_id")),
        "injury_status": "out",
        "reason": "inactive list",
        "known_at": history_times.known_at("inactives", rows, games, work.assumptions),
        "known_at_source": "assumed",
        "source": "inactive_list",
    }
    return table_of(_TABLE, columns, len(rows))
