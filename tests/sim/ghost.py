"""The ghost: a record of what really happened, and the invariants that are checked against it at every effect.

The ghost sees every durable effect (never a document's own claim that something was done) and raises `Violation`
with the invariant's name. Its rules do not describe how the protocol works, only what must never happen.
"""

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.sim import repairs
from tests.sim.settling import GOES_ON, settled
from tests.sim.violation import Violation
from tests.sim.world import MAX_SKEW_S

if TYPE_CHECKING:
    from shared.work.job import Ended, Job
    from tests.sim.actors import Copy, Worker
    from tests.sim.simulator import Sim

MIN_EXCUSES = 2  # a message may only die after this many attempts at its event were hit by faults or by the unit


class Ghost:
    """The record of one schedule."""

    def __init__(self, sim: "Sim") -> None:
        self.sim = sim
        self.done: dict[str, str] = {}  # event id -> hash of what an execution made durable
        self.failed: set[str] = set()  # event ids whose execution failed for good
        self.partial_at: dict[str, float] = {}  # event id -> when an execution ended without one of its entities
        self.stopped: dict[str, str] = {}  # event id -> no_games | blocked
        self.hashes: dict[str, set[str]] = defaultdict(set)  # event id -> every hash an execution produced
        self.completed_at: dict[str, float] = {}
        self.claimed_at: dict[str, float] = {}
        self.tokens: set[tuple[str, int]] = set()
        self.executions: dict[str, int] = defaultdict(int)
        self.grants: dict[str, int] = defaultdict(int)  # event id -> claims granted so far
        self.landed: dict[tuple[str, str], tuple[int, int]] = {}
        self.requests: dict[str, str] = {}
        self.published: set[str] = set()
        self.carriers: dict[str, int] = defaultdict(int)  # event id -> live message copies
        self.dead: set[str] = set()
        self.excuses: dict[str, int] = defaultdict(int)  # event id -> attempts hit by a fault, over all copies
        self.verdicts: dict[str, dict[str, Any]] = {}

    # -- what the store made durable ----------------------------------------------------------------------------

    def created(self, collection: str, doc_id: str, doc: dict[str, Any]) -> None:
        if collection == "verdicts":
            self._verdict(doc_id, doc)
        elif collection == "completions":
            self.completed_at[doc_id] = self.sim.now
            if "carried_from" in doc:
                repairs.carried_over(self, doc_id, doc)
        elif collection == "claims":
            self._granted(doc_id)
        elif collection == "manifests":
            other = self.requests.setdefault(doc["request_id"], doc_id)
            self.check(
                other == doc_id, "one generation per request", f"{doc['request_id']} opened {other} and {doc_id}"
            )

    def replaced(self, collection: str, doc_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        if collection in ("verdicts", "manifests"):
            same = {**old, "state": new["state"]} == new
            self.check(same, "a verdict never changes", f"{collection}/{doc_id}: {old['state']} -> {new}")
        elif collection == "completions":
            self.check(condition=False, invariant="a completion never changes", detail=doc_id)
        elif collection == "claims":
            if new["token"] > old["token"] or new["expires_at"] > old["expires_at"]:  # else it was released
                self._granted(doc_id)
        elif collection == "runs":
            grows = new["generation"] >= old["generation"]
            self.check(grows, "generations only grow", f"{doc_id}: {old['generation']} -> {new['generation']}")

    def _granted(self, event: str) -> None:
        """Claims are ordered by when they became durable, not by their tokens."""
        self.claimed_at[event] = self.sim.now
        self.grants[event] += 1
        self.sim.current.grant = self.grants[event]

    def check(self, condition: bool, invariant: str, detail: str) -> None:
        if not condition:
            raise Violation(invariant, detail)

    def _verdict(self, doc_id: str, doc: dict[str, Any]) -> None:
        """Nothing early: a verdict must be true at the moment when it becomes durable."""
        self.check(doc_id not in self.verdicts, "one verdict per phase", doc_id)
        self.verdicts[doc_id] = doc
        manifest_id, _, phase = doc_id.rpartition(".")
        plan = self.sim.state.docs["manifests"][manifest_id].doc["phases"][phase]
        outcome, missing = doc["outcome"], doc["missing"]
        done = {u for u in plan["units"] if f"{doc_id}.{u}" in self.done}
        before = self._before(manifest_id, phase)
        if outcome == "complete":
            lacks = set(plan["units"]) - done
            self.check(not lacks, "no early verdict", f"{doc_id} is complete without {sorted(lacks)}")
            part = [u for u in plan["units"] if self._outcome(f"{doc_id}.{u}") == "partial"]
            self.check(not part, "what is missing is named", f"{doc_id} is complete, but {part} miss something")
        if outcome == "degraded":
            critical = plan["units"] if plan["critical"] is None else plan["critical"]
            lacks = set(critical) - done
            self.check(not lacks, "no early verdict", f"{doc_id} is degraded without critical {sorted(lacks)}")
        if outcome == "expired" or (missing and outcome == "degraded"):
            self._deadline(doc_id, plan, before, missing)
        if outcome in ("failed", "no_games"):
            units = [f"{doc_id}.{u}" for u in plan["units"]]
            own = any(u in self.failed or u in self.stopped for u in units)
            handed_down = before is not None and before["outcome"] not in GOES_ON
            self.check(own or handed_down, "no invented failure", f"{doc_id} is {outcome}, but nothing failed")
        if before is not None:
            stated = doc["upstream"] == "degraded"
            actual = "degraded" in (before["upstream"], outcome)
            self.check(stated == actual, "degraded sticks", f"{doc_id}: upstream {doc['upstream']}")

    def _outcome(self, event: str) -> str:
        stored = self.sim.state.docs["completions"].get(event)
        return stored.doc["outcome"] if stored else ""

    def seconds(self, instant: str) -> float:
        """An instant of a document as seconds of the schedule."""
        return (datetime.fromisoformat(instant) - self.sim.world.start).total_seconds()

    def _deadline(self, doc_id: str, plan: dict[str, Any], before: dict[str, Any] | None, missing: list[str]) -> None:
        """A phase gives up only at its deadline, and never before its own minutes after the verdict before it."""
        deadline = self.seconds(plan["deadline_at"])
        if before is not None:
            deadline = max(deadline, self.seconds(before["settled_at"]) + 60 * plan["share_min"])
        early = self.sim.now < deadline - MAX_SKEW_S
        self.check(
            not early, "no early verdict", f"{doc_id} gave up {deadline - self.sim.now:.0f} s before its deadline"
        )
        for unit in missing:
            event = f"{doc_id}.{unit}"
            at = self.completed_at.get(event)
            in_time = at is not None and at < deadline - MAX_SKEW_S
            self.check(not in_time, "no false expiry", f"{event} was complete before the deadline, yet is missing")
            if at is None and not self.superseded(event):  # else it came after the verdict
                self.check(
                    self._carried(event), "nothing lost", f"nothing was left to start {event} before its deadline"
                )

    def _before(self, manifest_id: str, phase: str) -> dict[str, Any] | None:
        kind = self.sim.state.docs["manifests"][manifest_id].doc["kind"]
        before = self.sim.world.map.runs[kind].phases[phase].after
        if before is None:
            return None
        verdict = self.verdicts.get(f"{manifest_id}.{before}")
        self.check(verdict is not None, "no early verdict", f"{manifest_id}.{phase} was ruled on before {before}")
        return verdict

    # -- what still leads to a unit ---------------------------------------------------------------------------------

    def superseded(self, event: str) -> bool:
        run, generation = event.rsplit(".", 3)[:2]
        return self.current(run) > int(generation)

    def current(self, run: str) -> int:
        stored = self.sim.state.docs["runs"].get(run)
        return stored.doc["generation"] if stored else 0

    def _carried(self, event: str) -> bool:
        waiting = self.sim.state.docs["waiting"].get(event)
        if self.carriers[event] > 0 or event in self.dead or (waiting and waiting.doc["state"] == "waiting"):
            return True
        manifest_id, phase = event.rsplit(".", 2)[0], event.rsplit(".", 2)[1]
        docs = self.sim.state.docs
        if manifest_id not in docs["manifests"]:
            return False
        before = self.sim.world.map.runs[docs["manifests"][manifest_id].doc["kind"]].phases[phase].after
        source = docs["verdicts"].get(f"{manifest_id}.{before}") if before else docs["manifests"].get(manifest_id)
        return source is not None and source.doc["state"] == "unsent"

    def _settled(self, event: str) -> bool:
        docs = self.sim.state.docs
        return event in docs["completions"] or event.rpartition(".")[0] in docs["verdicts"] or self.superseded(event)

    def acked(self, copy: "Copy") -> None:
        """No silent drop: a message may be acknowledged only when its work is done, waiting, superseded or quarantined."""
        event = copy.message.id
        if copy.kind == "unit":
            fine = self._settled(event) or self.quarantined(event) or self._carried(event)
            self.check(fine, "no silent drop", f"{event} was acknowledged, and nothing else leads to it")
            self._ruled_in_time(event.rpartition(".")[0])
        elif copy.kind == "request":
            run, _, base = event.removeprefix("request.").partition("@missing-")
            fine = event.removeprefix("request.") in self.requests or self.quarantined(event)
            fine = fine or (base.isdigit() and self.current(run) > int(base))
            self.check(fine, "no silent drop", f"{event} was acknowledged without a generation")
        elif copy.kind == "settled":
            verdict = self.verdicts.get(event)
            if verdict is None:
                raise Violation("no early verdict", f"{event} was published before it was decided")
            bad = verdict["outcome"] not in (*GOES_ON, "no_games")
            fine = not bad or f"{event}.{verdict['outcome']}" in self.sim.state.docs["alerts"]
            self.check(fine, "no silent failure", f"{event} is {verdict['outcome']} without an alert")

    def _ruled_in_time(self, phase_id: str) -> None:
        """Nothing late: a phase has its verdict when the last message of its units is acknowledged and all are complete.

        Except while an attempt is under way whose message an older attempt has acknowledged: it rules, or the sweep.
        """
        docs = self.sim.state.docs
        manifest_id, _, phase = phase_id.rpartition(".")
        manifest = docs["manifests"].get(manifest_id)
        if manifest is None or phase not in manifest.doc["phases"] or self.superseded(f"{phase_id}.unit"):
            return
        events = [f"{phase_id}.{u}" for u in manifest.doc["phases"][phase]["units"]]
        over = all(e in docs["completions"] and not self.carriers[e] for e in events)
        over = over and not any(w.is_alive and w.copy.message.id in events for w in self.sim.workers)
        self.check(
            not over or phase_id in docs["verdicts"], "nothing late", f"{phase_id} is complete without a verdict"
        )

    def owed(self) -> list[str]:
        """The complete phases without a verdict in the current generations of open runs."""
        runs = self.sim.state.docs["runs"].items()
        return [phase for run, stored in runs for phase in self._complete(f"{run}.{stored.doc['generation']}")]

    def _complete(self, manifest_id: str) -> list[str]:
        docs = self.sim.state.docs
        manifest = docs["manifests"][manifest_id].doc
        phases = self.sim.world.map.runs[manifest["kind"]].phases
        owed = []
        for name, plan in manifest["phases"].items():
            before, phase_id = phases[name].after, f"{manifest_id}.{name}"
            goes = before is None or self.verdicts.get(f"{manifest_id}.{before}", {}).get("outcome") in GOES_ON
            complete = all(f"{phase_id}.{u}" in docs["completions"] for u in plan["units"])
            if goes and complete and phase_id not in self.verdicts:
                owed.append(phase_id)
        return owed

    def swept(self, owed: list[str]) -> None:
        """Nothing late: a phase that was complete when a sweep began has a verdict when the sweep is acknowledged."""
        for phase_id in owed:
            fine = phase_id in self.verdicts or self.superseded(f"{phase_id}.unit")
            self.check(fine, "nothing late", f"{phase_id} was complete, and the sweep did not rule on it")

    def quarantined(self, message_id: str) -> bool:
        return any(message_id in k for k in self.sim.state.docs["quarantine"])

    def conflict_kept(self, worker: "Worker") -> None:
        """No silent conflict: a second, different result must be in quarantine."""
        event = worker.copy.message.id
        held = self.sim.state.docs["quarantine"]
        kept = not worker.conflict or any(event in k and "completion" in s.doc for k, s in held.items())
        self.check(kept, "no silent conflict", f"{event} has two different results, and neither is in quarantine")

    def died(self, copy: "Copy") -> None:
        self.dead.add(copy.message.id)
        if not self._is_settled_kind(copy) and not self.carriers[copy.message.id]:
            hit = self.excuses[copy.message.id]
            why = f"{copy.message.id} died after {copy.attempt} attempts, {hit} hit by a fault"
            self.check(hit >= MIN_EXCUSES, "no needless death", why)

    def _is_settled_kind(self, copy: "Copy") -> bool:
        return copy.kind == "unit" and self._settled(copy.message.id)

    def held(self, event: str, since: float) -> None:
        """A lease ends: LeaseHeld is right only while the claim is younger than the lease."""
        age = since - self.claimed_at.get(event, since)
        limit = self.sim.world.map.engine["claim_lease_s"] + 2 * MAX_SKEW_S
        self.check(age <= limit, "a lease ends", f"{event} still held {age:.0f} s after the claim")

    # -- work ---------------------------------------------------------------------------------------------------

    def started(self, worker: "Worker", job: "Job") -> int:
        """Nothing early, nothing stale: a unit runs only after its upstream's verdict and in a current generation."""
        event = job.event
        key = (event.event_id, job.claim.token)
        self.check(key not in self.tokens, "one execution per token", f"{key[0]} token {key[1]} was given twice")
        self.tokens.add(key)
        stale = worker.generation_seen > event.generation
        self.check(
            not stale, "no stale work", f"{event.event_id} started although generation {worker.generation_seen} is open"
        )
        before = self._before_of(event)
        if before is not None:
            goes = before["outcome"] in GOES_ON
            self.check(goes, "no early work", f"{event.event_id} started although its upstream is {before['outcome']}")
            same = before["upstream"] == event.upstream
            self.check(same, "degraded sticks", f"{event.event_id} was requested as {event.upstream}")
        if repairs.asks_by_itself(self, event):
            repairs.done_again(self, event)
        self.executions[event.event_id] += 1
        return self.executions[event.event_id]

    def _before_of(self, event: Any) -> dict[str, Any] | None:
        kind = self.sim.state.docs["manifests"][f"{event.run_id}.{event.generation}"].doc["kind"]
        before = self.sim.world.map.runs[kind].phases[event.phase].after
        if before is None:
            return None
        verdict = self.verdicts.get(f"{event.run_id}.{event.generation}.{before}")
        self.check(verdict is not None, "no early work", f"{event.event_id} started before {before} was ruled on")
        return verdict

    def wrote(self, run: str, unit: str, generation: int, grant: int, content: str) -> None:
        """Fencing: once a newer claim has written, no older claim may write."""
        newest = self.landed.get((run, unit), (0, 0))
        stale = (generation, grant) < newest
        self.check(not stale, "no stale write", f"{run} {unit}: {(generation, grant)} landed over {newest}")
        self.landed[run, unit] = (generation, grant)
        self.hashes[content.partition("#")[0]].add(content)

    def fetched(self, event: Any, entity: str) -> None:
        """A source was asked for an entity."""
        repairs.fetched(self, event, entity)

    def ended(self, event: str, ended: "Ended") -> None:
        if ended.outcome == "partial":
            self.partial_at[event] = self.sim.now
        if ended.outcome in repairs.SUCCESS:
            self.done[event] = ended.hash
        elif ended.outcome in ("no_games", "blocked"):
            self.stopped[event] = ended.outcome

    def finish(self) -> None:
        """The schedule is over: what must be true then."""
        settled(self)
