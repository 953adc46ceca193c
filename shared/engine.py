"""The completion protocol over the ports: runs, claims, completions, verdicts, the outbox, the sweep.

Counted, never counters: what is done is the set of documents that exist. Every document is created once under a
computed id; the first creator wins. A verdict carries its outgoing events inside it, so that deciding and telling
are one write; whoever finds it unsent sends it.

    runs/{run}                          current generation, state open | settled
    manifests/{run}.{gen}               what the generation expects; state unsent | sent; outbox
    claims/{event}                      who works on it until when, with a fencing token
    completions/{run}.{gen}.{phase}.{unit}
    verdicts/{run}.{gen}.{phase}        outcome, evidence, outbox; state unsent | sent
    waiting/{event}                     units whose time has not come; asked again by the sweep
    quarantine/..., alerts/...          what a person must look at
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any

from shared.contracts.events import Message, PhaseSettled, RunRequested, UnitRequested, message
from shared.core import fanin, leases
from shared.core.dates import eastern_date
from shared.errors import Conflict, ContractError, LeaseHeld, StoreUnavailable, UnknownUnit
from shared.map import Phase, PipelineMap
from shared.ports import Clock, Doc, Events, State, Stored

MAX_CAS_ATTEMPTS = 20


@dataclass(frozen=True)
class Manifest:
    """What one generation of a run expects; written once, never recomputed."""

    run_id: str
    generation: int
    kind: str
    from_date: date
    to_date: date
    as_of: datetime
    opened_at: datetime
    phases: dict[str, fanin.Plan]

    @property
    def id(self) -> str:
        """`{run}.{generation}`."""
        return f"{self.run_id}.{self.generation}"


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
    _manifests: dict[str, Manifest] = field(default_factory=dict)

    # -- opening a run ------------------------------------------------------------------------------------------

    def open_run(self, request: RunRequested) -> Manifest:
        """Open the next generation of the run asked for; the same request always finds the same generation."""
        run_id, first, last = self._run_of(request)
        for _ in range(MAX_CAS_ATTEMPTS):
            run = self.state.get("runs", run_id)
            generation = (run.doc["generation"] if run else 0) + 1
            if run and request.request_id in run.doc["requests"]:
                generation = run.doc["requests"][request.request_id]
            doc = self._manifest_doc(request, run_id, generation, first, last)
            self.point("manifest.create")
            self.state.create("manifests", f"{run_id}.{generation}", doc)
            stored = self._stored("manifests", f"{run_id}.{generation}")
            self.point("run.advance")
            self._advance(run_id, generation, stored.doc["request_id"])
            self.relay("manifests", stored)
            if stored.doc["request_id"] == request.request_id:
                return self.manifest(run_id, generation)
        raise StoreUnavailable(f"could not open {run_id}: others keep opening generations of it")

    def _run_of(self, request: RunRequested) -> tuple[str, date, date]:
        if request.kind not in self.map.runs:
            raise ContractError(f"no run kind {request.kind}; the map has {', '.join(self.map.runs)}")
        today = eastern_date(self.clock.now()) + timedelta(days=request.day_offset)
        first = request.from_date or today
        last = request.to_date or first
        if last < first:
            raise ContractError(f"the window {first}..{last} ends before it starts")
        window = first.isoformat() if first == last else f"{first.isoformat()}_{last.isoformat()}"
        return f"{window}.{request.kind}", first, last

    def _manifest_doc(self, request: RunRequested, run_id: str, generation: int, first: date, last: date) -> Doc:
        now = self.clock.now()
        kind = self.map.runs[request.kind]
        outbox = [m for phase in kind.first() for m in self._requests(run_id, generation, kind.name, phase, "complete")]
        return {
            "request_id": request.request_id,
            "kind": request.kind,
            "from_date": first.isoformat(),
            "to_date": last.isoformat(),
            "as_of": (request.as_of or now).isoformat(),
            "opened_at": now.isoformat(),
            "map_hash": self.map.hash,
            "phases": {
                p.name: {
                    "units": list(p.units),
                    "critical": None if p.critical is None else list(p.critical),
                    "deadline_at": (now + timedelta(minutes=p.deadline_min)).isoformat(),
                }
                for p in kind.phases.values()
            },
            "outbox": [m.model_dump() for m in outbox],
            "state": "unsent",
        }

    def _requests(self, run_id: str, generation: int, kind: str, phase: Phase, upstream: str) -> list[Message]:
        topic = self.map.request_topic(kind, phase.name)
        return [
            message(
                topic,
                UnitRequested(
                    run_id=run_id,
                    generation=generation,
                    phase=phase.name,
                    unit=unit,
                    to=phase.function,
                    upstream="degraded" if upstream == "degraded" else "complete",
                ),
            )
            for unit in phase.units
        ]

    def _advance(self, run_id: str, generation: int, request_id: str) -> None:
        """Make `generation` the run's current one, unless a newer one is."""
        for _ in range(MAX_CAS_ATTEMPTS):
            run = self.state.get("runs", run_id)
            if run is None:
                doc: Doc = {"generation": generation, "requests": {request_id: generation}, "state": "open"}
                if self.state.create("runs", run_id, doc):
                    return
                continue
            if run.doc["generation"] >= generation:
                return
            requests = {**run.doc["requests"], request_id: generation}
            doc = {"generation": generation, "requests": requests, "state": "open"}
            if self.state.replace("runs", run_id, doc, run.version):
                return
        raise StoreUnavailable(f"could not advance {run_id} to generation {generation}")

    # -- reading what was decided -------------------------------------------------------------------------------

    def manifest(self, run_id: str, generation: int) -> Manifest:
        """The manifest of a generation; UnknownUnit if there is none."""
        key = f"{run_id}.{generation}"
        if key not in self._manifests:
            stored = self.state.get("manifests", key)
            if stored is None:
                raise UnknownUnit(f"run {run_id} has no generation {generation}")
            self._manifests[key] = manifest_of(run_id, generation, stored.doc)
        return self._manifests[key]

    def current_generation(self, run_id: str) -> int:
        """The run's current generation, 0 if it was never opened."""
        run = self.state.get("runs", run_id)
        return int(run.doc["generation"]) if run else 0

    def _stored(self, collection: str, doc_id: str) -> Stored:
        stored = self.state.get(collection, doc_id)
        if stored is None:
            raise StoreUnavailable(f"{collection}/{doc_id} was written and cannot be read")
        return stored

    # -- one unit -----------------------------------------------------------------------------------------------

    def begin(self, event: UnitRequested, owner: str) -> leases.Claim | None:
        """The claim to do the unit now; None if there is nothing to do (superseded, or done before).

        A unit done before still leads to a look at its phase: the message may be here because the first look died.
        """
        manifest = self.manifest(event.run_id, event.generation)
        plan = manifest.phases.get(event.phase)
        if plan is None or event.unit not in plan.units:
            raise UnknownUnit(f"{event.phase}.{event.unit} is not in the manifest of {manifest.id}")
        if event.generation < self.current_generation(event.run_id):
            return None
        if self.state.get("completions", event.event_id) is not None:
            self.look(manifest, event.phase)
            return None
        if self.state.get("verdicts", f"{manifest.id}.{event.phase}") is not None and self._is_late(manifest, event):
            return None
        return self._claim(event.event_id, owner)

    def _is_late(self, manifest: Manifest, event: UnitRequested) -> bool:
        """Past the deadline and already ruled on: doing the work now could only change decided rows."""
        return self.clock.now() >= manifest.phases[event.phase].deadline_at

    def _claim(self, doc_id: str, owner: str) -> leases.Claim:
        now, lease_s = self.clock.now(), self.map.engine["claim_lease_s"]
        claim = leases.first_claim(owner, now, lease_s)
        self.point("claim.create")
        if self.state.create("claims", doc_id, _claim_doc(claim)):
            return claim
        stored = self._stored("claims", doc_id)
        taken = leases.next_claim(_claim_of(stored.doc), owner, now, lease_s)
        if taken is None or not self.state.replace("claims", doc_id, _claim_doc(taken), stored.version):
            raise LeaseHeld(f"{doc_id} is being done by {stored.doc['owner']} until {stored.doc['expires_at']}")
        return taken

    def release(self, event: UnitRequested, claim: leases.Claim) -> None:
        """Give the claim back after a failed attempt, so that the redelivery need not wait for the lease."""
        stored = self.state.get("claims", event.event_id)
        if stored is not None and _claim_of(stored.doc) == claim:
            doc = _claim_doc(leases.released(claim, self.clock.now()))
            self.state.replace("claims", event.event_id, doc, stored.version)

    def complete(self, event: UnitRequested, completion: Doc) -> None:
        """Record how the unit ended, then look at its phase. The same again is a duplicate; another is a Conflict."""
        self.point("completion.create")
        if not self.state.create("completions", event.event_id, completion):
            first = self._stored("completions", event.event_id).doc
            if (first["outcome"], first["hash"]) != (completion["outcome"], completion["hash"]):
                raise Conflict(f"{event.event_id} was completed before with another result")
        self.point("completion.created")
        self.look(self.manifest(event.run_id, event.generation), event.phase)

    def postpone(self, event: UnitRequested, topic: str, reason: str) -> None:
        """Nothing is wrong, but it is too early: the sweep asks again until the phase's deadline."""
        doc = {"state": "waiting", "reason": reason, "message": message(topic, event).model_dump()}
        self.state.create("waiting", event.event_id, doc)

    # -- the verdict --------------------------------------------------------------------------------------------

    def look(self, manifest: Manifest, phase: str) -> None:
        """Rule on the phase if all that it waits for is there, or its deadline has passed; send what is unsent."""
        verdict_id = f"{manifest.id}.{phase}"
        stored = self.state.get("verdicts", verdict_id)
        if stored is None:
            plan = manifest.phases[phase]
            docs = self.state.get_many("completions", [f"{verdict_id}.{u}" for u in plan.units])
            results = {i.removeprefix(f"{verdict_id}."): fanin.Result(d["outcome"], d["reason"]) for i, d in docs.items()}
            ruling = fanin.judge(plan, results, self.clock.now())
            if ruling is None:
                return
            before = self.map.runs[manifest.kind].phases[phase].after
            upstream = self._stored("verdicts", f"{manifest.id}.{before}").doc["upstream"] if before else "complete"
            stored = self._settle(manifest, phase, ruling, fanin.upstream(upstream, ruling.outcome))
        self._follow(manifest, phase, stored)

    def _settle(self, manifest: Manifest, phase: str, ruling: fanin.Ruling, upstream: str) -> Stored:
        """Create the verdict with its outgoing events inside; the first creator wins, everybody reads the winner's."""
        verdict_id = f"{manifest.id}.{phase}"
        goes_on = ruling.outcome in fanin.GOES_ON
        kind = self.map.runs[manifest.kind]
        outbox = [
            m
            for after in kind.after(phase)
            if goes_on
            for m in self._requests(manifest.run_id, manifest.generation, kind.name, after, upstream)
        ]
        topic = kind.phases[phase].publishes
        if "coverage_monitor" in self.map.subscribers(topic):
            settled = PhaseSettled(
                run_id=manifest.run_id, generation=manifest.generation, phase=phase, outcome=ruling.outcome
            )
            outbox.append(message(topic, settled))
        doc: Doc = {
            "outcome": ruling.outcome,
            "reason": ruling.reason,
            "missing": list(ruling.missing),
            "failed": list(ruling.failed),
            "upstream": upstream,
            "settled_at": self.clock.now().isoformat(),
            "outbox": [m.model_dump() for m in outbox],
            "state": "unsent" if outbox else "sent",
        }
        self.point("verdict.create")
        self.state.create("verdicts", verdict_id, doc)
        self.point("verdict.created")
        return self._stored("verdicts", verdict_id)

    def _follow(self, manifest: Manifest, phase: str, verdict: Stored) -> None:
        """Send the verdict's events, rule on phases that will never be asked, and close the run when all is ruled."""
        kind = self.map.runs[manifest.kind]
        self.relay("verdicts", verdict)
        for after in kind.after(phase):
            ruling = fanin.inherited(verdict.doc["outcome"], phase)
            if ruling is not None:
                child = self.state.get("verdicts", f"{manifest.id}.{after.name}")
                child = child or self._settle(manifest, after.name, ruling, verdict.doc["upstream"])
                self._follow(manifest, after.name, child)
        if not kind.after(phase) or verdict.doc["outcome"] not in fanin.GOES_ON:
            self._close(manifest)

    def _close(self, manifest: Manifest) -> None:
        ids = [f"{manifest.id}.{p}" for p in manifest.phases]
        run = self.state.get("runs", manifest.run_id)
        if run is None or run.doc["generation"] != manifest.generation or run.doc["state"] == "settled":
            return
        if len(self.state.get_many("verdicts", ids)) == len(ids):
            self.point("run.close")
            self.state.replace("runs", manifest.run_id, {**run.doc, "state": "settled"}, run.version)

    def relay(self, collection: str, stored: Stored) -> None:
        """Publish a document's outbox and mark it sent. A crash in between publishes again: ids are the same."""
        if stored.doc["state"] == "sent":
            return
        messages = [Message(**m) for m in stored.doc["outbox"]]
        self.point("outbox.publish")
        self.events.publish(messages)
        self.point("outbox.published")
        self.state.replace(collection, stored.id, {**stored.doc, "state": "sent"}, stored.version)
        self.point("outbox.marked")

    # -- the sweep ----------------------------------------------------------------------------------------------

    def sweep(self) -> dict[str, int]:
        """Rule on phases past their deadline, send what stayed unsent, ask again for what was too early."""
        now = self.clock.now()
        unsent_before = now - timedelta(seconds=self.map.engine["unsent_after_s"])
        sent = 0
        for collection, stamp in (("manifests", "opened_at"), ("verdicts", "settled_at")):
            for stored in self.state.find(collection, "unsent"):
                if datetime.fromisoformat(stored.doc[stamp]) <= unsent_before:
                    self.relay(collection, stored)
                    sent += 1
        waiting = self.state.find("waiting", "waiting")
        for stored in waiting:
            self.events.publish([Message(**stored.doc["message"])])
            self.state.delete("waiting", stored.id)
        ruled = sum(map(partial(self._sweep_run, now=now), self.state.find("runs", "open")))
        return {"sent": sent, "asked_again": len(waiting), "runs_ruled_on": ruled}

    def _sweep_run(self, run: Stored, now: datetime) -> int:
        manifest = self.manifest(run.id, run.doc["generation"])
        kind = self.map.runs[manifest.kind]
        verdicts = self.state.get_many("verdicts", [f"{manifest.id}.{p}" for p in manifest.phases])
        outcome = {name: verdicts.get(f"{manifest.id}.{name}", {}).get("outcome") for name in manifest.phases}
        ruled = 0
        for name, plan in manifest.phases.items():
            before = kind.phases[name].after
            asked = before is None or outcome[before] in fanin.GOES_ON
            stopped = outcome[name] is not None and outcome[name] not in fanin.GOES_ON
            if stopped or (outcome[name] is None and asked and now >= plan.deadline_at):
                self.look(manifest, name)
                ruled += 1
        if None not in outcome.values():
            self._close(manifest)
        return ruled

    # -- what a person must look at -----------------------------------------------------------------------------

    def quarantine(self, doc_id: str, reason: str, body: str, details: Doc | None = None) -> None:
        """Keep what could not be handled, whole, with the reason."""
        doc = {"state": "held", "reason": reason, "body": body, "at": self.clock.now().isoformat(), **(details or {})}
        digest = sha256(f"{doc_id}{reason}{body}".encode()).hexdigest()[:12]
        self.state.create("quarantine", f"{doc_id}.{digest}", doc)

    def alert(self, alert_id: str, sentence: str, command: str) -> bool:
        """Say once what is wrong and what mends it; whether this was the first time."""
        doc = {"state": "open", "sentence": sentence, "command": command, "at": self.clock.now().isoformat()}
        return self.state.create("alerts", alert_id, doc)


def manifest_of(run_id: str, generation: int, doc: Doc) -> Manifest:
    """A manifest from its document."""
    return Manifest(
        run_id=run_id,
        generation=generation,
        kind=doc["kind"],
        from_date=date.fromisoformat(doc["from_date"]),
        to_date=date.fromisoformat(doc["to_date"]),
        as_of=datetime.fromisoformat(doc["as_of"]),
        opened_at=datetime.fromisoformat(doc["opened_at"]),
        phases={name: _plan_of(p) for name, p in doc["phases"].items()},
    )


def _plan_of(doc: Doc) -> fanin.Plan:
    critical: Sequence[str] | None = doc["critical"]
    return fanin.Plan(
        units=tuple(doc["units"]),
        critical=None if critical is None else tuple(critical),
        deadline_at=datetime.fromisoformat(doc["deadline_at"]),
    )


def _claim_doc(claim: leases.Claim) -> dict[str, Any]:
    return {"owner": claim.owner, "token": claim.token, "expires_at": claim.expires_at.isoformat()}


def _claim_of(doc: Doc) -> leases.Claim:
    return leases.Claim(doc["owner"], doc["token"], datetime.fromisoformat(doc["expires_at"]))
