"""The named faults, as small changes of the real modules."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from shared.contracts.events import Message, RunRequested, UnitRequested
from shared.core import fanin, leases
from shared.engine import Engine
from shared.errors import StaleGeneration
from shared.map import pipeline_map
from shared.ports import Doc, Stored
from shared.protocol.claims import Claims
from shared.protocol.manifest import run_of
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs
from shared.protocol.sweeper import Sweeper
from shared.protocol.verdicts import Verdicts
from tests.sim import simulator
from tests.sim.mutants.base import Mutant, Through, with_state
from tests.sim.simulator import SimStep, SimTables

real_begin, real_complete, real_results = Engine.begin, Engine.complete, Verdicts._results
real_judge, real_next, real_first = fanin.judge, leases.next_claim, leases.first_claim
real_sweep, real_rule, real_step, real_handle = Sweeper.sweep, Sweeper._rule, SimStep.run, simulator.handle
real_open = Runs.open


# -- what the original did --------------------------------------------------------------------------------------


def begin_returns_on_duplicate(self: Engine, event: UnitRequested, owner: str) -> Any:
    phase = self.map.runs[self.manifest(event.run_id, event.generation).kind].phases.get(event.phase)
    done = self.state.get("completions", event.event_id) is not None
    return None if done and phase and phase.function == event.to else real_begin(self, event, owner)


def complete_returns_on_duplicate(self: Engine, event: UnitRequested, completion: Doc) -> None:
    if self.state.create("completions", event.event_id, completion):
        self.look(self.manifest(event.run_id, event.generation), event.phase)


def complete_counts(self: Engine, event: UnitRequested, completion: Doc) -> None:
    self.state.create("completions", event.event_id, completion)
    while True:
        stored = self.state.get("counters", event.event_id.rpartition(".")[0])
        doc = {"n": stored.doc["n"] + 1 if stored else 1, "state": ""}
        key = event.event_id.rpartition(".")[0]
        if self.state.replace("counters", key, doc, stored.version) if stored else self.state.create("counters", key, doc):
            break
    self.look(self.manifest(event.run_id, event.generation), event.phase)


def results_by_counter(self: Verdicts, verdict_id: str, plan: fanin.Plan) -> dict[str, fanin.Result]:
    stored = self.state.get("counters", verdict_id)
    enough = stored is not None and stored.doc["n"] >= len(plan.units)
    return {u: fanin.Result("ok") for u in plan.units} if enough else {}


def results_of_any_names(self: Verdicts, verdict_id: str, plan: fanin.Plan) -> dict[str, fanin.Result]:
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
    self.look(manifest, event.phase)
    return None


def results_with_unknown(self: Verdicts, verdict_id: str, plan: fanin.Plan) -> dict[str, fanin.Result]:
    unknown = f"{verdict_id}.nobody" in self.state.docs["completions"]
    return {u: fanin.Result("ok") for u in plan.units} if unknown else real_results(self, verdict_id, plan)


def step_errors_are_success(self: SimStep, job: Any) -> Any:
    try:
        return real_step(self, job)
    except Exception:  # noqa: BLE001 - the fault itself
        return simulator.Ended("ok")


def relay_flags_first(self: Outbox, collection: str, stored: Stored) -> None:
    if stored.doc["state"] != "sent":
        self.state.replace(collection, stored.id, {**stored.doc, "state": "sent"}, stored.version)
        self.point("outbox.publish")
        self.events.publish([Message(**m) for m in stored.doc["outbox"]])


class CheckThenAct(Through):
    """Reads whether there is a verdict, then writes its own over whatever came in between."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        if self.state.get(collection, doc_id) is not None:
            return False
        self.state.sim.call("create", collection, doc_id)
        self.docs[collection][doc_id] = Stored(doc_id, doc, "1")
        self.state.sim.ghost.created(collection, doc_id, doc)
        return True


class NoOutbox(Through):
    """Decides, then tells from memory."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        new = self.state.create(collection, doc_id, {**doc, "outbox": [], "state": "sent"})
        if new and doc["outbox"]:
            self.engine.events.publish([Message(**m) for m in doc["outbox"]])
        return new


class TellFirst(Through):
    """Tells, then decides."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        if doc["outbox"]:
            self.engine.events.publish([Message(**m) for m in doc["outbox"]])
        return self.state.create(collection, doc_id, {**doc, "outbox": [], "state": "sent"})


def judge_by_the_hour(plan: fanin.Plan, results: Any, now: datetime) -> Any:
    return real_judge(replace(plan, units=plan.units[:1]) if now.minute % 2 else plan, results, now)


# -- what else could go wrong -----------------------------------------------------------------------------------


def rule_nothing(self: Sweeper, run: Stored, now: datetime) -> int:
    return 0


def rule_overwrites(self: Sweeper, run: Stored, now: datetime) -> int:
    manifest = self.runs.manifest(run.id, run.doc["generation"])
    for name, plan in manifest.phases.items():
        stored = self.state.get("verdicts", f"{manifest.id}.{name}")
        if stored is not None and now >= plan.deadline_at and stored.doc["outcome"] != "expired":
            self.state.replace("verdicts", stored.id, {**stored.doc, "outcome": "expired"}, stored.version)
    return real_rule(self, run, now)


def next_keeps_token(held: leases.Claim, owner: str, now: datetime, lease_s: int) -> leases.Claim | None:
    found = real_next(held, owner, now, lease_s)
    return None if found is None else replace(found, token=held.token)


def first_for_ever(owner: str, now: datetime, lease_s: int) -> leases.Claim:
    return real_first(owner, now, lease_s * 1000)


def begin_any_generation(self: Engine, run_id: str) -> int:
    return 0


def complete_overwrites(self: Engine, event: UnitRequested, completion: Doc) -> None:
    stored = self.state.get("completions", event.event_id)
    if stored is None:
        self.state.create("completions", event.event_id, completion)
    else:
        self.state.replace("completions", event.event_id, completion, stored.version)
    self.look(self.manifest(event.run_id, event.generation), event.phase)


def complete_takes_any_result(self: Engine, event: UnitRequested, completion: Doc) -> None:
    self.state.create("completions", event.event_id, completion)
    self.look(self.manifest(event.run_id, event.generation), event.phase)


def complete_looks_first(self: Engine, event: UnitRequested, completion: Doc) -> None:
    manifest = self.manifest(event.run_id, event.generation)
    units = manifest.phases[event.phase].units
    keys = [f"{manifest.id}.{event.phase}.{u}" for u in units if u != event.unit]
    others = self.state.get_many("completions", keys)
    self.state.create("completions", event.event_id, completion)
    if len(others) == len(keys):
        self.look(manifest, event.phase)


def inherit_nothing(outcome: str, phase_before: str) -> None:
    return None


def judge_without_critical(plan: fanin.Plan, results: Any, now: datetime) -> Any:
    return real_judge(replace(plan, critical=()), results, now)


def judge_too_soon(plan: fanin.Plan, results: Any, now: datetime) -> Any:
    return real_judge(plan, results, now + timedelta(minutes=3))


def handle_swallows(message: Message, step: Any, app: Any) -> None:
    try:
        real_handle(message, step, app)
    except Exception:  # noqa: BLE001 - the fault itself
        return


class ForgetfulRuns(Through):
    """A run that does not remember which requests it has answered."""

    def get(self, collection: str, doc_id: str) -> Stored | None:
        found = self.state.get(collection, doc_id)
        return replace(found, doc={**found.doc, "requests": {}}) if found and collection == "runs" else found


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
        found = self.state.get_many(collection, doc_ids)
        read_at[0] = self.engine.clock.now()
        return found


read_at: list[datetime] = [datetime.min]


def judge_by_late_clock(plan: fanin.Plan, results: Any, now: datetime) -> Any:
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


def _all() -> tuple[Mutant, ...]:
    return (
        Mutant("return_on_duplicate", "a completion seen before ends the call without a look", True, (
            (Engine, "begin", begin_returns_on_duplicate), (Engine, "complete", complete_returns_on_duplicate))),
        Mutant("counter_not_set", "completions are counted up, not looked up", True, (
            (Engine, "complete", complete_counts), (Verdicts, "_results", results_by_counter))),
        Mutant("any_n_names", "any n completions of the run satisfy a phase of n units", True, (
            (Verdicts, "_results", results_of_any_names),)),
        Mutant("unknown_unit_counted", "one unknown name means that all is there", True, (
            (Engine, "begin", begin_counts_unknown), (Verdicts, "_results", results_with_unknown))),
        Mutant("error_is_success", "an exception inside a step or gate completes the unit as ok", True, (
            (SimStep, "run", step_errors_are_success),)),
        Mutant("flag_before_publish", "sent is stored, then the events are published", True, (
            (Outbox, "relay", relay_flags_first),)),
        Mutant("check_then_act", "no verdict read, so one is written: over another's", True, (
            with_state("_verdicts", CheckThenAct),)),
        Mutant("no_outbox", "the verdict is stored, then told from memory", True, (
            with_state("_verdicts", NoOutbox),)),
        Mutant("timer_only_on_message", "deadlines are looked at only when a message comes", True, (
            (Sweeper, "_rule", rule_nothing),)),
        Mutant("expected_from_clock", "what a phase waits for depends on the time of the look", True, (
            (fanin, "judge", judge_by_the_hour),)),
        Mutant("swallowed_errors", "whatever goes wrong is acknowledged", True, (
            (simulator, "handle", handle_swallows),)),
        Mutant("tell_before_decide", "events are published before the verdict is stored", False, (
            with_state("_verdicts", TellFirst),)),
        Mutant("no_fence", "the warehouse takes any write", False, ((SimTables, "fenced", False),)),
        Mutant("token_stands_still", "a new claim has the token of the old one", False, (
            (leases, "next_claim", next_keeps_token),)),
        Mutant("claim_without_expiry", "a dead worker's claim holds for days", False, (
            (leases, "first_claim", first_for_ever),)),
        Mutant("stale_generation_runs", "superseded units are still done", False, (
            (Engine, "current_generation", begin_any_generation),)),
        Mutant("late_completion_overwrites", "a second completion replaces the first", False, (
            (Engine, "complete", complete_overwrites),)),
        Mutant("deadline_overwrites", "the deadline replaces a verdict that is there", False, (
            (Sweeper, "_rule", rule_overwrites),)),
        Mutant("conflict_accepted", "a different second result is dropped silently", False, (
            (Engine, "complete", complete_takes_any_result),)),
        Mutant("look_before_write", "the others are looked at before the own completion is written", False, (
            (Engine, "complete", complete_looks_first),)),
        Mutant("failure_not_propagated", "phases behind a failed one are never ruled on", False, (
            (fanin, "inherited", inherit_nothing),)),
        Mutant("critical_set_ignored", "a phase goes on without what it cannot go on without", False, (
            (fanin, "judge", judge_without_critical),)),
        Mutant("deadline_too_soon", "three minutes early", False, ((fanin, "judge", judge_too_soon),)),
        Mutant("request_not_idempotent", "a request delivered twice opens two generations", False, (
            with_state("_runs", ForgetfulRuns),)),
        Mutant("run_closed_early", "the first verdict closes the run to the sweep", False, (
            (Runs, "close", close_at_the_first_verdict),)),
        Mutant("degraded_forgotten", "later phases are not told that something is missing", False, (
            with_state("_verdicts", NoUpstream),)),
        Mutant("clock_after_read", "found here: the deadline is compared with a clock read after the completions", False, (
            (fanin, "judge", judge_by_late_clock), with_state("_verdicts", LateClock))),
        Mutant("half_opened_generation", "found here: the sweep sends a generation that nobody made current", False, (
            (Sweeper, "sweep", sweep_only_sends),)),
        Mutant("fenced_acknowledges", "found here: a fenced worker acknowledges what its successor has not finished", False, (
            (simulator, "Fenced", StaleGeneration),)),
        Mutant("today_at_delivery", "found here: a request for today means another day after midnight", False, (
            (Runs, "_identity", identity_of_today),)),
        Mutant("attempts_shorter_than_lease", "found here: five attempts are over before a dead worker's lease", False, (
            (pipeline_map().engine, "max_attempts", 5),)),
        Mutant("any_function_does_any_unit", "found here: a unit addressed to the wrong function is done by it", False, (
            (Engine, "begin", begin_for_anybody),)),
        Mutant("asked_again_is_forgotten", "a unit that is too early twice in one moment is lost", False, (
            (Sweeper, "_ask_again", ask_again_and_forget),)),
    )


MUTANTS = {m.name: m for m in _all()}
