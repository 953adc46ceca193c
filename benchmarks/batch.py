"""The lower bound: the same features, predictions and grades of a window, computed in one batch without events.

Each unit runs once over the whole window through the same queries and cores, in the map's order; there are no queue,
no completions, no verdicts and no work per date.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from shared.bootstrap import build_local, feeds_of
from shared.clock import VirtualClock
from shared.contracts.events import UnitRequested
from shared.map.loader import pipeline_map
from shared.map.model import Phase
from shared.protocol.manifest import Manifest
from shared.rules.fanin import PhasePlan
from shared.rules.leases import Claim
from shared.settings import Settings
from shared.work.app import App
from shared.work.job import Job
from tipoff.local.calendar import morning
from tipoff.local.runtime import step_of


def phases_of(app: App) -> list[Phase]:
    """The phases from scraping to grades: those of the backfill, then predictions, then grading."""
    pregame, postgame = app.map.runs["pregame"].phases, app.map.runs["postgame"].phases
    rest = [pregame["predict"], pregame["ensemble"], postgame["grade"], postgame["track_record"]]
    return [*app.map.runs["backfill"].phases.values(), *rest]


def run_units(app: App, phases: Iterable[Phase], first: date, last: date) -> Iterator[tuple[Phase, str, float]]:
    """Run each unit of the phases once over the window; yields its phase, name and seconds."""
    now = app.clock.now()
    manifest = Manifest("batch", 1, "backfill", first, last, now, now, {"scrape": PhasePlan((), None, now)})
    for phase in phases:
        for unit in phase.units:
            event = UnitRequested(run_id="batch", generation=1, phase=phase.name, unit=unit, to=phase.function)
            job = Job(event, Claim("batch", 1, now), manifest, app.map.unit(phase.function, unit), app)
            started = time.perf_counter()
            ended = step_of(phase.function).run(job)
            seconds = time.perf_counter() - started
            if ended.outcome == "failed":
                sys.exit(f"{phase.name}.{unit}: {ended.reason}")
            if phase.function == "scrape":
                app.state.create("completions", event.event_id, ended.doc(job))
            yield phase, unit, seconds


def main() -> None:
    """Print the seconds of a window: `python -m benchmarks.batch DATA HOME FROM TO`."""
    data, home, first, last = sys.argv[1:5]
    clock = VirtualClock(morning(date.fromisoformat(last) + timedelta(days=1), pipeline_map()))
    settings = Settings(home=Path(home), source="history", data=Path(data))
    app = build_local(settings, clock, feeds_of(settings))
    started = time.perf_counter()
    for _ in run_units(app, phases_of(app), date.fromisoformat(first), date.fromisoformat(last)):
        pass
    print(f"{time.perf_counter() - started:.3f}")


if __name__ == "__main__":
    main()
