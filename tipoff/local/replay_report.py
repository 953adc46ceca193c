"""What a replay did, counted from what stands in the stores, never from counters kept along the way."""

from collections import Counter
from datetime import date
from statistics import fmean, quantiles
from typing import Any

from shared.bootstrap import LocalApp
from shared.rules.outcomes import OUTCOMES
from tipoff.local.calendar import GameDay
from tipoff.local.replay import Timing, stopped

_PREDICTIONS, _GRADES = "nba_predictions.player_prop_predictions", "nba_predictions.prediction_accuracy"


def replay_report(app: LocalApp, days: tuple[GameDay, ...], timing: Timing, seconds_total: float) -> dict[str, Any]:
    """The JSON of `tipoff replay`; figures of the replayed dates, but events, which are the home's."""
    queue = app.events.counts()
    return {
        "dates": len(days),
        "from": days[0].day.isoformat(),
        "to": days[-1].day.isoformat(),
        "games": sum(d.games for d in days),
        **_rows(app, days),
        "verdicts": _verdicts(app, days),
        "events": queue["published"],
        "redeliveries": queue["redeliveries"],
        "dead_letters": queue["dead"],
        "quarantined": _quarantined(app),
        "alerts": len(app.state.find("alerts", "open")),
        "seconds_total": round(seconds_total, 3),
        "seconds_history": round(timing.filling, 3),
        "seconds_training": round(timing.training, 3),
        "seconds_per_date": _per_date(list(timing.per_date.values())),
        "map_hash": app.map.hash,
    }


def current(name: str, scope: str = "game_date") -> str:
    """The rows of a window's current generation, as a DuckDB subquery with parameters first and last."""
    return (
        f"(SELECT * FROM {name} WHERE game_date BETWEEN $first AND $last"  # noqa: S608 - names of the contract
        f" QUALIFY generation = MAX(generation) OVER (PARTITION BY {scope}))"
    )


def _rows(app: LocalApp, days: tuple[GameDay, ...]) -> dict[str, Any]:
    """One outcome per prediction that was issued, also where grading did not happen: then it is pending, and why."""
    issued, graded = current(_PREDICTIONS, "game_date, system_id"), current(_GRADES)
    sql = f"""
        SELECT p.game_date, p.system_id, COALESCE(g.outcome, 'pending') AS outcome, g.pending_reason, COUNT(*) AS n
        FROM {issued} AS p
        LEFT JOIN {graded} AS g ON g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
          AND g.prediction_generation = p.generation
        GROUP BY ALL ORDER BY ALL
    """  # noqa: S608 - names of the contract
    rows = app.tables.read(sql, {"first": days[0].day, "last": days[-1].day}).to_pylist()
    by_system: dict[str, dict[str, int]] = {r["system_id"]: dict.fromkeys(OUTCOMES, 0) for r in rows}
    reasons = Counter[str]()
    for row in rows:
        by_system[row["system_id"]][row["outcome"]] += row["n"]
        if row["outcome"] == "pending":
            reasons[row["pending_reason"] or _not_graded(app, row["game_date"])] += row["n"]
    outcomes = {o: sum(counts[o] for counts in by_system.values()) for o in OUTCOMES}
    gradable = sum(outcomes.values()) - outcomes["ungradeable"]
    return {
        "predictions_by_system": {system: sum(counts.values()) for system, counts in by_system.items()},
        "outcomes": outcomes,
        "outcomes_by_system": by_system,
        "pending_reasons": dict(sorted(reasons.items())),
        "coverage": round((gradable - outcomes["pending"]) / gradable, 6) if gradable else None,
    }


def _not_graded(app: LocalApp, day: date) -> str:
    """Why a date has no grades: `grading_blocked` by the phase that did not go on, or `not_yet_played`."""
    run_id = f"{day}.{app.map.kind_with('grade')}"
    generation = app.engine.current_generation(run_id)
    why = stopped(app, run_id) if generation else ""
    return f"grading_blocked: {why}" if why else "not_yet_played"


def _verdicts(app: LocalApp, days: tuple[GameDay, ...]) -> dict[str, Any]:
    """How many phases ended how, and that each phase of each run has exactly one verdict."""
    expected, outcomes = 0, Counter[str]()
    for day in days:
        for kind in app.map.daily_kinds():
            run_id = f"{day.day.isoformat()}.{kind}"
            generation = app.engine.current_generation(run_id)
            ids = [f"{run_id}.{generation}.{phase}" for phase in app.map.runs[kind].phases]
            expected += len(ids)
            outcomes.update(v["outcome"] for v in app.state.get_many("verdicts", ids).values())
    return {"expected": expected, "found": sum(outcomes.values()), **dict(sorted(outcomes.items()))}


def _quarantined(app: LocalApp) -> dict[str, Any]:
    rows = app.tables.read(
        "SELECT table_name || ':' || rule AS rule, COUNT(*) AS n FROM nba_orchestration.quarantined_rows"
        " GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    held = app.state.find("quarantine", "held", limit=100_000)
    return {"rows": {r["rule"]: r["n"] for r in rows}, "messages": len(held)}


def _per_date(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    cuts = quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else seconds * 99
    return {
        "p50": round(cuts[49], 4),
        "p99": round(cuts[98], 4),
        "first20_mean": round(fmean(seconds[:20]), 4),
        "last20_mean": round(fmean(seconds[-20:]), 4),
    }
