"""Rows of nbac_injury_report from the league's official PDF."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from functions.process_raw.feeds.nba_injury_report import Entry, read_report
from functions.process_raw.feeds.pdf import page_texts
from functions.process_raw.parsers.matching import matcher_of
from functions.process_raw.results import Tally
from shared.contracts.work import Computed, Payload, Work


def parse(payloads: Sequence[Payload], inputs: Mapping[str, pa.Table], work: Work) -> Computed:
    """A row per listed player of a game in the window; names not on the player list are refused as `unknown_player`."""
    matcher = matcher_of(inputs)
    rows: list[dict[str, Any]] = []
    tally = Tally()
    reports = [p for p in payloads if p.artifact.path.endswith(".pdf")]  # the plan chose them by the schedule
    for report, fetched_at in tally.read(reports, lambda p: (read_report(page_texts(p.body)), p.artifact.fetched_at)):
        tally.discarded["team_not_yet_submitted"] += report.not_submitted
        for entry in report.entries:
            if not work.from_date <= entry.game_date <= work.to_date:
                tally.discarded["outside_window"] += 1
                continue
            player = matcher.player(entry.name, (entry.team,))
            if player is None:
                tally.refuse("unknown_player", {"rule": "unknown_player", "name": entry.name, "team": entry.team})
                continue
            rows.append(_row(entry, player, min(report.published, fetched_at)))
    return tally.computed(rows, "no player is listed for the window")


def _row(entry: Entry, player: Mapping[str, Any], known_at: datetime) -> dict[str, Any]:
    return {
        **player,
        "game_date": entry.game_date,
        "team": entry.team,
        "injury_status": entry.status.lower(),
        "reason": entry.reason or None,
        "known_at": known_at,
        "known_at_source": "report",
        "source": "nba_injury_report",
    }
