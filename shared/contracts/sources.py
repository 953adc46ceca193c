"""Source contracts: what each feed must contain, what happens when it changes, and the hosts that may be requested.

Three modes per drift: `freeze` refuses the body as a whole (ContractError), `discard` refuses the record and keeps
the rest, `evolve` accepts the record and reports the change in the unit's evidence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.errors import ContractError

Drift = Literal["freeze", "discard", "evolve"]
Media = Literal["json", "pdf", "parquet"]

# The fixed list of sites and their hosts. Requests carry the name of a site, never a URL.
HOSTS: dict[str, str] = {
    "nba_cdn": "https://cdn.nba.com",
    "nba_stats": "https://stats.nba.com",
    "nba_reports": "https://ak-static.cms.nba.com",
    "odds_api": "https://api.the-odds-api.com",
}
MEDIA: dict[str, Media] = {
    "nba_cdn": "json",
    "nba_stats": "json",
    "nba_reports": "pdf",
    "odds_api": "json",
}
# The query parameter in which a site expects its API key; it appears in no record of the request.
KEY_PARAMETERS: dict[str, str] = {"odds_api": "apiKey"}
# The sites that answer 403 for what is not published yet, and while they throttle.
MAY_BE_ABSENT = frozenset({"nba_cdn", "nba_reports"})
CREDITS_USED_UP = (
    "OUT_OF_USAGE_CREDITS"  # error_code in the body: https://the-odds-api.com/liveapi/guides/v4/api-error-codes.html
)
MAX_BODY_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Record:
    """One kind of record of a feed: required fields with their JSON types, and the mode for each drift.

    `known` are the optional fields that are expected; any other field is `new`. None: any field is expected.
    """

    name: str
    required: Mapping[str, tuple[type, ...]]
    missing: Drift
    wrong_type: Drift
    new: Drift = "evolve"
    known: frozenset[str] | None = None


@dataclass
class Examined:
    """The records that keep their contract, those refused (rule -> records) and the new fields seen."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    new_fields: set[str] = field(default_factory=set)


_TEXT: tuple[type, ...] = (str,)
_WHOLE: tuple[type, ...] = (int,)
_NUMBER: tuple[type, ...] = (int, float)
# Without these a player's line cannot be checked or his team's possessions counted; any other count may be missing.
_STATISTICS = (
    "fieldGoalsMade fieldGoalsAttempted threePointersMade threePointersAttempted freeThrowsMade freeThrowsAttempted "
    "reboundsOffensive turnovers points"
)

RECORDS: dict[str, Record] = {
    r.name: r
    for r in (
        Record(
            "schedule_game",
            {"gameId": _TEXT, "gameStatus": _WHOLE, "gameDateEst": _TEXT, "homeTeam": (dict,), "awayTeam": (dict,)},
            missing="discard",
            wrong_type="discard",
        ),
        Record(
            "box_game",
            {
                "gameId": _TEXT,
                "gameStatus": _WHOLE,
                "gameTimeUTC": _TEXT,
                "gameCode": _TEXT,
                "period": _WHOLE,
                "regulationPeriods": _WHOLE,
                "homeTeam": (dict,),
                "awayTeam": (dict,),
            },
            missing="freeze",
            wrong_type="freeze",
        ),
        Record(
            "box_player",
            {
                "personId": _WHOLE,
                "name": _TEXT,
                "played": _TEXT,
                "statistics": (dict,),
            },
            missing="discard",
            wrong_type="discard",
        ),
        Record(
            "box_statistics",
            {"minutes": _TEXT, **dict.fromkeys(_STATISTICS.split(), _WHOLE)},
            missing="discard",
            wrong_type="discard",
        ),
        Record(
            "odds_event",
            {"id": _TEXT, "commence_time": _TEXT, "home_team": _TEXT, "away_team": _TEXT},
            missing="discard",
            wrong_type="discard",
            known=frozenset(
                {"sport_key", "sport_title", "bookmakers", "completed", "scores", "last_update"}  # the list of scores
            ),
        ),
        Record(
            "odds_outcome",
            {"name": _TEXT, "price": _NUMBER},
            missing="discard",
            wrong_type="discard",
            known=frozenset({"description", "point", "link", "sid", "bet_limit", "multiplier"}),
        ),
    )
}


def examine(kind: str, records: Iterable[Any]) -> Examined:
    """Sort records by their contract; ContractError where the contract says `freeze`."""
    contract, result = RECORDS[kind], Examined()
    for record in records:
        rule, mode = _broken(contract, record)
        if rule and mode == "freeze":
            raise ContractError(f"{kind}: {rule}")
        if rule:
            result.refused.setdefault(rule.split(":")[0], []).append(dict(record) if isinstance(record, dict) else {})
            continue
        if contract.known is not None:
            result.new_fields |= {
                f"{kind}.{name}" for name in record.keys() - contract.known - contract.required.keys()
            }
        result.kept.append(record)
    return result


def _broken(contract: Record, record: Any) -> tuple[str, Drift]:
    """The rule that a record breaks (empty: none), and the contract's mode for it."""
    if not isinstance(record, dict):
        return "not_an_object: a record is not an object", contract.wrong_type
    for name, types in contract.required.items():
        if name not in record:
            return f"missing_field: {name}", contract.missing
        if not isinstance(record[name], types) or isinstance(record[name], bool):
            return f"wrong_type: {name}", contract.wrong_type
    return "", "evolve"
