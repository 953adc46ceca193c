"""Games: the schedule of a month, and the summaries of a day."""

from typing import Any

from functions.process_raw.feeds.basketball_reference.page import parsed, rows_of, text_of
from functions.process_raw.feeds.basketball_reference.values import day_of, instant_of, team_of, whole_of
from functions.process_raw.feeds.kind import Row, Rows
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.rules.dates import season_year

_TABLE = "br_schedule"


def is_schedule(page: str) -> bool:
    """Whether it has the schedule's table."""
    return 'id="schedule"' in page and 'data-stat="home_team_name"' in page


def read_schedule(page: str, tally: Tally) -> Rows:
    """A row per game, with points once it has been played; games below the divider are of the playoffs."""
    games, is_playoffs = list[Row](), False
    for row in rows_of(page, "schedule"):
        if "heading" in row:
            is_playoffs = is_playoffs or "Playoffs" in str(row["heading"])
        else:
            games.append({**row, "is_playoffs": is_playoffs})
    return {_TABLE: [_game(game) for game in tally.kept("basketball_reference.game", games, "schedule")]}


def _game(row: Row) -> Row:
    day = day_of(row["date_game"])
    home_points, away_points = whole_of(row.get("home_pts")), whole_of(row.get("visitor_pts"))
    note = row.get("game_remarks")
    return {
        "game_id": row["date_game_code"],
        "game_date": day,
        "season": season_year(day) if day else None,
        "season_type": "Play-In" if "Play-In" in str(note) else "Playoffs" if row["is_playoffs"] else None,
        "tip_utc": instant_of(day, row.get("game_start_time")) if day else None,
        "home_team": team_of(row["home_team_name"]),
        "away_team": team_of(row["visitor_team_name"]),
        "home_points": home_points,
        "away_points": away_points,
        "game_status": _status(home_points) if "home_pts" in row else None,
        "status_text": row.get("overtimes"),
        "arena": row.get("arena_name"),
        "label": note,
    }


def _status(points: Any) -> str:
    return "scheduled" if points is None else "final"


def is_day(page: str) -> bool:
    """Whether it has summaries of a day's games."""
    return "NBA Games Played on" in page or 'class="game_summary' in page


def read_day(page: str, tally: Tally) -> Rows:
    """A row per game of the day."""
    day = day_of(text_of(parsed(page).css_first("h1")))
    if day is None:
        raise Refusal("contract", "the games of a day without a date in the heading")
    games = [_summary(node) for node in parsed(page).css("div.game_summary")]
    kept = tally.kept("basketball_reference.summary", games, "games of the day")
    return {_TABLE: [{**game, "game_date": day, "season": season_year(day)} for game in kept]}


def _summary(node: Any) -> Row:
    """Teams in the order visitor, home; the link to the box score has the game's code."""
    lines = [(_code(row.css_first("a")), text_of(row.css_first("td.right"))) for row in node.css("table.teams tr")[:2]]
    link = node.css_first("td.gamelink a, p.links a")
    status = text_of(link)
    (away, away_points), (home, home_points) = lines
    return {
        "game_id": (link.attributes.get("href") or "").rpartition("/")[2].removesuffix(".html") if link else None,
        "home_team": team_of(home),
        "away_team": team_of(away),
        "home_points": whole_of(home_points),
        "away_points": whole_of(away_points),
        "game_status": "final" if status and status.startswith("Final") else "scheduled",
        "status_text": status,
    }


def _code(link: Any) -> str:
    """The team's code in a link like /teams/DAL/2020.html."""
    return (link.attributes.get("href") or "").split("/")[2] if link else ""
