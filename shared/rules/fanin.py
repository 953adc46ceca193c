"""When a phase is settled, and how: pure rules over the units expected and their results.

Outcomes of a unit: ok, partial (named entities are missing), empty, no_source (these four are a success),
failed, blocked, no_games.
Outcomes of a phase: complete, degraded, expired, failed, no_games. A verdict never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SUCCESS = frozenset({"ok", "partial", "empty", "no_source"})
GOES_ON = frozenset({"complete", "degraded"})
FEW = 2  # results of so many units cost no more to read than that of one


@dataclass(frozen=True)
class PhasePlan:
    """What a phase waits for. `critical` None: every unit must succeed; else these units suffice to go on degraded.

    It waits until `deadline_at`, which counts from the opening of the run, and at least `share_min` minutes from the
    verdict of the phase before it: the sweep may rule on that one late, and its units start only then.
    """

    units: tuple[str, ...]
    critical: tuple[str, ...] | None
    deadline_at: datetime
    share_min: int = 0

    def asked_for(self, at: datetime | None) -> "PhasePlan":
        """The plan with its deadline when its units were asked for at that time; None: with the opening of the run."""
        if at is None:
            return self
        return replace(self, deadline_at=max(self.deadline_at, at + timedelta(minutes=self.share_min)))


@dataclass(frozen=True)
class Result:
    """How one unit ended. `gaps` are the documents of the entities that it misses."""

    outcome: str
    reason: str = ""
    gaps: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Ruling:
    """What the verdict will say: outcome, the reason in one sentence, and units that are missing, failed or partial."""

    outcome: str
    reason: str
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()


def judge(plan: PhasePlan, results: Mapping[str, Result], now: datetime) -> Ruling | None:
    """The ruling on a phase, or None while it has to wait.

    Only units of the plan count, by name; a result of any other unit is ignored here and quarantined elsewhere.
    """
    known = {u: results[u] for u in plan.units if u in results}
    for unit, result in known.items():
        if result.outcome == "no_games":
            return Ruling("no_games", result.reason or "no games in the window")
        if result.outcome == "blocked":
            return Ruling("failed", f"{unit}: {result.reason}", failed=(unit,))
    missing = tuple(u for u in plan.units if u not in known)
    failed = tuple(u for u, r in known.items() if r.outcome not in SUCCESS)
    partial = tuple(u for u, r in known.items() if r.outcome == "partial")
    required = plan.units if plan.critical is None else plan.critical
    lost = tuple(u for u in failed if u in required)
    if lost:
        return Ruling("failed", _because(lost, known), missing, failed, partial)
    if missing and now < plan.deadline_at:
        return None
    if set(missing) & set(required):
        return Ruling("expired", f"deadline passed without {', '.join(missing)}", missing, failed, partial)
    gaps = [
        f"deadline passed, went on without {', '.join(missing)}" if missing else "",
        f"went on without {_because(failed, known)}" if failed and not missing else "",
        f"went on with part of {_because(partial, known)}" if partial else "",
    ]
    if any(gaps):
        return Ruling("degraded", "; ".join(filter(None, gaps)), missing, failed, partial)
    return Ruling("complete", "every unit succeeded")


def witness(plan: PhasePlan, ended: str, outcome: str, now: datetime) -> str | None:
    """A unit whose missing result proves that the phase cannot be ruled on yet; None: read the results of all units.

    `ended` is the unit that just ended. Before the deadline a success settles a phase only if no other result is
    missing. A failure may settle it alone: its message reads all results, and is delivered again until that is done.
    """
    last = plan.units[-1]
    if outcome not in SUCCESS or len(plan.units) <= FEW or last == ended or now >= plan.deadline_at:
        return None
    return last


def _because(units: tuple[str, ...], known: Mapping[str, Result]) -> str:
    return "; ".join(f"{u}: {known[u].reason}" if known[u].reason else u for u in units)


def inherited(outcome: str, phase_before: str) -> Ruling | None:
    """The ruling on a phase whose units were never requested, as the phase before did not go on; None if it did."""
    if outcome in GOES_ON:
        return None
    if outcome == "no_games":
        return Ruling("no_games", "no games in the window")
    return Ruling("failed", f"blocked: {phase_before} is {outcome}")


def stands(plans: Mapping[str, PhasePlan], outcomes: Mapping[str, str], now: datetime) -> bool:
    """Whether a generation needs no repair: each phase went on, had nothing to do, or is before its deadline."""
    return all(
        outcomes[name] in (*GOES_ON, "no_games") if name in outcomes else now < plan.deadline_at
        for name, plan in plans.items()
    )


def upstream(before: str, outcome: str) -> str:
    """The `upstream` of the next phase's units: degraded if any phase before them was."""
    return "degraded" if "degraded" in (before, outcome) else "complete"
