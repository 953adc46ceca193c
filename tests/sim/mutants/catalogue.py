"""All named faults: the original's first, then others, and those that this simulator found in our own code."""

from shared.errors import StaleGeneration
from shared.protocol import asking
from shared.protocol.carry import Carry
from shared.protocol.engine import Engine
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs
from shared.protocol.sweeper import Sweeper
from shared.protocol.verdicts import Verdicts
from shared.rules import fanin, leases
from shared.work import gaps
from tests.sim import actors, effects
from tests.sim.effects import SimStep, SimTables
from tests.sim.mutants import faults
from tests.sim.mutants.base import Mutant, with_state
from tests.sim.simulator import Sim


def _all() -> tuple[Mutant, ...]:
    return (
        Mutant(
            "return_on_duplicate",
            "a duplicate completion ends the call without evaluating the phase",
            True,
            (
                (Engine, "begin", faults.begin_returns_on_duplicate),
                (Engine, "complete", faults.complete_returns_on_duplicate),
            ),
        ),
        Mutant(
            "counter_not_set",
            "completions are counted by a counter, not as documents",
            True,
            ((Engine, "complete", faults.complete_counts), (Verdicts, "_results", faults.results_by_counter)),
        ),
        Mutant(
            "any_n_names",
            "any n completions of the run satisfy a phase of n units",
            True,
            ((Verdicts, "_results", faults.results_of_any_names),),
        ),
        Mutant(
            "unknown_unit_counted",
            "one unknown unit counts as all units",
            True,
            ((Engine, "begin", faults.begin_counts_unknown), (Verdicts, "_results", faults.results_with_unknown)),
        ),
        Mutant(
            "error_is_success",
            "an exception inside a step or gate completes the unit as ok",
            True,
            ((SimStep, "run", faults.step_errors_are_success),),
        ),
        Mutant(
            "flag_before_publish",
            "sent is stored, then the events are published",
            True,
            ((Outbox, "relay", faults.relay_flags_first),),
        ),
        Mutant(
            "check_then_act",
            "no verdict was read, so one is written over another's",
            True,
            (with_state("_verdicts", faults.CheckThenAct),),
        ),
        Mutant(
            "no_outbox",
            "the verdict is stored, then its events are published from memory",
            True,
            (with_state("_verdicts", faults.NoOutbox),),
        ),
        Mutant(
            "timer_only_on_message",
            "deadlines are checked only when a message arrives",
            True,
            ((Sweeper, "_rule", faults.rule_nothing),),
        ),
        Mutant(
            "expected_from_clock",
            "what a phase waits for depends on the time of evaluation",
            True,
            ((fanin, "judge", faults.judge_by_the_hour),),
        ),
        Mutant(
            "swallowed_errors",
            "messages are acknowledged after any error",
            True,
            ((actors, "handle", faults.handle_swallows),),
        ),
        Mutant(
            "tell_before_decide",
            "events are published before the verdict is stored",
            False,
            (with_state("_verdicts", faults.TellFirst),),
        ),
        Mutant("no_fence", "the warehouse takes any write", False, ((SimTables, "fenced", False),)),
        Mutant(
            "token_stands_still",
            "a new claim has the token of the old one",
            False,
            ((leases, "next_claim", faults.next_keeps_token),),
        ),
        Mutant(
            "claim_without_expiry",
            "a dead worker's claim holds for days",
            False,
            ((leases, "first_claim", faults.first_for_ever),),
        ),
        Mutant(
            "stale_generation_runs",
            "superseded units are still done",
            False,
            ((Engine, "__post_init__", faults.begin_in_any_generation),),
        ),
        Mutant(
            "late_completion_overwrites",
            "a second completion replaces the first",
            False,
            ((Engine, "complete", faults.complete_overwrites),),
        ),
        Mutant(
            "deadline_overwrites",
            "the deadline replaces a verdict that is there",
            False,
            ((Sweeper, "_rule", faults.rule_overwrites),),
        ),
        Mutant(
            "conflict_accepted",
            "a different second result is dropped silently",
            False,
            ((Engine, "complete", faults.complete_takes_any_result),),
        ),
        Mutant(
            "look_before_write",
            "the other completions are read before the own one is written",
            False,
            ((Engine, "complete", faults.complete_looks_first),),
        ),
        Mutant(
            "failure_not_propagated",
            "phases behind a failed one are never ruled on",
            False,
            ((fanin, "inherited", faults.inherit_nothing),),
        ),
        Mutant(
            "critical_set_ignored",
            "a phase goes on without a critical unit",
            False,
            ((fanin, "judge", faults.judge_without_critical),),
        ),
        Mutant("deadline_too_soon", "three minutes early", False, ((fanin, "judge", faults.judge_too_soon),)),
        Mutant(
            "deadline_from_opening",
            "a phase that is asked for late has no time of its own",
            False,
            ((fanin.PhasePlan, "asked_for", lambda plan, _: plan),),
        ),
        Mutant(
            "request_not_idempotent",
            "a request delivered twice opens two generations",
            False,
            (with_state("_runs", faults.ForgetfulRuns),),
        ),
        Mutant(
            "run_closed_early",
            "the first verdict closes the run to the sweep",
            False,
            ((Runs, "close", faults.close_at_the_first_verdict),),
        ),
        Mutant(
            "degraded_forgotten",
            "requests of later phases do not say that the input is degraded",
            False,
            (with_state("_verdicts", faults.NoUpstream),),
        ),
        Mutant(
            "clock_after_read",
            "found here: the deadline is compared with a clock read after the completions",
            False,
            ((fanin, "judge", faults.judge_by_late_clock), with_state("_verdicts", faults.LateClock)),
        ),
        Mutant(
            "half_opened_generation",
            "found here: the sweep sends a generation that was never made current",
            False,
            ((Sweeper, "sweep", faults.sweep_only_sends),),
        ),
        Mutant(
            "fenced_acknowledges",
            "found here: a fenced worker acknowledges what its successor has not finished",
            False,
            ((effects, "Fenced", lambda unit, _: StaleGeneration(unit, 0)),),
        ),
        Mutant(
            "today_at_delivery",
            "found here: a request for today means another day after midnight",
            False,
            ((Runs, "_identity", faults.identity_of_today),),
        ),
        Mutant(
            "attempts_shorter_than_lease",
            "found here: five attempts are over before a dead worker's lease",
            False,
            ((Sim, "max_attempts", faults.five_attempts),),
        ),
        Mutant(
            "any_function_does_any_unit",
            "found here: a unit addressed to the wrong function is done by it",
            False,
            ((Engine, "begin", faults.begin_for_anybody),),
        ),
        Mutant(
            "asked_again_is_forgotten",
            "a unit that is too early twice in one moment is lost",
            False,
            ((Sweeper, "_ask_again", faults.ask_again_and_forget),),
        ),
        Mutant(
            "base_read_late",
            "found here: a repair carries over what its base completes while the repair is doing it",
            False,
            ((Runs, "_completed", faults.all_cells_stand),),
        ),
        Mutant(
            "sweep_waits_for_deadlines",
            "found here: a complete phase whose last worker died is ruled on only at its deadline",
            False,
            ((Sweeper, "_rule", faults.rule_past_deadlines_only),),
        ),
        Mutant(
            "repair_forgets_what_was_asked",
            "a cell of the request's `redo` is carried over",
            False,
            ((Carry, "completion", faults.carry_whatever_was_asked),),
        ),
        Mutant(
            "repair_ignores_inputs",
            "a cell is carried over although what it reads has changed",
            False,
            ((Carry, "_results", faults.no_inputs),),
        ),
        Mutant(
            "missing_is_not_noted",
            "a run that settles without some of its entities leaves no note: nothing asks for them again",
            False,
            ((Runs, "note_missing", faults.note_nothing),),
        ),
        Mutant(
            "missing_asks_for_everything",
            "what is missing is asked for again with every other cell",
            False,
            ((asking, "request", faults.ask_for_everything),),
        ),
        Mutant(
            "base_is_forgotten",
            "a question fetches again what its base has in the archive",
            False,
            ((effects, "base_of", faults.no_base),),
        ),
        Mutant(
            "late_arrival_is_not_read",
            "what reads a late arrival is carried over: it is never graded",
            False,
            ((Carry, "_results", faults.only_outcomes),),
        ),
        Mutant(
            "asked_once",
            "what is missing is asked for once, then given up",
            False,
            ((gaps, "next_ask", faults.ask_once),),
        ),
        Mutant(
            "partial_is_whole",
            "a phase whose unit misses an entity is complete",
            False,
            ((Verdicts, "_results", faults.results_without_gaps),),
        ),
    )


MUTANTS = {m.name: m for m in _all()}
