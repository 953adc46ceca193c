"""Injury statuses and inactive lists of a history folder: one row per player and Eastern game date."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from functions.process_raw.parsers.refusals import without_repeats
from shared.contracts.rows import table
from shared.contracts.work import Computed, Work
from shared.rules import history_times
from shared.rules.dates import eastern_date, eastern_days, eastern_instant
from shared.rules.history_times import column
from shared.rules.names import made_up_player_id, player_lookup

# The words of the sources -> the words of the official report. Anything else is no status for a game.
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
    """The rows of both files where the folder has them; statuses and names that say nothing are counted."""
    discarded: Counter[str] = Counter()
    parts = []
    if "injury_snapshots" in tables:
        rows = _snapshots(tables["injury_snapshots"].to_pylist(), work, discarded)
        parts.append(table(_TABLE).to_arrow(rows))
    if "inactives" in tables:
        parts.append(_inactives(tables["inactives"], tables["games"], work))
    kept, refused, repeats = without_repeats(_TABLE, pa.concat_tables(parts).combine_chunks())
    discarded["identical_repeat"] += repeats
    evidence = {"discarded": {k: n for k, n in sorted(discarded.items()) if n}}
    if not len(kept):
        return Computed(rows=kept, outcome="empty", reason="no player's status in the window", evidence=evidence)
    return Computed(rows=kept, refused=refused, evidence=evidence)


def _snapshots(snapshots: list[dict[str, Any]], work: Work, discarded: Counter[str]) -> list[dict[str, Any]]:
    """One row per date that a status spans; of two statuses that stood at midnight the one seen later counts."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for snapshot in sorted(snapshots, key=lambda s: (s["first_seen_utc"], s["source"], s["player_name_raw"] or "")):
        status, name = STATUSES.get(snapshot["status"] or ""), snapshot["player_name_raw"]
        if status is None or not name:
            discarded["no_usable_status" if status is None else "no_name"] += 1
            continue
        for row in _days_of(snapshot, status, work):
            key = (row["game_date"], row["player_id"], row["known_at"], row["source"])
            discarded["superseded_before_midnight"] += key in found
            found[key] = row
    return list(found.values())


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
            "source": snapshot["source"],
        }
        for day in eastern_days(start, end)
    ]


def _inactives(rows: pa.Table, games: pa.Table, work: Work) -> pa.Table:
    names = column(rows, "player_name")
    distinct = pc.unique(names)
    lookups = [player_lookup(n) for n in distinct.to_pylist()]
    where = pc.index_in(names, value_set=distinct)
    made_up = pa.array([made_up_player_id(x) for x in lookups], pa.int64()).take(where)
    length = len(rows)
    columns = {
        "game_date": column(rows, "game_date"),
        "team": column(rows, "team"),
        "player_id": pc.coalesce(column(rows, "player_id"), made_up),
        "player_name": names,
        "player_lookup": pa.array(lookups, pa.string()).take(where),
        "injury_status": pa.repeat(pa.scalar("out"), length),
        "reason": pa.repeat(pa.scalar("inactive list"), length),
        "known_at": history_times.known_at("inactives", rows, games, work.assumptions),
        "known_at_source": pa.repeat(pa.scalar("assumed"), length),
        "source": pa.repeat(pa.scalar("inactive_list"), length),
    }
    schema = table(_TABLE).arrow_schema(system=False)
    return pa.Table.from_arrays([columns[f.name] for f in schema], schema=schema)
