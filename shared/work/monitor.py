"""What the coverage monitor does when told something: look, decide by pure rules, ask for a repair, or alert once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from shared.contracts.events import PhaseSettled, RunRequested, SweepRequested, message
from shared.errors import ContractError
from shared.rules import alarms, fanin
from shared.sql import queries
from shared.work.app import App
from shared.work.job import Ended, Job
from shared.work.rounds import raise_alert, run_seen

RUN_TOPIC = "nba-run-trigger"


class MonitorCore(Protocol):
    """The pure core of coverage_monitor."""

    def after_grading(self, coverage: Mapping[str, Any], attempts: int, limits: Mapping[str, float]) -> str:
        """`fine`, `regrade`, or `alert` once the attempts are used up."""


@dataclass(frozen=True)
class WatchStep:
    """A function that watches: it does no unit of any phase. `rounds` looks at everything after each sweep."""

    function: str
    core: MonitorCore
    rounds: Callable[[App], None] | None = None

    def run(self, job: Job) -> Ended:
        """The monitor has no units."""
        raise AssertionError(f"{self.function} was asked for unit {job.unit.name}")

    def watch(self, event: PhaseSettled | SweepRequested, app: App) -> None:
        """A sweep: deadlines, unsent events, what was too early. A settled phase: alert, or check the grades."""
        if isinstance(event, SweepRequested):
            try:
                app.engine.sweep()
            finally:  # a sweep that cannot send is one of the things to say
                if self.rounds is not None:
                    self.rounds(app)
            return
        if event.outcome not in fanin.GOES_ON and event.outcome != "no_games":
            self._alert_failed(event, app)
        elif event.phase == "grade" and event.generation == app.engine.current_generation(event.run_id):
            self._check_grades(event, app)

    def _alert_failed(self, event: PhaseSettled, app: App) -> None:
        """Say where the failure began; what it dragged along is kept, pointing there."""
        run = run_seen(app, event.run_id, event.generation)
        if run is None or event.phase not in run.phases:
            raise ContractError(f"{event.event_id} was told of a phase that nothing knows")
        root = alarms.failed_phase(run, alarms.root_of(run, event.phase))
        if event.generation == app.engine.current_generation(event.run_id):
            raise_alert(app, root)
        told = alarms.failed_phase(run, event.phase)
        app.engine.alert(
            told.id, told.sentence, told.command, kind=told.kind, about=told.about, state="follows", cause=root.id
        )

    def _check_grades(self, event: PhaseSettled, app: App) -> None:
        manifest = app.engine.manifest(event.run_id, event.generation)
        window = {"from_date": manifest.from_date, "to_date": manifest.to_date}
        check = app.map.functions[self.function].grade_check
        assert check is not None
        assert check.query is not None
        sql = queries.text(self.function, check.query)
        found = app.tables.query(sql, check.reads, window, as_of=False).to_pylist()[0]
        run = app.state.get("runs", event.run_id)
        regrade = f"{event.run_id}@regrade-"
        attempts = sum(r.startswith(regrade) for r in run.doc["requests"]) if run else 0
        decision = self.core.after_grading(found, attempts, app.map.coverage)
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
            app.events.publish([message(RUN_TOPIC, request)])
