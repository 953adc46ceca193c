"""The one path every message takes, whatever the function and the runtime."""

from shared.contracts.events import Message, PhaseSettled, RunRequested, SweepRequested, UnitRequested
from shared.errors import Conflict, ContractError, Fenced, LeaseHeld, Permanent, Retryable, StaleGeneration
from shared.work.app import App
from shared.work.job import Ended, Job
from shared.work.monitor import MonitorStep
from shared.work.steps import Step


def handle(message: Message, step: Step, app: App) -> None:
    """Do what the message asks. Returning acknowledges it; raising has it delivered again.

    Permanent errors are quarantined and acknowledged; a unit that fails for good completes as `failed`, so that
    its phase is ruled on at once. Anything unknown is raised: never mapped to "nothing there".
    """
    try:
        event = message.event()
    except ContractError as error:
        app.engine.quarantine(f"event.{message.id}"[:200], str(error), message.data)
        return
    if event.to != step.function:
        return  # a topic has several subscribers; this message is for another of them
    try:
        if isinstance(event, RunRequested):
            app.engine.open_run(event)
        elif isinstance(event, UnitRequested):
            _do_unit(event, message, step, app)
        else:
            _watch(event, step, app)
    except Permanent as error:
        app.engine.quarantine(message.id, f"{type(error).__name__}: {error}", message.data)


def _watch(event: PhaseSettled | SweepRequested, step: Step, app: App) -> None:
    if not isinstance(step, MonitorStep):
        raise ContractError(f"{step.function} does not handle {event.type}")
    step.watch(event, app)


def _do_unit(event: UnitRequested, message: Message, step: Step, app: App) -> None:
    claim = app.engine.begin(event, app.owner)
    if claim is None:
        return
    manifest = app.engine.manifest(event.run_id, event.generation)
    job = Job(event, claim, manifest, app.map.unit(event.to, event.unit), app)
    try:
        ended = step.run(job)
    except StaleGeneration:
        return
    except Fenced as error:  # somebody newer does it; should they die, this message is what is left to ask again
        raise LeaseHeld(str(error)) from error
    except Permanent as error:
        reason = f"{type(error).__name__}: {error}"
        app.engine.quarantine(message.id, reason, message.data)
        ended = Ended("failed", reason)
    except Exception:
        app.engine.release(event, claim)
        raise
    if ended.outcome == "not_ready":
        app.engine.postpone(event, message.topic, ended.reason)
        app.engine.release(event, claim)
        return
    try:
        app.engine.complete(event, ended.doc(job))
    except Conflict as error:
        app.engine.quarantine(message.id, str(error), message.data, {"completion": ended.doc(job)})
    except Retryable:
        app.engine.release(event, claim)
        raise
