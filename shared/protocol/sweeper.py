"""The sweep: what must happen although no message arrives: deadlines, unsent events, early units, missing entities.

Before it: monitor.py, with the SweepRequested event of a schedule of the map.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.events import Message, UnitRequested, message
from shared.map.model import PipelineMap
from shared.ports import Clock, Events, State, Stored
from shared.protocol import asking
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

        What settled runs miss is asked for again when that is due. The worker that completes a phase rules on it; the
        sweep does so where that worker died first.
        """
        failures: list[Exception] = []
        sent = self._each(self._resume, self.state.find("manifests", "unsent"), failures)
        sent += self._each(self._relay, self.state.find("verdicts", "unsent"), failures)
        asked_again = self._each(self._ask_again, self.state.find("waiting", "waiting"), failures)
        ruled = self._each(self._rule, self.state.find("runs", "open"), failures)
        asked_again += self._each(self._ask_for_missing, self.state.find("waiting", asking.MISSING), failures)
        self._each(self._drop_superseded, self.state.find("waiting", asking.GIVEN_UP), failures)
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

    def _are_early(self, cells: list[str]) -> bool:
        """Whether each of the cells is done or was too early."""
        done = self.state.get_many("completions", cells)
        rest = [c for c in cells if c not in done]
        return self.state.get_many("waiting", rest).keys() == set(rest)

    def _ask_for_missing(self, noted: Stored) -> bool:
        """Request the generation that asks for what is due, again and again until it is open."""
        if self._drop_superseded(noted):
            return False
        manifest = self.runs.manifest(noted.doc["run_id"], noted.doc["generation"])
        request = asking.request(self.map, manifest, noted.doc, self.clock.now())
        if request is not None:
            self.events.publish([message(self.map.request_topics.run, request)])
        return request is not None

    def _drop_superseded(self, noted: Stored) -> bool:
        """Delete a note about a generation that is not current any more: what the newer one misses, it notes itself."""
        superseded = bool(noted.doc["generation"] < self.runs.current_generation(noted.doc["run_id"]))
        if superseded:
            self.state.delete("waiting", noted.id)
        return superseded

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
        ruled, open_cells = 0, list[str]()
        for name in manifest.phases:
            before = kind.phases[name].after
            requested = before is None or outcome[before] in fanin.GOES_ON
            stopped = outcome[name] is not None and outcome[name] not in fanin.GOES_ON
            if stopped or (outcome[name] is None and requested):
                ruled += self.verdicts.evaluate(manifest, name)
            if outcome[name] is None and requested:
                open_cells += [f"{manifest.id}.{name}.{unit}" for unit in manifest.phases[name].units]
        if open_cells and not ruled and self._are_early(open_cells):
            self.runs.note_missing(manifest, verdicts)  # they may wait for that very thing
        if None not in outcome.values():
            self.runs.close(manifest)
        return ruled
