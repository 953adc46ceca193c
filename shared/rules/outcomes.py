"""The outcome of a prediction: one rule on plain values, which gives every input an outcome."""

from dataclasses import dataclass

OUTCOMES = ("win", "loss", "push", "void", "pending", "ungradeable")
_VOID_REASONS = {
    "out": "dnp_injury_confirmed",
    "doubtful": "dnp_injury_confirmed",
    "questionable": "dnp_late_scratch",
    "probable": "dnp_late_scratch",
}

# A game that moved is predicted anew on its new date. Any other status leaves open what becomes of it: game_postponed.
_WITHOUT_BOX_SCORE = {
    None: ("pending", "not_in_schedule"),
    "scheduled": ("pending", "no_box_score"),
    "moved": ("void", "game_moved"),
    "cancelled": ("void", "game_cancelled"),
    "withdrawn": ("void", "game_withdrawn"),
}


@dataclass(frozen=True)
class Fact:
    """What is known after the game about one prediction.

    `points` is None unless the player was on the floor: a DNP, an unlisted player and one with 0 seconds have none.
    `injury_status` is the last one published before the tip, `game_status` that of the stored schedule for the game on
    the date that was predicted, None where it has none.
    """

    has_box_score: bool
    game_status: str | None
    points: int | None
    line: float | None
    side: str | None
    injury_status: str | None


def side_of(recommendation: str, p_over: float | None, p_under: float | None) -> str | None:
    """The side to grade: the pick, else the one the distribution favours (OVER on a tie), None without a line."""
    if recommendation in ("OVER", "UNDER"):
        return recommendation
    if p_over is None or p_under is None:
        return None
    return "OVER" if p_over >= p_under else "UNDER"


def settle(fact: Fact) -> tuple[str, str | None]:
    """One of OUTCOMES, with its reason if it is void, pending or ungradeable.

    Void comes before the line: a player who did not play has no result, with or without a line.
    """
    if not fact.has_box_score:
        return _WITHOUT_BOX_SCORE.get(fact.game_status, ("pending", f"game_{fact.game_status}"))
    if fact.points is None:
        return "void", _VOID_REASONS.get(fact.injury_status or "", "dnp_unknown")
    if fact.line is None or fact.side is None:
        return "ungradeable", "no_line"
    if fact.points == fact.line:
        return "push", None
    return ("win" if (fact.points > fact.line) == (fact.side == "OVER") else "loss"), None
