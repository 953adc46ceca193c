"""The named faults, as small changes of the real modules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.events import Message, RunRequested, UnitRequested
from shared.ports import Doc, Stored
from shared.protocol import asking
from shared.protocol.carry import Carry
from shared.protocol.engine import Engine
from shared.protocol.manifest import Manifest, run_of
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs
from shared.protocol.sweeper import Sweeper
from shared.protocol.verdicts import Verdicts
from shared.rules import fanin, leases
from shared.work import gaps
from shared.work.job import Ended
from tests.sim import actors
from tests.sim.effects import SimStep
from tests.sim.mutants.base import Through
from tests.sim.simulator import Sim

real_init = Engine.__post_init__
real_begin, real_complete, real_results = Engine.begin, Engine.complete, Verdicts._results
real_judge, real_next, real_first = fanin.judge, leases.next_claim, leases.first_claim
real_sweep, real_rule, real_step, real_handle = Sweeper.sweep, Sweeper._rule, SimStep.run, actors.handle
real_open, real_carry = Runs.open, Carry.completion
real_request, real_inputs, real_ask = asking.request, Carry._results, gaps.next_ask


# -- what the original did --------------------------------------------------------------------------------------


def begin_returns_on_duplicate(self: Engine, event: UnitRequested, owner: str) -> Any:
    phase = self.map.runs[self.manifest(event.run_id, event.generation).kind].phases.get(event.phase)
    done = self.state.get("completions", event.event_id) is not None
    return None if done and phase and phase.function == event.to else real_begin(self, event, owner)


def complete_returns_on_duplicate(self: Engine, event: UnitRequested, completion: Doc) -> None:
    if self.state.create("completions", event.event_id, completion):
        self._verdicts.evaluate(self.manifest(event.run_id, event.generation), event.phase)


def complete_counts(self: Engine, event: UnitRequested, completion: Doc) -> None:
    self.state.create("completions", event.event_id, completion)
    while True:
        stored = self.state.get("counters", event.event_id.rpartition(".")[0])
        doc = {"n": stored.doc["n"] + 1 if stored else 1, "state": ""}
        key = event.event_id.rpartition(".")[0]
        if (
            self.state.replace("counters", key, doc, stored.version)
            if stored
            else self.state.create("counters", key, doc)
        ):
            break
    self._verdicts.evaluate(self.manifest(event.run_id, event.generation), event.phase)


def results_by_counter(self: Verdicts, verdict_id: str, plan: fanin.PhasePlan) -> dict[str, fanin.Result]:
    stored = self.state.get("counters", verdict_id)
    enough = stored is not None and stored.doc["n"] >= len(plan.units)
    return {u: fanin.Result("ok") for u in plan.units} if enough else {}


def results_of_any_names(self: Verdicts, verdict_id: str, plan: fanin.PhasePlan) -> dict[str, fanin.Result]:
    real_results(self, verdict_id, plan)
    run = verdict_id.rpartition(".")[0]
    enough = sum(i.startswith(run) for i in self.state.docs["completions"]) >= len(plan.units)
    return {u: fanin.Result("ok") for u in plan.units} if enough else {}


def begin_counts_unknown(self: Engine, event: UnitRequested, owner: str) -> Any:
    manifest = self.manifest(event.run_id, event.generation)
    plan = manifest.phases.get(event.phase)
    if plan is None or event.unit in plan.units:
        return real_begin(self, event, owner)
    self.state.create("completions", event.event_id, {"outcome": "ok", "reason": "", "hash": "", "evidence": {}})
    self._verdicts.evaluate(manifest, event.phase)
    return None


def results_with_unknown(self: Verdicts, verdict_id: str, plan: fanin.PhasePlan) -> dict[str, fanin.Result]:
    unknown = f"{verdict_id}.nobody" in self.state.docs["completions"]
    return {u: fanin.Result("ok") for u in plan.units} if unknown else real_results(self, verdict_id, plan)


def step_errors_are_success(self: SimStep, job: Any) -> Any:
    try:
        return real_step(self, job)
    except Exception:  # noqa: BLE001 - the fault itself
        return Ended("ok")


def relay_flags_first(self: Outbox, collection: str, stored: Stored) -> None:
    if stored.doc["state"] != "sent":
        self.state.replace(collection, stored.id, {**stored.doc, "state": "sent"}, stored.version)
        self.point("outbox.publish")
        self.events.publish([Message(**m) for m in stored.doc["outbox"]])


class CheckThenAct(Through):
    """Reads whether there is a verdict, then overwrites one that was created in between."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        if self.state.get(collection, doc_id) is not None:
            return False
        self.state.sim.call("create", collection, doc_id)
        self.docs[collection][doc_id] = Stored(doc_id, doc, "1")
        self.state.sim.ghost.created(collection, doc_id, doc)
        return True


class NoOutbox(Through):
    """Stores the verdict, then publishes from memory."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        new = self.state.create(collection, doc_id, {**doc, "outbox": [], "state": "sent"})
        if new and doc["outbox"]:
            self.engine.events.publish([Message(**m) for m in doc["outbox"]])
        return new


class TellFirst(Through):
    """Publishes, then stores the verdict."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        if doc["outbox"]:
            self.engine.events.publish([Message(**m) for m in doc["outbox"]])
        return self.state.create(collection, doc_id, {**doc, "outbox": [], "state": "sent"})


def judge_by_the_hour(plan: fanin.PhasePlan, results: Any, now: datetime) -> Any:
    return real_judge(replace(plan, units=plan.units[:1]) if now.minute % 2 else plan, results, now)


# -- what else could go wrong -----------------------------------------------------------------------------------


def rule_nothing(self: Sweeper, run: Stored) -> int:
    return 0


def rule_overwrites(self: Sweeper, run: Stored) -> int:
    manifest, now = self.runs.manifest(run.id, run.doc["generation"]), self.clock.now()
    for name, plan in manifest.phases.items():
        stored = self.state.get("verdicts", f"{manifest.id}.{name}")
        if stored is not None and now >= plan.deadline_at and stored.doc["outcome"] != "expired":
            self.state.replace("verdicts", stored.id, {**stored.doc, "outcome": "expired"}, stored.version)
    return real_rule(self, run)


def next_keeps_token(held: leases.Claim, owner: str, now: datetime, lease_s: int) -> leases.Claim | None:
    claim = real_next(held, owner, now, lease_s)
    return None if claim is None else replace(claim, token=held.token)


def first_for_ever(owner: str, now: datetime, lease_s: int) -> leases.Claim:
    return real_first(owner, now, lease_s * 1000)


class AnyGeneration(Through):
    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        docs = super().get_all(*refs)
        return [None if collection == "runs" else doc for (collection, _), doc in zip(refs, docs, strict=True)]


def begin_in_any_generation(self: Engine) -> None:
    real_init(self)
    self.state = AnyGeneration(self)  # type: ignore[assignment]


def complete_overwrites(self: Engine, event: UnitRequested, completion: Doc) -> None:
    stored = self.state.get("completions", event.event_id)
    if stored is None:
        self.state.create("completions", event.event_id, completion)
    else:
        self.state.replace("completions", event.event_id, completion, stored.version)
    self._verdicts.evaluate(self.manifest(event.run_id, event.generation), event.phase)


def complete_takes_any_result(self: Engine, event: UnitRequested, completion: Doc) -> None:
    self.state.create("completions", event.event_id, completion)
    self._verdicts.evaluate(self.manifest(event.run_id, event.generation), event.phase)


def complete_looks_first(self: Engine, event: UnitRequested, completion: Doc) -> None:
    manifest = self.manifest(event.run_id, event.generation)
    units = manifest.phases[event.phase].units
    keys = [f"{manifest.id}.{event.phase}.{u}" for u in units if u != event.unit]
    others = self.state.get_many("completions", keys)
    self.state.create("completions", event.event_id, completion)
    if len(others) == len(keys):
        self._verdicts.evaluate(manifest, event.phase)


def inherit_nothing(outcome: str, phase_before: str) -> None:
    return None


def judge_without_critical(plan: fanin.PhasePlan, results: Any, now: datetime) -> Any:
    return real_judge(replace(plan, critical=()), results, now)


def judge_too_soon(plan: fanin.PhasePlan, results: Any, now: datetime) -> Any:
    return real_judge(plan, results, now + timedelta(minutes=3))


def handle_swallows(message: Message, step: Any, app: Any) -> None:
    try:
        real_handle(message, step, app)
    except Exception:  # noqa: BLE001 - the fault itself
        return


class ForgetfulRuns(Through):
    """A run that does not remember which requests it has answered."""

    def get(self, collection: str, doc_id: str) -> Stored | None:
        stored = self.state.get(collection, doc_id)
        return replace(stored, doc={**stored.doc, "requests": {}}) if stored and collection == "runs" else stored


def close_at_the_first_verdict(self: Runs, manifest: Any) -> None:
    run = self.state.get("runs", manifest.run_id)
    if run is not None and run.doc["generation"] == manifest.generation:
        self.state.replace("runs", manifest.run_id, {**run.doc, "state": "settled"}, run.version)


class NoUpstream(Through):
    """Forgets that something before went on without all its units."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        return self.state.create(collection, doc_id, {**doc, "upstream": "complete"})


# -- what this simulator found in our own code ------------------------------------------------------------------


class LateClock(Through):
    """Reads what is missing, then the clock."""

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        docs = self.state.get_many(collection, doc_ids)
        read_at[0] = self.engine.clock.now()
        return docs


read_at: list[datetime] = [datetime(1, 1, 1, tzinfo=UTC)]


def judge_by_late_clock(plan: fanin.PhasePlan, results: Any, now: datetime) -> Any:
    return real_judge(plan, results, max(now, read_at[0]))


def sweep_only_sends(self: Sweeper) -> Any:
    for stored in self.state.find("manifests", "unsent"):
        self.outbox.relay("manifests", stored)
    return real_sweep(self)


def ask_again_and_forget(self: Sweeper, waiting: Stored) -> bool:
    self.events.publish([Message(**waiting.doc["message"])])
    self.state.delete("waiting", waiting.id)
    return True


def identity_of_today(self: Runs, request: RunRequested, now: datetime) -> Any:
    return run_of(request, self.map, now)


def begin_for_anybody(self: Engine, event: UnitRequested, owner: str) -> Any:
    manifest = self.manifest(event.run_id, event.generation)
    phase = self.map.runs[manifest.kind].phases.get(event.phase)
    return real_begin(self, event.model_copy(update={"to": phase.function}) if phase else event, owner)


def five_attempts(self: Sim) -> int:
    return 5


# -- partial repairs --------------------------------------------------------------------------------------------


def all_cells_stand(self: Runs, run_id: str, generation: int) -> list[str]:
    return self.manifest(run_id, generation).cells


def carry_whatever_was_asked(self: Carry, manifest: Manifest, base: Manifest, event: UnitRequested) -> Doc | None:
    return real_carry(self, replace(manifest, redo=frozenset()), base, event)


def no_inputs(self: Carry, manifest: Manifest, cells: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, str]]:
    return {}


# -- what is missing --------------------------------------------------------------------------------------------


def note_nothing(self: Runs, manifest: Manifest, verdicts: Any) -> None:
    return None


def ask_for_everything(pipeline: Any, manifest: Manifest, noted: Doc, now: datetime) -> RunRequested | None:
    request = real_request(pipeline, manifest, noted, now)
    return request and request.model_copy(update={"redo": tuple(manifest.cells)})


def no_base(job: Any) -> gaps.Base:
    return gaps.Base()


def only_outcomes(self: Carry, manifest: Manifest, cells: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(real_inputs(self, manifest, cells), ("", ""))


def ask_once(since: datetime, now: datetime, until: datetime, after_min: Sequence[int]) -> datetime | None:
    return real_ask(since, now, until, after_min) if now == since else None


def results_without_gaps(self: Verdicts, verdict_id: str, plan: fanin.PhasePlan) -> dict[str, fanin.Result]:
    results = real_results(self, verdict_id, plan)
    return {u: replace(r, outcome="ok") if r.outcome == "partial" else r for u, r in results.items()}


def rule_past_deadlines_only(self: Sweeper, run: Stored) -> int:
    manifest = self.runs.manifest(run.id, run.doc["generation"])
    now, phases = self.clock.now(), self.map.runs[manifest.kind].phases
    verdicts = {p: self.state.get("verdicts", f"{manifest.id}.{p}") for p in manifest.phases}
    for name, plan in manifest.phases.items():
        found, before = verdicts[name], phases[name].after
        asked = before is None or (verdicts[before] is not None and verdicts[before].doc["outcome"] in fanin.GOES_ON)
        if (found and found.doc["outcome"] not in fanin.GOES_ON) or (asked and not found and now >= plan.deadline_at):
            self.verdicts.evaluate(manifest, name)
    if all(verdicts.values()):
        self.runs.close(manifest)
    return 0
