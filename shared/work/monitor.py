"""The coverage monitor's work: sweep, look for everything that is wrong, alert once per cause, ask for a regrade.

Before it: handle.py, which passes it settled phases and the scheduled sweeps. What counts as wrong is decided by the
pure rules in shared/rules/alarms.py and by the core of coverage_monitor; here they get what they need from the stores.
After it: alerts in the state store, and `nba-run-trigger` for a regrade.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from shared.contracts.events import PhaseSettled, RunRequested, SweepRequested, message
from shared.errors import ContractError
from shared.map.ticks import ticks
from shared.protocol import asking
from shared.protocol.manifest import manifest_of, plans_of, verdicts_of
from shared.rules import alarms, fanin
from shared.rules.alarms import Finding, PhaseSeen, RunSeen
from shared.sql import queries
from shared.work.app import App
from shared.work.job import Ended, Job

SCHEDULE_LOOK_BACK = timedelta(hours=24)


class MonitorCore(Protocol):
    """The pure core of coverage_monitor."""

    def after_grading(self, coverage: Mapping[str, Any], attempts: int, limits: Mapping[str, float]) -> str:
        """`fine`, `regrade`, or `alert` once the attempts are used up."""


@dataclass(frozen=True)
class MonitorStep:
    """The step of coverage_monitor, which has no units; with `inspects` every sweep ends with an inspection."""

    function: str
    core: MonitorCore
    inspects: bool = False

    def run(self, job: Job) -> Ended:
        """No phase of the map has a unit of the monitor."""
        raise AssertionError(f"{self.function} was asked for unit {job.unit.name}")

    def watch(self, event: PhaseSettled | SweepRequested, app: App) -> None:
        """Sweep and inspect, or react to a settled phase: alert if it failed, check the grades if it is `grade`."""
        if isinstance(event, SweepRequested):
            try:
                app.engine.sweep()
            finally:  # the inspection also reports why a sweep cannot send
                if self.inspects:
                    inspect(app)
            return
        if event.outcome not in fanin.GOES_ON and event.outcome != "no_games":
            _alert_failed(event, app)
        elif event.phase == "grade" and event.generation == app.engine.current_generation(event.run_id):
            self._check_grades(event, app)

    def _check_grades(self, event: PhaseSettled, app: App) -> None:
        manifest = app.engine.manifest(event.run_id, event.generation)
        if any(v.get("gaps") for v in verdicts_of(app.state, manifest).values()):
            return  # what is missing is asked for again by itself, and graded when it arrives
        window = {"from_date": manifest.from_date, "to_date": manifest.to_date}
        check = app.map.functions[self.function].grade_check
        assert check is not None
        sql = queries.text(self.function, check.query)
        coverage = app.tables.query(sql, check.reads, window, as_of=False).to_pylist()[0]
        run = app.state.get("runs", event.run_id)
        regrade = f"{event.run_id}@regrade-"
        attempts = sum(r.startswith(regrade) for r in run.doc["requests"]) if run else 0
        decision = self.core.after_grading(coverage, attempts, app.map.coverage)
        alert_id = f"{event.run_id}.coverage"
        if decision == "fine":
            app.engine.close_alert(alert_id)
        elif decision == "alert":
            sentence = (
                f"{event.run_id} stays below {app.map.coverage['regrade_below']:.0%} graded after {attempts} tries"
            )
            command = alarms.mending(event.run_id, manifest.kind, manifest.from_date.isoformat(), "--phase scrape")
            app.engine.alert(alert_id, sentence, command, kind="coverage", about=event.run_id)
        elif decision == "regrade":
            request = RunRequested(
                request_id=f"{regrade}{attempts + 1}",
                kind=manifest.kind,
                from_date=manifest.from_date,
                to_date=manifest.to_date,
                as_of=app.clock.now(),
            )
            app.events.publish([message(app.map.request_topics.run, request)])


def _alert_failed(event: PhaseSettled, app: App) -> None:
    """Alert where the failure began; a phase that only followed is kept as an alert that points there."""
    run = _run_seen(app, event.run_id, event.generation)
    if run is None or event.phase not in run.phases:
        raise ContractError(f"{event.event_id} reports a phase that no manifest has")
    root = alarms.failed_phase(run, alarms.root_of(run, event.phase))
    if event.generation == app.engine.current_generation(event.run_id):
        _alert(app, root)
    failed = alarms.failed_phase(run, event.phase)
    _record(app, failed, "follows", root.id)


def inspect(app: App) -> None:
    """Inspect schedules, outboxes, runs, sources, gaps: alert once per cause, close alerts whose cause is gone."""
    now = app.clock.now()
    runs = _Runs(app)
    checks = chain(
        _schedules(app, runs, now),
        _unsent(app, now),
        _stuck(app, runs, now),
        _sources(app, runs, now),
        _given_up(app, now),
    )
    findings = [finding for finding in checks if finding is not None]
    for finding in findings:
        _alert(app, finding)
    for run in runs.of_days(_days(app, now, app.map.watch["alert_runs_of_days"])):
        for phase in alarms.roots(run):
            _alert(app, alarms.failed_phase(run, phase))
    _close_gone(app, runs, {f.id for f in findings})
    if runs.failures:  # said after everything that can be inspected was inspected
        raise runs.failures[0]


def _alert(app: App, finding: Finding) -> None:
    """Alert unless it is open; the same failure in a newer generation follows the alert that is open already."""
    state, cause = "open", ""
    if finding.kind == alarms.PHASE:
        phase_and_outcome = finding.id.removeprefix(f"{finding.about}.").partition(".")[2]
        for stored in app.state.find("alerts", "open"):
            same = stored.id.startswith(f"{finding.about}.") and stored.id.endswith(f".{phase_and_outcome}")
            if same and stored.id != finding.id:
                state, cause = "follows", stored.id
    _record(app, finding, state, cause)


def _record(app: App, finding: Finding, state: str, cause: str) -> None:
    app.engine.alert(
        finding.id, finding.sentence, finding.command, kind=finding.kind, about=finding.about, state=state, cause=cause
    )


def _run_seen(app: App, run_id: str, generation: int) -> RunSeen | None:
    """A generation as the rules see it; None without a manifest."""
    stored = app.state.get("manifests", f"{run_id}.{generation}")
    if stored is None:
        return None
    manifest = manifest_of(run_id, generation, stored.doc)
    verdicts = verdicts_of(app.state, manifest)
    kind = app.map.runs.get(manifest.kind)
    known = kind.phases if kind and kind.has(manifest.phases) else {}  # of an older map: each phase stands alone
    phases = {}
    for name, plan in plans_of(manifest, kind, verdicts).items():
        verdict = verdicts.get(name, {})
        after = known[name].after if known else None
        phases[name] = PhaseSeen(plan.deadline_at, verdict.get("outcome"), verdict.get("reason", ""), after)
    return RunSeen(run_id, manifest.kind, manifest.from_date.isoformat(), generation, manifest.opened_at, phases)


class _Runs:
    """The current generation of each run, read once per inspection."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._seen: dict[str, RunSeen | None] = {}
        self.failures: list[Exception] = []

    def get(self, run_id: str) -> RunSeen | None:
        """The run's current generation; None if it was never opened or cannot be read, which `failures` keeps."""
        if run_id not in self._seen:
            self._seen[run_id] = None
            try:
                generation = self._app.engine.current_generation(run_id)
                self._seen[run_id] = _run_seen(self._app, run_id, generation) if generation else None
            except Exception as error:  # noqa: BLE001 - raised by inspect, after every run
                error.add_note(f"while inspecting {run_id}")
                self.failures.append(error)
        return self._seen[run_id]

    def of_days(self, days: Iterable[date]) -> list[RunSeen]:
        """The scheduled runs of these days that were opened."""
        kinds = dict.fromkeys(s.run for s in self._app.map.schedules.values() if s.run)
        ids = [f"{day}.{kind}" for day in days for kind in kinds]
        return [run for run in map(self.get, ids) if run is not None]


def _days(app: App, now: datetime, back: int) -> list[date]:
    """Today and the days before it, in the map's time zone, oldest first."""
    today = now.astimezone(ZoneInfo(app.map.time_zone)).date()
    return [today - timedelta(days=n) for n in range(back, -1, -1)]


def _schedules(app: App, runs: _Runs, now: datetime) -> Iterator[Finding | None]:
    until = now - timedelta(minutes=app.map.watch["schedule_grace_min"])
    latest = {t.schedule.name: t for t in ticks(app.map, now - SCHEDULE_LOOK_BACK, until) if t.schedule.run}
    for name, tick in latest.items():
        kind = tick.schedule.run or ""
        run_id = f"{tick.game_date}.{kind}"
        day, always = tick.game_date.isoformat(), tick.schedule.opens_always
        firing = alarms.Firing(name, tick.at, run_id, kind, day, always)
        yield alarms.silent_schedule(firing, runs.get(run_id))


def _unsent(app: App, now: datetime) -> Iterator[Finding | None]:
    limit = app.map.engine["unsent_after_s"]
    for collection, since in (("manifests", "opened_at"), ("verdicts", "settled_at")):
        for stored in app.state.find(collection, "unsent"):
            at, events = datetime.fromisoformat(stored.doc[since]), len(stored.doc["outbox"])
            yield alarms.unsent_events(collection, stored.id, events, at, now, limit)


def _stuck(app: App, runs: _Runs, now: datetime) -> Iterator[Finding | None]:
    for stored in app.state.find("runs", "open"):
        run = runs.get(stored.id)
        if run is not None:
            yield alarms.stuck_run(run, now, app.map.watch["stuck_after_min"])


def _sources(app: App, runs: _Runs, now: datetime) -> Iterator[Finding | None]:
    """What each feed brought on the game days that are settled: rows where they are parsed, else artifacts."""
    brought: dict[tuple[str, str], list[tuple[str, int]]] = {}
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
                rows = min((int(d["found"]) for d in docs), default=0)
                brought.setdefault((run.kind, unit), []).append((run.day, rows))
    for (kind, unit), days in brought.items():
        yield alarms.quiet_feed(kind, unit, days, app.map.watch["quiet_game_days"])


def _given_up(app: App, now: datetime) -> Iterator[Finding | None]:
    for state in (asking.MISSING, asking.GIVEN_UP):
        for stored in app.state.find("waiting", state):
            gaps = asking.gaps_of(stored.doc)
            for unit in stored.doc["gaps"]:
                yield alarms.given_up(stored.doc["run_id"], unit, [m for u, m in gaps if u == unit], now)


def _close_gone(app: App, runs: _Runs, present: set[str]) -> None:
    """Close alerts whose cause is gone: it is not among the findings, or the run is whole in a newer generation."""
    for stored in app.state.find("alerts", "open"):
        kind = stored.doc.get("kind")
        if kind in alarms.LASTING:
            gone = stored.id not in present
        elif kind in (alarms.PHASE, alarms.BEHIND):
            run = runs.get(stored.doc["about"])
            gone = run is not None and run.is_whole
        else:
            continue  # a coverage alert is closed when grades suffice again
        if gone:
            app.engine.close_alert(stored.id)
