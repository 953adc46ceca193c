"""Every function's HTTP side: a request in, a status out. 2xx acknowledges, anything else has it delivered again."""

import logging
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from shared.bootstrap import current_app
from shared.contracts.events import Delivery
from shared.errors import ContractError, Retryable, StoreUnavailable
from shared.http import auth, envelope, smoke
from shared.map import ticks
from shared.provenance import shipped_hash
from shared.telemetry import logs, traces
from shared.work.app import App
from shared.work.handle import handle
from shared.work.steps import Step

if TYPE_CHECKING:
    import flask

KEPT_OF_BODY = 4096
Answer = tuple[str, int]


def serve(request: "flask.Request", step: Step, app: App | None = None) -> Answer:
    """204 when the message is dealt with (a permanently bad one is in quarantine), 503 when it should come again.

    In the cloud a request without a good token is answered 401 before anything of it is read. Unknown errors are
    raised, which answers 500: they come again too, and end in the dead letter. GET /healthz says only that the process
    answers.
    """
    if request.method == "GET" and request.path == "/healthz":
        return "alive", HTTPStatus.OK
    if request.method != "POST":
        return "", HTTPStatus.METHOD_NOT_ALLOWED
    app = app or _served(step.function)
    logs.belong(None)
    try:
        refused = _refusal(request, app)
    except StoreUnavailable as error:  # nothing to check a token with
        logs.say("retry", str(error), logging.WARNING)
        return "", HTTPStatus.SERVICE_UNAVAILABLE
    if refused:
        logs.say("refused", f"request refused: {refused}", logging.WARNING)
        return "", HTTPStatus.UNAUTHORIZED
    return _deliver(request, step, app)


@cache
def _served(function: str) -> App:
    """This process's app; in the cloud it says what it decides, as JSON lines."""
    app = current_app()
    if app.settings.backend != "gcp":
        return app
    logs.install(app.settings.project, {"function": function, "code": shipped_hash(function), "map": app.map.hash})
    state = logs.ToldState(app.state)
    return replace(app, state=state, engine=replace(app.engine, state=state))


def _refusal(request: "flask.Request", app: App) -> str | None:
    """Why the caller is not let in. On one machine nobody else can call: only the cloud's twins ask for tokens."""
    settings = app.settings
    if settings.backend != "gcp":
        return None
    verifier = auth.verifier(settings.push_account, settings.push_audience, settings.push_keys)
    return verifier.refusal(request.headers.get("Authorization"), app.clock.now())


def _deliver(request: "flask.Request", step: Step, app: App) -> Answer:
    body = request.stream.read(envelope.MAX_BODY_BYTES + 1)
    try:
        delivery = envelope.delivery(dict(request.headers), body)
    except ContractError as error:
        app.engine.quarantine(f"request.{step.function}", str(error), body[:KEPT_OF_BODY].decode(errors="replace"))
        return "", HTTPStatus.NO_CONTENT
    logs.belong(traces.of(delivery.message, delivery.traceparent))
    try:
        _handle(delivery, step, app)
    except Retryable as error:
        reason = f"{type(error).__name__}: {error}"
        logs.say("retry", reason, logging.WARNING, id=delivery.message.id, attempt=delivery.attempt)
        return reason, HTTPStatus.SERVICE_UNAVAILABLE
    return "", HTTPStatus.NO_CONTENT


def _handle(delivery: Delivery, step: Step, app: App) -> None:
    """A smoke message ends here, a schedule's becomes its tick's; all else takes the one path."""
    if request := smoke.asked(delivery.message):
        smoke.answer(request, step.function, app)
        return
    try:
        message = ticks.scheduled(delivery, app.map)
    except ContractError as error:
        app.engine.quarantine(delivery.message.id, str(error), delivery.message.data)
        return
    handle(message, step, app)
