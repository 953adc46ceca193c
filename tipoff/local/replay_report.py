"""What a replay did, counted from what stands in the stores, never from counters kept along the way."""

from collections import Counter
from statistics import fmean, quantiles
from typing import Any

from shared.bootstrap import LocalApp
from tipoff.evaluation.outcomes import of_rows
from tipoff.local.calendar import GameDay
from tipoff.local.replay import Timing


def replay_report(app: LocalApp, days: tuple[GameDay, ...], timing: Timing, seconds_total: float) -> dict[str, Any]:
    """The JSON of `tipoff replay`; figures of the replayed dates, but events, which are the home's."""
    queue = app.events.counts()
    return {
        "dates": len(days),
        "from": days[0].day.isoformat(),
        "to": days[-1].day.isoformat(),
        "games": sum(d.games for d in days),
        **_outcomes(app, days),
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


def _outcomes(app: LocalApp, days: tuple[GameDay, ...]) -> dict[str, Any]:
    counted = of_rows(app.tables, app.state, app.map, (days[0].day, days[-1].day), app.clock.now())
    return {
        "predictions_by_system": counted.predictions_by_system,
        "outcomes": counted.outcomes,
        "outcomes_by_system": counted.by_system,
        "pending_reasons": counted.pending_reasons,
        "coverage": counted.coverage,
    }


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
