"""The games of a day in version 2: a header per game and national broadcaster, and a line of scores per team."""

from typing import Any

from functions.process_raw.feeds.kind import Rows
from functions.process_raw.feeds.nba.ids import date_of, game_id_of, season_columns, tricode_of
from functions.process_raw.feeds.nba.schedule import shown_status, text
from functions.process_raw.feeds.nba_stats.result_sets import named_rows
from functions.process_raw.results import Tally
from shared.rules.schedule import NOT_BEGUN


def recognises(document: Any) -> bool:
    """Whether it is a scoreboard of version 2."""
    return {"GameHeader", "LineScore"} <= {s["name"] for s in document["resultSets"]}


def read(document: Any, tally: Tally) -> Rows:
    """A row per game; a game that is repeated for another broadcaster counts once."""
    lines = tally.kept("nba_stats.line_score", named_rows(document, "LineScore", tally), "LineScore")
    scores = {(line["GAME_ID"], line["TEAM_ID"]): line for line in lines}
    rows = []
    for game in tally.kept("nba_stats.game_header", named_rows(document, "GameHeader", tally), "GameHeader"):
        game_id = game_id_of(game["GAME_ID"])
        row = {
            "game_id": game_id,
            "game_date": date_of(game["GAME_DATE_EST"]),
            **season_columns(game_id),
            "game_status": shown_status("scheduled", game["GAME_STATUS_ID"]),
            "status_text": text(game["GAME_STATUS_TEXT"]),
            "arena": text(game.get("ARENA_NAME")),
        }
        for side, name in (("home", "HOME_TEAM_ID"), ("away", "VISITOR_TEAM_ID")):
            line = scores.get((game["GAME_ID"], game[name]), {})
            row[f"{side}_team"] = line.get("TEAM_ABBREVIATION") or tricode_of(game[name])
            row[f"{side}_points"] = line.get("PTS") if game["GAME_STATUS_ID"] > NOT_BEGUN else None
        rows.append(row)
    return {"nbac_schedule": rows}
