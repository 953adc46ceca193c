"""The roster of a team and season."""

import re

from functions.process_raw.feeds.basketball_reference.page import parsed, rows_of, text_of
from functions.process_raw.feeds.basketball_reference.values import day_of, team_of, whole_of
from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.teams import TRICODES

_HEADING = re.compile(r"(?P<season>\d{4})-\d{2} (?P<team>.+?) Roster")


def recognises(page: str) -> bool:
    """Whether it has a roster's table."""
    return 'id="roster"' in page and 'data-stat="years_experience"' in page


def read(page: str, tally: Tally) -> Rows:
    """A row per player of the roster."""
    heading = _HEADING.search(text_of(parsed(page).css_first("h1")) or text_of(parsed(page).css_first("title")) or "")
    if not heading or heading["team"] not in TRICODES:
        raise Refusal("contract", "a roster without season and team in its heading")
    common = {"team": team_of(heading["team"]), "season": int(heading["season"])}
    kept = tally.kept("basketball_reference.roster_player", rows_of(page, "roster"), "roster")
    return {"br_rosters_current": [{**common, **_row(row)} for row in kept]}


def _row(row: Row) -> Row:
    return {
        "player_name": re.sub(r"\s*\(TW\)$", "", row["player"]),
        "player_slug": row.get("player_code"),
        "jersey": row.get("number"),
        "position": row.get("pos"),
        "height": row.get("height"),
        "weight_pounds": whole_of(row.get("weight")),
        "birth_date": day_of(row.get("birth_date")),
        "experience": row.get("years_experience"),
        "college": row.get("college"),
        "country": row.get("birth_country"),
        "how_acquired": "two-way" if row["player"].endswith("(TW)") else None,
    }
