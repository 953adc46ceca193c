"""A player's box-score line: whether it adds up by itself, and whether the players' points are their team's."""

from collections.abc import Iterable

from functions.process_raw.feeds.kind import Row
from functions.process_raw.results import Tally

_COUNTS = ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta")


def add_up(row: Row) -> bool:
    """Whether made shots give the points, no more are made than tried, and both kinds of rebounds give all of them.

    False for a line with a count that is missing or no whole number: it cannot be checked.
    """
    shots = [row[name] for name in (*_COUNTS, "points")]
    if not all(isinstance(count, int) for count in shots):
        return False
    fgm, fga, fg3m, fg3a, ftm, fta, points = shots
    made = 2 * fgm + fg3m + ftm == points and fg3m <= fgm <= fga and fg3m <= fg3a <= fga and ftm <= fta
    return bool(made and row["oreb"] + row["dreb"] == row["reb"])


def checked_team(rows: Iterable[Row], score: object, tally: Tally, *, is_final: bool) -> list[Row]:
    """The rows of a team's players; all refused where one does not add up or a final score is not their sum.

    A player who is refused or missing would leave the others with a sum that looks like a team's.
    """
    given: list[Row] = []
    for row in rows:
        if row in given:
            tally.discarded["identical_repeat"] += 1
        else:
            given.append(row)
    played = [row for row in given if row["played"]]
    broken = ""
    if not all(add_up(row) for row in played):
        broken = "line_does_not_add_up"
    elif is_final and sum(row["points"] for row in played) != score:
        broken = "points_are_not_the_team_s"
    if broken:
        tally.refuse(broken, *given or [{"score": score}])
    return [] if broken else given
