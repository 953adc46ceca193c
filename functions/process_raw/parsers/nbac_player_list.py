"""Rows of nbac_player_list from the NBA's commonallplayers JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError
from shared.rules.dates import season_year
from shared.rules.names import player_lookup
from shared.rules.schedule import read_json

_HEADERS = {"PERSON_ID", "DISPLAY_FIRST_LAST", "ROSTERSTATUS", "TEAM_ABBREVIATION"}


def parse(payloads: Sequence[Payload], _: Mapping[str, pa.Table], work: Work) -> Computed:
    """The players of the season under the window's last date, those on no roster without a team; others are counted."""
    rows: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    without_team = 0
    for payload in payloads:
        for listed in _listed(payload):
            lookup = player_lookup(str(listed["DISPLAY_FIRST_LAST"] or ""))
            if not _team(listed) and str(listed.get("TO_YEAR") or "") < str(season_year(work.to_date)):
                without_team += 1
            elif not isinstance(listed["PERSON_ID"], int) or not lookup:
                refused.append(listed)
            else:
                rows.append(_row(listed, lookup, payload, work))
    evidence = {"discarded": {"not_on_a_roster": without_team}}
    return Computed(rows=rows, refused={"no_identity": refused} if refused else {}, evidence=evidence)


def _team(listed: Mapping[str, Any]) -> str | None:
    return (listed["TEAM_ABBREVIATION"] or None) if listed["ROSTERSTATUS"] else None


def _row(listed: Mapping[str, Any], lookup: str, payload: Payload, work: Work) -> dict[str, Any]:
    return {
        "list_date": work.to_date,
        "player_id": listed["PERSON_ID"],
        "player_name": listed["DISPLAY_FIRST_LAST"],
        "player_lookup": lookup,
        "player_code_lookup": player_lookup(str(listed.get("PLAYERCODE") or "").replace("_", " ")) or None,
        "team": _team(listed),
        "known_at": payload.artifact.fetched_at,
        "known_at_source": "fetched",
        "source": "nba_player_list",
    }


def _listed(payload: Payload) -> list[dict[str, Any]]:
    try:
        result = read_json(payload.body, "player list")["resultSets"][0]
        headers, records = result["headers"], result["rowSet"]
        missing = _HEADERS - set(headers)
    except (KeyError, IndexError, TypeError) as error:
        raise ContractError(f"player list without resultSets: {error}") from error
    if missing or any(len(r) != len(headers) for r in records):
        raise ContractError(
            f"player list: {f'no columns {sorted(missing)}' if missing else 'rows do not fit the columns'}"
        )
    return [dict(zip(headers, r, strict=True)) for r in records]
