"""What the coverage monitor does when told something: look, decide by pure rules, ask for a repair, or alert once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from shared.contracts.events import PhaseSettled, RunRequested, SweepRequested, message
from shared.core import fanin
from shared.job import Ended, Job

if TYPE_CHECKING:
    from shared.app import App

RUN_TOPIC = "nba-run-trigger"


class MonitorCore(Protocol):
    """The pure core of coverage_monitor."""

    def after_grading(self, coverage: Mapping[str, Any], attempts: int, limits: Mapping[str, float]) -> str:
        """`fine`, `regrade`, or `alert` once the attempts are used up."""


@dataclass(frozen=True)
class WatchStep:
    """A function that watches: it does no unit of any phase."""

    function: str
    core: MonitorCore
    coverage_sql: str
    reads: Mapping[str, int]

    def run(self, job: Job) -> Ended:
        """The monitor has no units."""
        raise AssertionError(f"{self.function} was asked for unit {job.unit.name}")

    def watch(self, event: PhaseSettled | SweepRequested, app: "App") -> None:
        """A sweep: deadlines, unsent events, what was too early. A settled phase: alert, or check the grades."""
        if isinstance(event, SweepRequested):
            app.engine.sweep()
            return
        if event.outcome not in fanin.GOES_ON and event.outcome != "no_games":
            self._alert_failed(event, app)
        elif event.phase == "grade":
            self._check_grades(event, app)

    def _alert_failed(self, event: PhaseSettled, app: "App") -> None:
        verdict = app.state.get("verdicts", event.event_id)
        reason = verdict.doc["reason"] if verdict else "no verdict found"
        day = event.run_id.split(".")[0].split("_")[0]
        app.engine.alert(
            f"{event.event_id}.{event.outcome}",
            f"{event.run_id} {event.phase} is {event.outcome}: {reason}",
            f"tipoff status {day}",
        )

    def _check_grades(self, event: PhaseSettled, app: "App") -> None:
        manifest = app.engine.manifest(event.run_id, event.generation)
        window = {"from_date": manifest.from_date, "to_date": manifest.to_date}
        found = app.tables.query(self.coverage_sql, self.reads, window, as_of=False).to_pylist()[0]
        attempts = event.generation - 1
        decision = self.core.after_grading(found, attempts, app.map.coverage)
        day = manifest.from_date.isoformat()
        if decision == "alert":
            sentence = (
                f"{event.run_id} stays below {app.map.coverage['regrade_below']:.0%} graded after {attempts} tries"
            )
            app.engine.alert(f"{event.run_id}.coverage", sentence, f"tipoff status {day}")
        elif decision == "regrade":
            request = RunRequested(
                request_id=f"{event.run_id}@regrade-{attempts + 1}",
                kind=manifest.kind,
                from_date=manifest.from_date,
                to_date=manifest.to_date,
                as_of=app.clock.now(),
            )
            app.events.publish([message(RUN_TOPIC, request)])
