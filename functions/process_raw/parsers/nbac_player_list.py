"""Rows of nbac_player_list from the NBA's commonallplayers JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from shared.contracts.work import Computed, Payload, Work
from shared.errors import ContractError
from shared.rules.dates import is_past_season, season_name, season_year
from shared.rules.names import player_lookup
from shared.rules.schedule import read_json
from shared.rules.stats_tables import Row, fitting_rows, is_of_players, player_rows

_ID, _NAME, _TEAM = "PERSON_ID", "DISPLAY_FIRST_LAST", "TEAM_ABBREVIATION"
_HEADERS = (_ID, _NAME, "ROSTERSTATUS", _TEAM)
_YEARS = ("FROM_YEAR", "TO_YEAR")


def parse(payloads: Sequence[Payload], _: Mapping[str, pa.Table], work: Work) -> Computed:
    """The players of the season under the window's last date, those on no roster without a team; others are counted.

    Of a past season the list has no rosters: each player has the team that he last played for in the game logs that
    were fetched with it. A record that cannot be read costs only itself. ContractError for a list that has no team's
    player, or none of the season, or of which more than half cannot be read.
    """
    is_past, year = is_past_season(work.to_date, work.now), season_year(work.to_date)
    players: list[Row] = []
    unfit: list[Row] = []
    logged: dict[int, Row] = {}
    for payload in payloads:
        document = read_json(payload.body, payload.artifact.path)
        if is_of_players(document):
            last_first = sorted(player_rows(document), key=lambda row: str(row["GAME_DATE"]))
            logged |= {row["PLAYER_ID"]: row for row in last_first}
        else:
            fitting, others = fitting_rows(document, "player list", (*_HEADERS, *(_YEARS if is_past else ())))
            players, unfit = [*players, *fitting], [*unfit, *others]
    listed = [p for p in players if _is_of(p, year, is_past=is_past)]
    if is_past:
        listed = [{**p, "ROSTERSTATUS": 1, _TEAM: logged.get(p[_ID], {}).get(_TEAM)} for p in listed]
        unlisted = sorted(logged.keys() - {p[_ID] for p in listed})
        listed += [{**logged[i], _ID: i, _NAME: logged[i]["PLAYER_NAME"], "ROSTERSTATUS": 1} for i in unlisted]
    if not listed or not (is_past or any(map(_team, listed))):
        raise ContractError(f"none of {len(players)} listed players is on a roster of the season {season_name(year)}")
    named = [(p, player_lookup(str(p[_NAME] or ""))) for p in listed]
    rows = [_row(p, lookup, payloads[0], work) for p, lookup in named if isinstance(p[_ID], int) and lookup]
    nameless = [p for p, lookup in named if not isinstance(p[_ID], int) or not lookup]
    refused = {rule: records for rule, records in (("no_identity", nameless), ("unfit_record", unfit)) if records}
    evidence = {"discarded": {"not_on_a_roster": max(0, len(players) - len(listed))}}
    return Computed(rows=rows, refused=refused, evidence=evidence)


def _is_of(player: Row, year: int, *, is_past: bool) -> bool:
    """Whether a listed player is of the season that starts in that year: by his years, or by a current team."""
    first, last = (str(player.get(y) or "") for y in _YEARS)
    return first <= f"{year}" <= last if is_past else bool(_team(player)) or f"{year}" <= last


def _team(listed: Mapping[str, Any]) -> str | None:
    return (listed[_TEAM] or None) if listed["ROSTERSTATUS"] else None


def _row(listed: Mapping[str, Any], lookup: str, payload: Payload, work: Work) -> dict[str, Any]:
    return {
        "list_date": work.to_date,
        "player_id": listed[_ID],
        "player_name": listed[_NAME],
        "player_lookup": lookup,
        "player_code_lookup": player_lookup(str(listed.get("PLAYERCODE") or "").replace("_", " ")) or None,
        "team": _team(listed),
        "known_at": payload.artifact.fetched_at,
        "known_at_source": "fetched",
        "source": "nba_player_list",
    }
