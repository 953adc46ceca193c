"""Faults around the answers: clocks that jump in the middle of a run, and what an older map has left in a home."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from shared.contracts.events import RunRequested
from shared.map.model import PipelineMap
from shared.protocol.engine import Engine
from shared.work.app import App

FAR = timedelta(days=40)  # to a date without rows of its own
KIND = "pregame"


def _minutes(least: int, most: int) -> Callable[[Random], timedelta]:
    return lambda rng: timedelta(minutes=rng.uniform(least, most))


# How far a clock jumps, and whether the same rows must be there all the same. Quotes get another age with any jump, and a
# clock that went back asks for an earlier injury report. A jump past deadlines is a machine that stood still: what the
# phase misses is named, and a rerun brings it.
JUMPS: Mapping[str, tuple[Callable[[Random], timedelta], bool]] = {
    "a_little_ahead": (_minutes(0, 5), True),
    "ahead": (_minutes(20, 150), False),
    "back": (_minutes(-150, 0), False),
}


def _renamed_phase(pipeline: PipelineMap) -> PipelineMap:
    """The first phase had another name."""
    kind = pipeline.runs[KIND]
    first, *rest = kind.phases.values()
    phases = {"fetch": replace(first, name="fetch")}
    phases |= {p.name: replace(p, after="fetch" if p.after == first.name else p.after) for p in rest}
    return replace(pipeline, runs={**pipeline.runs, KIND: replace(kind, phases=phases)})


def _removed_unit(pipeline: PipelineMap) -> PipelineMap:
    """The first phase had a unit that is gone, and needed it."""
    kind, gone = pipeline.runs[KIND], "a_feed_of_then"
    first = next(iter(kind.phases.values()))
    more = replace(first, units=(*first.units, gone), critical=(*(first.critical or ()), gone))
    return replace(pipeline, runs={**pipeline.runs, KIND: replace(kind, phases={**kind.phases, first.name: more})})


def _renamed_kind(pipeline: PipelineMap) -> PipelineMap:
    """The kind of run had another name."""
    return replace(pipeline, runs={"evening": replace(pipeline.runs[KIND], name="evening")})


OLDER_MAPS = {"renamed_phase": _renamed_phase, "removed_unit": _removed_unit, "renamed_kind": _renamed_kind}


def left_open(name: str, rng: Random, day: date, app: App) -> None:
    """Leave a run that a program with the older map opened, of this date or a far one, with its messages in the queue."""
    older = OLDER_MAPS[name](app.map)
    kind = KIND if KIND in older.runs else next(iter(older.runs))
    request = RunRequested(request_id=f"older-{name}", kind=kind, from_date=day + rng.choice((timedelta(), FAR)))
    Engine(older, app.state, app.events, app.clock).open_run(request)


def open_for_ever(app: App) -> list[str]:
    """The runs of another map that even a sweep leaves open."""
    app.engine.sweep()
    runs = app.state.find("runs", "open", limit=1000)
    manifests = [app.engine.manifest(run.id, run.doc["generation"]) for run in runs]
    kinds = app.map.runs
    return [m.run_id for m in manifests if m.kind not in kinds or not kinds[m.kind].has(m.phases)]
