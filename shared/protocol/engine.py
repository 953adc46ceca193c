"""The completion protocol over the ports: runs, claims, completions, verdicts, the outbox, the sweep.

Before it: shared/work/handle.py, with every message. After it: the messages that the outboxes publish.

There are no counters: what is done is the set of documents that exist. Every document is created once under a
computed id, and the first one created stands. A verdict holds its outgoing events, so that the decision and its
events are one write; any process that sees it unsent sends it.

    runs/{run}                          current generation, state open | settled
    manifests/{run}.{gen}               what the generation expects, outbox; state unsent | sent
    claims/{event}                      which worker does it until when, with a fencing token
    completions/{run}.{gen}.{phase}.{unit}
    verdicts/{run}.{gen}.{phase}        outcome, evidence, outbox; state unsent | sent
    waiting/{event}                     units that were too early; the sweep requests them again
    waiting/{run}.{gen}.missing         what a settled generation misses; state missing | given_up (asking.py)
    quarantine/..., alerts/...          what a person must look at
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from shared.contracts.events import RunRequested, UnitRequested, message
from shared.errors import Conflict, NotDeployed, UnknownUnit
from shared.map.model import PipelineMap
from shared.ports import Clock, Doc, Events, State
from shared.protocol.carry import Carry
from shared.protocol.claims import Claims
from shared.protocol.manifest import Manifest
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs
from shared.protocol.sweeper import Sweeper
from shared.protocol.verdicts import Verdicts
from shared.rules import alarms
from shared.rules.leases import Claim
from shared.rules.limits import BODY_CHARS, REASON_CHARS, cut


def _noop(_: str) -> None:
    """No crash point."""


@dataclass
class Engine:
    """The protocol. `point` is called by name before and after every effect, so that tests can crash there."""

    map: PipelineMap
    state: State
    events: Events
    clock: Clock
    point: Callable[[str], None] = _noop

    def __post_init__(self) -> None:
        """Put the parts together; each calls the `point` that is set at that moment."""

        def at(name: str) -> None:
            self.point(name)

        outbox = Outbox(self.state, self.events, at)
        self._runs = Runs(self.map, self.state, self.clock, outbox, at)
        self._carry = Carry(self.map, self.state)
        self._claims = Claims(self.state, self.clock, self.map.engine["claim_lease_s"], at)
        self._verdicts = Verdicts(self.map, self.state, self.clock, self._runs, outbox, at)
        self._sweeper = Sweeper(self.map, self.state, self.events, self.clock, self._runs, self._verdicts, outbox)

    # -- runs ---------------------------------------------------------------------------------------------------

    def open_run(self, request: RunRequested) -> Manifest:
        """Open the next generation of the requested run; a request that comes again gets the generation it opened."""
        return self._runs.open(request)

    def manifest(self, run_id: str, generation: int) -> Manifest:
        """The manifest of a generation; UnknownUnit if there is none."""
        return self._runs.manifest(run_id, generation)

    def current_generation(self, run_id: str) -> int:
        """The run's current generation, 0 if it was never opened."""
        return self._runs.current_generation(run_id)

    # -- one unit -----------------------------------------------------------------------------------------------

    def begin(self, event: UnitRequested, owner: str) -> Claim | None:
        """The claim to do the unit now; None if there is nothing to do (superseded, done, carried over, or ruled on).

        The phase of a unit that is done is evaluated again: the worker that completed it may have died before that.
        """
        manifest = self.manifest(event.run_id, event.generation)
        plan = manifest.phases.get(event.phase)
        if plan is None or event.unit not in plan.units:
            raise UnknownUnit(f"{event.phase}.{event.unit} is not in the manifest of {manifest.id}")
        kind = self.map.runs.get(manifest.kind)
        phase = kind.phases.get(event.phase) if kind else None
        if phase is None or event.unit not in self.map.functions[phase.function].units:
            raise NotDeployed(f"{event.phase}.{event.unit} is of a newer map than this instance runs")
        if event.to != phase.function:
            raise UnknownUnit(f"{event.to} does not do {event.phase}.{event.unit} of {manifest.kind}")
        run, done = self.state.get_all(("runs", event.run_id), ("completions", event.event_id))
        if run is not None and event.generation < run["generation"]:
            return None
        if done is not None:
            self._verdicts.evaluate_after(manifest, event.phase, event.unit, done["outcome"])
            return None
        if self.clock.now() >= plan.deadline_at and self._is_ruled_on(manifest, event.phase):
            return None  # the work could only change rows that the verdict is about
        if manifest.base is not None:
            carried = self._carry.completion(manifest, self.manifest(event.run_id, manifest.base), event)
            if carried is not None:
                self.complete(event, carried)
                return None
        return self._claims.take(event.event_id, owner)

    def _is_ruled_on(self, manifest: Manifest, phase: str) -> bool:
        return self.state.get("verdicts", f"{manifest.id}.{phase}") is not None

    def release(self, event: UnitRequested, claim: Claim) -> None:
        """Release the claim after a failed attempt, so that the redelivery need not wait for the lease."""
        self._claims.release(event.event_id, claim)

    def superseded(self, event: UnitRequested, written: int) -> None:
        """The warehouse has rows of generation `written` and refused the unit's, which are older.

        Usual where the run has a newer generation. Where it has none the state was lost or restored: an alert is
        raised, and the sweep opens a generation above.
        """
        manifest = self.manifest(event.run_id, event.generation)
        if not self._runs.fall_behind(manifest, written):
            return
        finding = alarms.behind(manifest.run_id, manifest.kind, event.generation, written)
        self.alert(finding.id, finding.sentence, finding.command, kind=finding.kind, about=finding.about)

    def fenced(self, event: UnitRequested, claim: Claim, token: int) -> None:
        """The warehouse has rows written under `token` and refused those of the claim, which is lower.

        Usual where another worker has a newer claim. Where this claim is the newest the state was lost or restored:
        the next claim gets a higher token.
        """
        self._claims.skip(event.event_id, claim, token)

    def complete(self, event: UnitRequested, completion: Doc) -> None:
        """Record how the unit ended and evaluate its phase. The same result again is ignored, another is a Conflict."""
        self.point("completion.create")
        created = self.state.create("completions", event.event_id, completion)
        self.point("completion.created")
        manifest = self.manifest(event.run_id, event.generation)
        self._verdicts.evaluate_after(manifest, event.phase, event.unit, completion["outcome"])
        first = None if created else self.state.get("completions", event.event_id)
        if first and (first.doc["outcome"], first.doc["hash"]) != (completion["outcome"], completion["hash"]):
            raise Conflict(f"{event.event_id} was completed before with another result")

    def postpone(self, event: UnitRequested, topic: str, reason: str) -> None:
        """Record that it is too early for the unit: the sweep requests it again until its phase has a verdict."""
        doc = {"state": "waiting", "reason": cut(reason, REASON_CHARS), "message": message(topic, event).model_dump()}
        self.state.create("waiting", event.event_id, doc)

    # -- phases -------------------------------------------------------------------------------------------------

    def sweep(self) -> dict[str, int]:
        """Rule on what is complete or late, send unsent events, request early units and what is missing again."""
        return self._sweeper.sweep()

    # -- what a person must look at -----------------------------------------------------------------------------

    def quarantine(self, doc_id: str, reason: str, body: str, details: Doc | None = None) -> None:
        """Store what could not be handled, unchanged, with the reason; of a body that no event has, the beginning."""
        why, what = cut(reason, REASON_CHARS), cut(body, BODY_CHARS)
        doc = {"state": "held", "reason": why, "body": what, "at": self.clock.now().isoformat(), **(details or {})}
        digest = sha256(f"{doc_id}{reason}{body}".encode()).hexdigest()[:12]
        self.state.create("quarantine", f"{doc_id}.{digest}", doc)

    def alert(self, alert_id: str, sentence: str, command: str, *, state: str = "open", **about: str) -> bool:
        """Raise an alert unless it is open: one sentence, and the command that repairs it. Whether it was raised.

        `about` is stored with it. A `state` other than open only records it: another alert that is open covers it.
        """
        doc = {"state": state, "sentence": sentence, "command": command, "at": self.clock.now().isoformat(), **about}
        self.point("alert.create")
        if self.state.create("alerts", alert_id, doc):
            self.point("alert.created")
            return True
        stored = self.state.get("alerts", alert_id)
        if stored is None or stored.doc["state"] != "closed" or state != "open":
            return False
        return self.state.replace("alerts", alert_id, doc, stored.version)

    def close_alert(self, alert_id: str) -> bool:
        """Close an alert whose cause is gone; whether it was open."""
        stored = self.state.get("alerts", alert_id)
        if stored is None or stored.doc["state"] != "open":
            return False
        doc = {**stored.doc, "state": "closed", "closed_at": self.clock.now().isoformat()}
        self.point("alert.close")
        return self.state.replace("alerts", alert_id, doc, stored.version)
