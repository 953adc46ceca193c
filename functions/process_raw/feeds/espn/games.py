"""Games of ESPN's scoreboard."""

from typing import Any

from functions.process_raw.feeds.espn.records import game_of
from functions.process_raw.feeds.kind import Rows
from functions.process_raw.feeds.values import at, listed, whole_of
from functions.process_raw.results import Tally

_FINAL = "post"  # a state


def read_scoreboard(value: Any, tally: Tally) -> Rows:
    """One row per event; scores are null before the tip, those of a finished game are the sum of its periods."""
    rows = []
    for event in tally.kept("espn.event", value["events"], "events"):
        competition = at(event, "competitions", 0)
        row = {
            **game_of(event, competition),
            "season": at(event, "season", "year"),
            "detail": at(event, "status", "type", "detail"),
        }
        if row["home_team"] == row["away_team"]:
            tally.refuse("not_two_teams", event)
        elif row["state"] == _FINAL and not _periods_add_up(competition):
            tally.refuse("periods_do_not_add_up", event)
        else:
            rows.append(row)
    return {"espn_scoreboard": rows}


def _periods_add_up(competition: Any) -> bool:
    """Whether each team's periods, where they are listed, give its score."""
    for side in listed(competition, "competitors"):
        periods = [at(line, "value") for line in at(side, "linescores") or []]
        if periods and sum(periods) != whole_of(at(side, "score")):
            return False
    return True
