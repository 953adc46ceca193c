"""The one path that every message takes, in every function and every runtime.

Before it: the runtime that received the message (shared/http/serve.py on Google Cloud, tipoff/local/runtime.py on one
machine). Here the unit is claimed (shared/protocol/engine.py), done by the function's step (fetch.py, steps.py,
monitor.py) and completed. After it: the protocol, which rules on the phase and publishes the next phase's units.
"""

from shared.contracts.events import Message, RunRequested, UnitRequested
from shared.errors import Conflict, ContractError, Fenced, LeaseHeld, Permanent, Retryable, StaleGeneration
from shared.work.app import App
from shared.work.job import Ended, Job
from shared.work.steps import Step


def handle(message: Message, step: Step, app: App) -> None:
    """Do what the message asks. Returning acknowledges it; raising has it delivered again.

    Permanent errors are quarantined and acknowledged; a unit that fails for good completes as `failed`, so that
    its phase is ruled on at once. Unknown errors are raised, never taken for an empty result.
    """
    try:
        event = message.event()
    except ContractError as error:
        app.engine.quarantine(f"event.{message.id}"[:200], str(error), message.data)
        return
    if event.to != step.function:
        return  # the topic has several subscribers, this message is for another
    try:
        if isinstance(event, RunRequested):
            app.engine.open_run(event)
        elif isinstance(event, UnitRequested):
            _do_unit(event, message, step, app)
        elif (watch := getattr(step, "watch", None)) is not None:  # the monitor's, which others need not import
            watch(event, app)
        else:
            raise ContractError(f"{step.function} does not handle {event.type}")
    except Permanent as error:
        app.engine.quarantine(message.id, f"{type(error).__name__}: {error}", message.data)


def _do_unit(event: UnitRequested, message: Message, step: Step, app: App) -> None:
    claim = app.engine.begin(event, app.owner)
    if claim is None:
        return
    manifest = app.engine.manifest(event.run_id, event.generation)
    job = Job(event, claim, manifest, app.map.unit(event.to, event.unit), app)
    try:
        ended = step.run(job)
    except StaleGeneration as error:
        app.engine.superseded(event, error.generation)
        return
    except Fenced as error:  # a newer claim does it; should its worker die, only this message asks for the unit again
        app.engine.fenced(event, claim, error.token)
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
