"""Tables of the statistics site: named result sets with headers and rows."""

import re
from typing import Any

from functions.process_raw.feeds.kind import Row
from functions.process_raw.feeds.nba.ids import LEAGUES, league_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally

_MINUTES = re.compile(r"(\d+)(?:\.0+)?:(\d\d)")
_LONGEST = 100  # minutes of a player; a team's are more


def sets_of(document: Any) -> Any:
    """The list of result sets, under either of the two names that the site has for them; for videos it is an object."""
    found = document.get("resultSets", document.get("resultSet"))
    return [found] if isinstance(found, dict) and "headers" in found else found


def headers_of(document: Any, name: str = "") -> set[str]:
    """The headers, in capitals, of the result set of that name, or of the first one."""
    found = next((s for s in sets_of(document) if not name or s["name"] == name), None)
    return {str(header).upper() for header in found["headers"]} if found else set()


def rows_of(document: Any, name: str = "") -> list[Row]:
    """The rows of the result set of that name, or of the first one, by capital headers; Refusal where one is torn."""
    found = next((s for s in sets_of(document) if not name or s["name"] == name), None)
    if found is None:
        return []
    headers = [str(header).upper() for header in found["headers"]]
    if len(set(headers)) < len(headers):
        raise Refusal("contract", f"{found['name']} has the same header twice")
    try:
        return [dict(zip(headers, row, strict=True)) for row in found["rowSet"]]
    except ValueError as error:
        raise Refusal("damaged", f"a row of {found['name']} does not have its {len(headers)} headers") from error


def named_rows(document: Any, name: str, tally: Tally) -> list[Row]:
    """The rows of the result set of that name; one that is not there is counted: it is not an empty one."""
    tally.discarded[f"no_result_set_{name}"] += all(s["name"] != name for s in sets_of(document))
    return rows_of(document, name)


def league(document: Any) -> str:
    """The league by the parameters, else by the first row's game."""
    stated = (document.get("parameters") or {}).get("LeagueID")
    if stated:
        return LEAGUES.get(str(stated), "unknown league")
    first = next((row for s in sets_of(document) for row in rows_of(document, s["name"]) if row.get("GAME_ID")), {})
    return league_of(first["GAME_ID"]) if first else "NBA"


def parameter(document: Any, *names: str) -> Any:
    """The first of these request parameters that the document repeats."""
    asked = document.get("parameters") or {}
    return next((asked[name] for name in names if asked.get(name) is not None), None)


def seconds_of(minutes: Any) -> int | None:
    """Seconds of `36:42`, `36.000000:42`, 36 or 36.7; None where he did not play or it is no time."""
    if isinstance(minutes, bool) or minutes in (None, ""):
        return None
    if isinstance(minutes, int | float):
        return round(60 * minutes)
    found = _MINUTES.fullmatch(minutes.strip())
    return 60 * int(found[1]) + int(found[2]) if found else None


def clock_of(minutes: Any) -> int | None:
    """Seconds of the text `36:42`, as box scores have it; None for anything else, a number among them."""
    return seconds_of(minutes) if isinstance(minutes, str) else None


def team_minutes_of(minutes: Any) -> float | None:
    """Minutes of a team's players together: the site gives 240, 240:00 or the game's own 48.0."""
    seconds = seconds_of(minutes)
    if seconds is None:
        return None
    return seconds / 12 if seconds < 60 * _LONGEST else seconds / 60
