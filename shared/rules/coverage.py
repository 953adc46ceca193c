"""Whether enough data is there: pure rules on counts, for the gate before grading and the check after it.

Every share is of distinct player-games or games, never of predictions times systems.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shares:
    """How many of the player-games and games expected have their actual figures."""

    players_expected: int
    players_found: int
    games_expected: int
    games_found: int

    @property
    def players(self) -> float:
        """Share of player-games, 1.0 when none is expected."""
        return share(self.players_found, self.players_expected)

    @property
    def games(self) -> float:
        """Share of games, 1.0 when none is expected."""
        return share(self.games_found, self.games_expected)


@dataclass(frozen=True)
class Gate:
    """The gate's answer, with the reason in one sentence.

    `ok`, `partial` (grade what is there), `not_ready` (to be tried again later) or `blocked`.
    """

    outcome: str
    reason: str


def share(found: int, expected: int) -> float:
    """`found` of `expected`, 1.0 when nothing is expected."""
    return found / expected if expected else 1.0


def grading_gate(shares: Shares, limits: Mapping[str, float], *, waits: bool = False) -> Gate:
    """Whether a date may be graded. `limits` has grade_* and block_predictions and _games, and block_from_games.

    At or above both grade limits it is. Below one it waits while what is missing is asked for again (`waits`). Then
    what is there is graded. It is blocked below a block limit, unless fewer than `block_from_games` games are missing.
    """
    lost = shares.games_expected - shares.games_found
    counts = (
        f"{shares.players_found} of {shares.players_expected} predicted player-games and "
        f"{shares.games_found} of {shares.games_expected} games have box scores"
    )
    if shares.players >= limits["grade_predictions"] and shares.games >= limits["grade_games"]:
        return Gate("partial" if lost else "ok", counts)
    if waits:
        return Gate("not_ready", f"waiting for more: {counts}")
    too_low = shares.players < limits["block_predictions"] or shares.games < limits["block_games"]
    is_small = 0 < lost < limits["block_from_games"] and shares.games_found > 0
    if too_low and not is_small:
        return Gate("blocked", f"coverage too low: {counts}")
    return Gate("partial", counts)


def second_look(graded: int, gradable: int, attempts: int, limits: Mapping[str, float]) -> str:
    """`fine`, `regrade`, or `alert` once `regrade_attempts` are used up: for dates below `regrade_below`."""
    if share(graded, gradable) >= limits["regrade_below"]:
        return "fine"
    return "regrade" if attempts < limits["regrade_attempts"] else "alert"
