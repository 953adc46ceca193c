"""Judge a unit by the teams and players that the box scores list, and quotes by what they may be used for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.contracts.work import Computed, Model, Work

if TYPE_CHECKING:
    import pyarrow as pa

IMPLEMENTS: Mapping[str, tuple[str, ...]] = {"quotes": ("functions.analytics.quotes",)}
TEAM_UNITS = ("team_offense_game_summary", "team_defense_game_summary")


def compute(unit: str, work: Work, inputs: "Mapping[str, pa.Table]", model: Model | None) -> Computed:
    """One row of player_quotes per row of `inputs["quotes"]`; the evidence counts the refused ones by reason."""
    del unit, model
    from functions.analytics.quotes import refused, table_of  # imports Arrow and NumPy: only where a unit computes

    assert work.quotes is not None
    rows = table_of(inputs["quotes"], work.quotes)
    return Computed(rows=rows, expected=rows.num_rows, evidence=refused(rows))


def ready(unit: str, facts: Mapping[str, int]) -> Computed | None:
    """None to run the unit; `blocked` where games were to be played and there is no box score.

    `facts` counts games, teams and players listed, and games `scheduled`.
    """
    if facts["games"] or not facts["scheduled"]:
        return None
    return Computed(outcome="blocked", reason=f"no_box_scores: {unit} has no game to summarise", expected=0)


def judge(unit: str, facts: Mapping[str, int], found: int) -> Computed:
    """Expected rows, and the reason if some are missing; without any row the unit is `blocked`.

    It is `empty` where no game was to be played.
    """
    if not facts["games"]:
        return Computed(outcome="empty", reason="every game is called off", expected=0)
    expected = facts["teams"] if unit in TEAM_UNITS else facts["players"]
    what = "teams" if unit in TEAM_UNITS else "players"
    if not found:
        reason = f"no_whole_{what}: none of {expected} listed {what} passed the checks"
        return Computed(outcome="blocked", reason=reason, expected=expected)
    reason = "" if found == expected else f"{found} of {expected} listed {what} are whole"
    return Computed(reason=reason, expected=expected)
