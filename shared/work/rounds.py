"""The monitor's rounds at every sweep: schedules, runs, outboxes, sources; say what is new, take back what is gone."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.map.ticks import ticks
from shared.protocol.manifest import manifest_of
from shared.rules import alarms
from shared.rules.alarms import Finding, PhaseSeen, RunSeen
from shared.work.app import App

SCHEDULE_LOOK_BACK = timedelta(hours=24)


def run_seen(app: App, run_id: str, generation: int) -> RunSeen | None:
    """A generation as the rules see it; None without a manifest."""
    stored = app.state.get("manifests", f"{run_id}.{generation}")
    if stored is None:
        return None
    manifest = manifest_of(run_id, generation, stored.doc)
    verdicts = app.state.get_many("verdicts", [f"{manifest.id}.{p}" for p in manifest.phases])
    known = app.map.runs[manifest.kind].phases
    phases = {}
    for name, plan in manifest.phases.items():
        verdict = verdicts.get(f"{manifest.id}.{name}", {})
        after = known[name].after if name in known else None
        phases[name] = PhaseSeen(plan.deadline_at, verdict.get("outcome"), verdict.get("reason", ""), after)
    return RunSeen(run_id, manifest.kind, manifest.from_date.isoformat(), generation, manifest.opened_at, phases)


def make_rounds(app: App) -> None:
    """Look at everything, alert once per cause, and close what has gone."""
    now = app.clock.now()
    runs = _Runs(app)
    found = [*_schedules(app, runs, now), *_unsent(app, now), *_stuck(app, runs, now), *_sources(app, runs, now)]
    for finding in found:
        raise_alert(app, finding)
    for run in runs.of_days(_days(app, now, app.map.watch["alert_runs_of_days"])):
        for phase in alarms.roots(run):
            raise_alert(app, alarms.failed_phase(run, phase))
    _take_back(app, runs, {f.id for f in found})


def raise_alert(app: App, finding: Finding) -> None:
    """Say it, unless it is said already; the same failure of a newer generation follows the alert that is open."""
    state, cause = "open", ""
    if finding.kind == alarms.PHASE:
        generation, phase, outcome = finding.id.removeprefix(f"{finding.about}.").split(".")
        for stored in app.state.find("alerts", "open"):
            same = stored.id.startswith(f"{finding.about}.") and stored.id.endswith(f".{phase}.{outcome}")
            if same and stored.id != finding.id:
                state, cause = "follows", stored.id
        del generation
    app.engine.alert(
        finding.id, finding.sentence, finding.command, kind=finding.kind, about=finding.about, state=state, cause=cause
    )


class _Runs:
    """Runs by id, each read once a round."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._seen: dict[str, RunSeen | None] = {}

    def get(self, run_id: str) -> RunSeen | None:
        """The run's current generation, or None."""
        if run_id not in self._seen:
            generation = self._app.engine.current_generation(run_id)
            self._seen[run_id] = run_seen(self._app, run_id, generation) if generation else None
        return self._seen[run_id]

    def of_days(self, days: Iterable[date]) -> list[RunSeen]:
        """The scheduled runs of these days that were opened."""
        ids = [f"{day}.{kind}" for day in days for kind in _kinds(self._app)]
        return [run for run in map(self.get, ids) if run is not None]


def _kinds(app: App) -> list[str]:
    return list(dict.fromkeys(s.run for s in app.map.schedules.values() if s.run))


def _days(app: App, now: datetime, back: int) -> list[date]:
    """Today and the days before it, in the map's time zone, oldest first."""
    today = now.astimezone(ZoneInfo(app.map.time_zone)).date()
    return [today - timedelta(days=n) for n in range(back, -1, -1)]


def _schedules(app: App, runs: _Runs, now: datetime) -> list[Finding]:
    until = now - timedelta(minutes=app.map.watch["schedule_grace_min"])
    latest = {t.schedule.name: t for t in ticks(app.map, now - SCHEDULE_LOOK_BACK, until) if t.schedule.run}
    found = []
    for name, tick in latest.items():
        kind = tick.schedule.run or ""
        run_id = f"{tick.game_date}.{kind}"
        always = tick.schedule.only_if == "always"
        firing = alarms.Firing(name, tick.at, run_id, kind, tick.game_date.isoformat(), always)
        found.append(alarms.silent_schedule(firing, runs.get(run_id)))
    return [f for f in found if f is not None]


def _unsent(app: App, now: datetime) -> list[Finding]:
    found = []
    for collection, since in (("manifests", "opened_at"), ("verdicts", "settled_at")):
        for stored in app.state.find(collection, "unsent"):
            at, events = datetime.fromisoformat(stored.doc[since]), len(stored.doc["outbox"])
            limit = app.map.engine["unsent_after_s"]
            found.append(alarms.unsent_events(collection, stored.id, events, at, now, limit))
    return [f for f in found if f is not None]


def _stuck(app: App, runs: _Runs, now: datetime) -> list[Finding]:
    after = app.map.watch["stuck_after_min"]
    opened = [run for s in app.state.find("runs", "open") if (run := runs.get(s.id)) is not None]
    return [f for run in opened if (f := alarms.stuck_run(run, now, after)) is not None]


def _sources(app: App, runs: _Runs, now: datetime) -> list[Finding]:
    """What each feed brought on the game days that are settled: rows where they are parsed, else artifacts."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for run in runs.of_days(_days(app, now, app.map.watch["look_back_days"])):
        outcomes = {p.outcome for p in run.phases.values()}
        if None in outcomes or "no_games" in outcomes:
            continue
        cells = {
            (phase.function, unit): f"{run.run_id}.{run.generation}.{phase.name}.{unit}"
            for phase in app.map.runs[run.kind].phases.values()
            if phase.function in ("scrape", "process_raw")
            for unit in phase.units
        }
        done = app.state.get_many("completions", list(cells.values()))
        for function, unit in cells:
            if function == "scrape":
                docs = [done[i] for f in ("scrape", "process_raw") if (i := cells.get((f, unit))) in done]
                brought = min((int(d["found"]) for d in docs), default=0)
                found.setdefault((run.kind, unit), []).append((run.day, brought))
    days = app.map.watch["quiet_game_days"]
    return [f for (kind, unit), seen in found.items() if (f := alarms.quiet_source(kind, unit, seen, days)) is not None]


def _take_back(app: App, runs: _Runs, present: set[str]) -> None:
    """Close alerts whose cause is gone: not found any more, or the run is whole in a newer generation."""
    for stored in app.state.find("alerts", "open"):
        kind = stored.doc.get("kind")
        if kind in alarms.LASTING:
            gone = stored.id not in present
        elif kind == alarms.PHASE:
            run = runs.get(stored.doc["about"])
            gone = run is not None and run.is_whole
        else:
            continue  # a coverage alert is closed by the grades that mend it
        if gone:
            app.engine.close_alert(stored.id)
