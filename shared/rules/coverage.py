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
    """The gate's answer: `ok`, `not_ready` (to be tried again later) or `blocked`, with the reason in one sentence."""

    outcome: str
    reason: str


def share(found: int, expected: int) -> float:
    """`found` of `expected`, 1.0 when nothing is expected."""
    return found / expected if expected else 1.0


def grading_gate(shares: Shares, limits: Mapping[str, float]) -> Gate:
    """Whether a date may be graded. `limits` has grade_predictions, grade_games, block_predictions, block_games.

    Below a block limit it is blocked, at or above both grade limits it is ok, in between not ready.
    """
    counts = (
        f"{shares.players_found} of {shares.players_expected} predicted player-games and "
        f"{shares.games_found} of {shares.games_expected} games have box scores"
    )
    if shares.players < limits["block_predictions"] or shares.games < limits["block_games"]:
        return Gate("blocked", f"coverage too low: {counts}")
    if shares.players < limits["grade_predictions"] or shares.games < limits["grade_games"]:
        return Gate("not_ready", f"waiting for more: {counts}")
    return Gate("ok", counts)


def second_look(graded: int, gradable: int, attempts: int, limits: Mapping[str, float]) -> str:
    """`fine`, `regrade`, or `alert` once `regrade_attempts` are used up: for dates below `regrade_below`."""
    if share(graded, gradable) >= limits["regrade_below"]:
        return "fine"
    return "regrade" if attempts < limits["regrade_attempts"] else "alert"
