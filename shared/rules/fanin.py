"""When is a phase settled, and how? Pure rules over what was expected and what came.

Outcomes of a unit: ok, empty, no_source (all three a success: the fact is stated), failed, blocked, no_games.
Outcomes of a phase: complete, degraded, expired, failed, no_games. A verdict never changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

SUCCESS = frozenset({"ok", "empty", "no_source"})
GOES_ON = frozenset({"complete", "degraded"})
FEW = 2  # so many units are read as cheaply as one


@dataclass(frozen=True)
class Plan:
    """What a phase waits for. `critical` None: every unit must succeed; else those suffice to go on degraded."""

    units: tuple[str, ...]
    critical: tuple[str, ...] | None
    deadline_at: datetime


@dataclass(frozen=True)
class Result:
    """How one unit ended."""

    outcome: str
    reason: str = ""


@dataclass(frozen=True)
class Ruling:
    """The verdict to be: outcome, why in one sentence, and the units that are missing or failed."""

    outcome: str
    reason: str
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def judge(plan: Plan, results: Mapping[str, Result], now: datetime) -> Ruling | None:
    """The ruling on a phase, or None while it has to wait.

    Only units of the plan count, by name; a result of any other unit is ignored here and quarantined elsewhere.
    """
    came = {u: results[u] for u in plan.units if u in results}
    for unit, result in came.items():
        if result.outcome == "no_games":
            return Ruling("no_games", result.reason or "no games in the window")
        if result.outcome == "blocked":
            return Ruling("failed", f"{unit}: {result.reason}", failed=(unit,))
    missing = tuple(u for u in plan.units if u not in came)
    failed = tuple(u for u, r in came.items() if r.outcome not in SUCCESS)
    required = plan.units if plan.critical is None else plan.critical
    lost = tuple(u for u in failed if u in required)
    if lost:
        return Ruling("failed", _because(lost, came), missing, failed)
    if not missing:
        if failed:
            return Ruling("degraded", f"went on without {_because(failed, came)}", missing, failed)
        return Ruling("complete", "every unit succeeded")
    if now < plan.deadline_at:
        return None
    late = ", ".join(missing)
    if set(missing) & set(required):
        return Ruling("expired", f"deadline passed without {late}", missing, failed)
    return Ruling("degraded", f"deadline passed, went on without {late}", missing, failed)


def witness(plan: Plan, ended: str, outcome: str, now: datetime) -> str | None:
    """The unit whose absence tells, to whoever saw `ended` end, that there is nothing to rule yet; None: read them all.

    Before the deadline a unit that ended well settles a phase only as the last of them all. One that did not may settle
    it alone: its own message looks at everything, and comes again until it has.
    """
    last = plan.units[-1]
    if outcome not in SUCCESS or len(plan.units) <= FEW or last == ended or now >= plan.deadline_at:
        return None
    return last


def _because(units: tuple[str, ...], came: Mapping[str, Result]) -> str:
    return "; ".join(f"{u}: {came[u].reason}" if came[u].reason else u for u in units)


def inherited(outcome: str, phase_before: str) -> Ruling | None:
    """The ruling a phase gets without being asked, because the phase before it did not go on; None if it did."""
    if outcome in GOES_ON:
        return None
    if outcome == "no_games":
        return Ruling("no_games", "no games in the window")
    return Ruling("failed", f"blocked: {phase_before} is {outcome}")


def stands(plans: Mapping[str, Plan], outcomes: Mapping[str, str], now: datetime) -> bool:
    """Whether a generation needs no repair: each phase went on or had nothing to do, or still has time."""
    return all(
        outcomes[name] in (*GOES_ON, "no_games") if name in outcomes else now < plan.deadline_at
        for name, plan in plans.items()
    )


def upstream(before: str, outcome: str) -> str:
    """What the next phase's units are told: degraded sticks once anything before them was."""
    return "degraded" if "degraded" in (before, outcome) else "complete"
