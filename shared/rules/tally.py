"""How many predictions have which outcome: every prediction that was issued counts once, graded or not. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.rules.fanin import GOES_ON
from shared.rules.outcomes import OUTCOMES

NOT_YET_PLAYED, NOT_YET_GRADED = "not_yet_played", "not_yet_graded"
LEFT_OUT = "left_out_of_grades"  # predicted after the grading, or their grades were refused: rerun grades them


@dataclass(frozen=True)
class Issued:
    """The predictions that one generation of a system made for a date. `why` is the reason of those without a grade."""

    day: date
    system: str
    generation: int
    count: int
    why: str


@dataclass(frozen=True)
class Graded:
    """The grades of one outcome and reason, of the predictions that one generation of a system made for a date."""

    day: date
    system: str
    generation: int
    outcome: str
    reason: str | None
    count: int


@dataclass(frozen=True)
class Tally:
    """Predictions of each system by outcome, every one of OUTCOMES named, and the pending ones by their reason."""

    by_system: Mapping[str, Mapping[str, int]]
    pending_reasons: Mapping[str, int]

    @property
    def outcomes(self) -> dict[str, int]:
        """Predictions by outcome, over all systems."""
        return {o: sum(counts[o] for counts in self.by_system.values()) for o in OUTCOMES}

    @property
    def predictions_by_system(self) -> dict[str, int]:
        """How many predictions each system issued."""
        return {system: sum(counts.values()) for system, counts in self.by_system.items()}

    @property
    def coverage(self) -> float | None:
        """The share of the predictions with a line, or void, that have their outcome; None without any."""
        outcomes = self.outcomes
        gradable = sum(outcomes.values()) - outcomes["ungradeable"]
        return round((gradable - outcomes["pending"]) / gradable, 6) if gradable else None

    @property
    def sentence(self) -> str:
        """`30 predictions issued: 12 win, 11 loss, 7 pending (no_box_score 7)`."""
        outcomes = self.outcomes
        named = [f"{count:,} {outcome}" for outcome, count in outcomes.items() if count and outcome != "pending"]
        if outcomes["pending"]:
            reasons = "; ".join(f"{reason} {count:,}" for reason, count in self.pending_reasons.items())
            named.append(f"{outcomes['pending']:,} pending ({reasons})")
        return ": ".join(filter(None, (f"{sum(outcomes.values()):,} predictions issued", ", ".join(named))))


def tally(issued: Iterable[Issued], graded: Iterable[Graded]) -> Tally:
    """Each prediction of `issued` once: with its grade's outcome, else as pending.

    A grade counts for the generation of predictions that it was made of; grades of replaced predictions do not count.
    """
    left = {(i.day, i.system, i.generation): i for i in issued}
    ungraded = {key: i.count for key, i in left.items()}
    by_system = {i.system: dict.fromkeys(OUTCOMES, 0) for i in left.values()}
    reasons = Counter[str]()
    for grade in graded:
        key = (grade.day, grade.system, grade.generation)
        if key in left:
            ungraded[key] -= grade.count
            by_system[grade.system][grade.outcome] += grade.count
            reasons.update({grade.reason or "": grade.count} if grade.outcome == "pending" else {})
    for key, count in ungraded.items():
        by_system[left[key].system]["pending"] += count
        reasons.update({left[key].why: count} if count else {})
    return Tally(dict(sorted(by_system.items())), dict(sorted(reasons.items())))


def why_ungraded(before: Iterable[tuple[str, str, str]], own: str | None, day: date, today: date) -> str:
    """Why predictions of `day` have no grade on the date `today`.

    `before` are the verdicts (phase, outcome, reason) that exist of the phases up to grading, in their order; `own` is
    the outcome of the grading phase, None without a verdict.
    """
    for phase, outcome, reason in before:
        if outcome == "no_games":
            return f"no_games: {reason}"
        if outcome not in GOES_ON:
            return f"grading_blocked: {phase} is {outcome}: {reason}"
    if own is not None:
        return LEFT_OUT
    return NOT_YET_PLAYED if today <= day else NOT_YET_GRADED
