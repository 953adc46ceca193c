"""Whether a team's box score adds up: points to the team's score, minutes to five players all game long."""

from collections.abc import Mapping

REGULATION_MINUTES, OVERTIME_MINUTES = 240, 25  # of a team, over its players


def difference(
    team: str, points: int, score: int | None, seconds: int, overtimes: int, assumptions: Mapping[str, int]
) -> str:
    """How the sums over a team's players contradict the game, in one sentence; empty if they add up.

    `points` and `seconds` are those of the players who played, 0 without any; `score` is the team's, None if unknown.
    The minutes may differ by `box_score_minutes_off`, as some sources round each player's.
    """
    if not seconds:
        return f"no player of {team} played"
    if score is not None and points != score:
        return f"the players of {team} sum to {points} points, the team's score is {score}"
    minutes, played = seconds / 60, REGULATION_MINUTES + OVERTIME_MINUTES * overtimes
    if abs(minutes - played) > assumptions["box_score_minutes_off"]:
        return f"the players of {team} sum to {minutes:.0f} minutes, the game had {played}"
    return ""
