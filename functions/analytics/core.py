"""Judge a unit by the teams and players that the box scores list: complete, partly complete, or blocked."""

from collections.abc import Mapping

from shared.contracts.work import Computed

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {}  # every unit is a query
TEAM_UNITS = ("team_offense_game_summary", "team_defense_game_summary")


def ready(unit: str, facts: Mapping[str, int]) -> Computed | None:
    """None to run the unit; without any box score `blocked`, or `empty` where no game was to be played.

    `facts` counts games, teams and players listed, and games `scheduled`.
    """
    if facts["games"]:
        return None
    if not facts["scheduled"]:
        return Computed(outcome="empty", reason="every game is called off", expected=0)
    return Computed(outcome="blocked", reason=f"no_box_scores: {unit} has no game to summarise", expected=0)


def judge(unit: str, facts: Mapping[str, int], found: int) -> Computed:
    """Expected rows, and the reason if some are missing; without any row the unit is `blocked`."""
    expected = facts["teams"] if unit in TEAM_UNITS else facts["players"]
    what = "teams" if unit in TEAM_UNITS else "players"
    if not found:
        reason = f"no_whole_{what}: none of {expected} listed {what} passed the checks"
        return Computed(outcome="blocked", reason=reason, expected=expected)
    reason = "" if found == expected else f"{found} of {expected} listed {what} are whole"
    return Computed(reason=reason, expected=expected)
