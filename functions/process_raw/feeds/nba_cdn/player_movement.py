"""Signings, waivers, trades and awards, one row per transaction and player, since 2015."""

from typing import Any

from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.nba.ids import date_of, tricode_of
from functions.process_raw.feeds.nba.schedule import text
from functions.process_raw.results import Tally


def recognises(document: Any) -> bool:
    """Whether it is the list of player movement."""
    return "rows" in document["NBA_Player_Movement"]


def read(document: Any, tally: Tally) -> Rows:
    """A row per transaction, player and team; a trade has one for each team and for each thing that moved."""
    listed = document["NBA_Player_Movement"]["rows"]
    return {"nbac_player_movement": [_row(r) for r in tally.kept("nba_cdn.movement", listed, "player movement")]}


def _row(record: Row) -> Row:
    player, team = _whole(record.get("PLAYER_ID")), _whole(record.get("TEAM_ID"))
    return {
        "transaction_date": date_of(record["TRANSACTION_DATE"]),
        "transaction_type": record["Transaction_Type"],
        "transaction_group": record["GroupSort"],
        "player_id": player,
        "player_slug": text(record.get("PLAYER_SLUG")),
        "team": tricode_of(team),
        "team_id": team,
        "other_team_id": _whole(record.get("Additional_Sort")),
        "description": text(record["TRANSACTION_DESCRIPTION"]),
    }


def _whole(value: Any) -> int | None:
    """An id, which the document writes as 1630175.0; 0 stands for none."""
    return int(value) or None if value is not None and float(value).is_integer() else None
