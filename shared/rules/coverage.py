"""Is what came enough? Pure rules on counts: the gate before grading, the second look after it, the expected grid.

Every share is of distinct player-games or games, never of predictions times systems.
"""

from collections.abc import Iterable, Mapping
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
    """The answer of the gate: `ok`, `not_ready` (too early, ask again) or `blocked`, with one sentence."""

    outcome: str
    reason: str


def share(found: int, expected: int) -> float:
    """`found` of `expected`, 1.0 when nothing is expected."""
    return found / expected if expected else 1.0


def grading_gate(shares: Shares, limits: Mapping[str, float]) -> Gate:
    """May a date be graded? `limits` has grade_predictions, grade_games, block_predictions, block_games.

    Below a block limit it is blocked, at or above both grade limits it is ok, in between not ready.
    """
    told = (
        f"{shares.players_found} of {shares.players_expected} predicted player-games and "
        f"{shares.games_found} of {shares.games_expected} games have box scores"
    )
    if shares.players < limits["block_predictions"] or shares.games < limits["block_games"]:
        return Gate("blocked", f"coverage too low: {told}")
    if shares.players < limits["grade_predictions"] or shares.games < limits["grade_games"]:
        return Gate("not_ready", f"waiting for more: {told}")
    return Gate("ok", told)


def second_look(graded: int, gradable: int, attempts: int, limits: Mapping[str, float]) -> str:
    """`fine`, `regrade`, or `alert` once `regrade_attempts` are used up: for dates below `regrade_below`."""
    if share(graded, gradable) >= limits["regrade_below"]:
        return "fine"
    return "regrade" if attempts < limits["regrade_attempts"] else "alert"


@dataclass(frozen=True)
class GridGap:
    """What the grid says that the store does not, and the other way round; both sorted."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether everything expected is there and nothing else."""
        return not self.missing and not self.unexpected


def compare_grid(expected: Iterable[str], found: Iterable[str]) -> GridGap:
    """Compare by name, never by number: any five names are not these five names."""
    wanted, there = set(expected), set(found)
    return GridGap(tuple(sorted(wanted - there)), tuple(sorted(there - wanted)))
