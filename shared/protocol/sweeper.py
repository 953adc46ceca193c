"""The sweep: what must happen although no message arrives. Deadlines, unsent events, units that were too early.

Before it: monitor.py, with the SweepRequested event of a schedule of the map.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.events import Message, UnitRequested
from shared.map.model import PipelineMap
from shared.ports import Clock, Events, State, Stored
from shared.protocol.manifest import verdicts_of
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs, is_behind
from shared.protocol.verdicts import Verdicts
from shared.rules import fanin


@dataclass(frozen=True)
class Sweeper:
    """Goes over every document that is unsent, waiting or open."""

    map: PipelineMap
    state: State
    events: Events
    clock: Clock
    runs: Runs
    verdicts: Verdicts
    outbox: Outbox

    def sweep(self) -> dict[str, int]:
        """Rule on phases that are complete or past their deadline, send unsent events, request early units again.

        The worker that completes a phase rules on it; the sweep does so where that worker died first.
        """
        failures: list[Exception] = []
        sent = self._each(self._resume, self.state.find("manifests", "unsent"), failures)
        sent += self._each(self._relay, self.state.find("verdicts", "unsent"), failures)
        asked_again = self._each(self._ask_again, self.state.find("waiting", "waiting"), failures)
        ruled = self._each(self._rule, self.state.find("runs", "open"), failures)
        if failures:  # said after everything that can be swept was swept
            raise failures[0]
        return {"sent": sent, "asked_again": asked_again, "runs_ruled_on": ruled}

    def _each(self, do: Callable[[Stored], int], documents: list[Stored], failures: list[Exception]) -> int:
        """Do each document, whatever became of the others: one that cannot be swept must not stop every deadline."""
        done = 0
        for stored in documents:
            try:
                done += do(stored)
            except Exception as error:  # noqa: BLE001 - raised by sweep, after every document
                error.add_note(f"while sweeping {stored.id}")
                failures.append(error)
        return done

    def _resume(self, manifest: Stored) -> bool:
        due = self._is_due(manifest.doc["opened_at"])
        if due:
            self.runs.resume(manifest)
        return due

    def _relay(self, verdict: Stored) -> bool:
        due = self._is_due(verdict.doc["settled_at"])
        if due:
            self.outbox.relay("verdicts", verdict)
        return due

    def _is_due(self, since: str) -> bool:
        """Whether a document has been unsent for so long that the worker that wrote it will not send it.

        Or was written by a clock that was as far ahead.
        """
        limit = timedelta(seconds=self.map.engine["unsent_after_s"])
        return abs(self.clock.now() - datetime.fromisoformat(since)) >= limit

    def _ask_again(self, waiting: Stored) -> bool:
        """Request a unit that was too early again; delete the entry once the unit is done, ruled on or superseded.

        Deleting it together with the request could delete the entry of a unit that is too early again at that moment.
        """
        message = Message(**waiting.doc["message"])
        event = message.event()
        assert isinstance(event, UnitRequested)
        over = (
            event.generation < self.runs.current_generation(event.run_id)
            or self.state.get("completions", event.event_id) is not None
            or self.state.get("verdicts", f"{event.run_id}.{event.generation}.{event.phase}") is not None
        )
        if over:
            self.state.delete("waiting", waiting.id)
        else:
            self.events.publish([message])
        return not over

    def _rule(self, run: Stored) -> int:
        """Evaluate each phase that was requested and has no verdict, or whose failure later phases inherit.

        A run behind the warehouse gets a new generation instead. Returns how many phases have a verdict now.
        """
        manifest = self.runs.manifest(run.id, run.doc["generation"])
        kind = self.map.runs.get(manifest.kind)
        if kind is None or not kind.has(manifest.phases):
            reason = f"the map has other phases of {manifest.kind} now: run it again"
            self.state.replace("runs", run.id, {**run.doc, "state": "settled", "reason": reason}, run.version)
            return 0
        if is_behind(run):
            self.runs.open_above(run)
            return 0
        verdicts = verdicts_of(self.state, manifest)
        outcome = {name: verdicts.get(name, {}).get("outcome") for name in manifest.phases}
        ruled = 0
        for name in manifest.phases:
            before = kind.phases[name].after
            requested = before is None or outcome[before] in fanin.GOES_ON
            stopped = outcome[name] is not None and outcome[name] not in fanin.GOES_ON
            if stopped or (outcome[name] is None and requested):
                ruled += self.verdicts.evaluate(manifest, name)
        if None not in outcome.values():
            self.runs.close(manifest)
        return ruled
