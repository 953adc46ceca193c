"""The HTTP side of every function: 2xx acknowledges the message, any other status has it delivered again.

Before it: Pub/Sub's push, into the `main.py` of a function. Here the token is checked (auth.py) and the envelope opened
(envelope.py). After it: handle in shared/work/handle.py.
"""

import logging
from dataclasses import replace
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

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

    from shared.ports import State

KEPT_OF_BODY = 4096
Answer = tuple[str, int]


def serve(request: "flask.Request", step: Step, app: App | None = None) -> Answer:
    """204 when the message is handled (a permanently bad one is in quarantine), 503 to have it delivered again.

    In the cloud a request without a valid token is answered 401 before its body is read. Unknown errors are raised,
    which answers 500: their messages are delivered again too, and end as dead letters. GET /healthz shows only that
    the process answers.
    """
    if request.method == "GET" and request.path == "/healthz":
        return "alive", HTTPStatus.OK
    if request.method != "POST":
        return "", HTTPStatus.METHOD_NOT_ALLOWED
    app = app or _served(step.function)
    logs.set_trace(None)
    try:
        refused = _refusal(request, app)
    except StoreUnavailable as error:  # no keys to check the token with
        logs.report("retry", str(error), logging.WARNING)
        return "", HTTPStatus.SERVICE_UNAVAILABLE
    if refused:
        logs.report("refused", f"request refused: {refused}", logging.WARNING)
        return "", HTTPStatus.UNAUTHORIZED
    return _deliver(request, step, app)


@cache
def _served(function: str) -> App:
    """This process's app; in the cloud it logs what it decides, as JSON lines."""
    app = current_app()
    if app.settings.backend != "gcp":
        return app
    logs.install(app.settings.project, {"function": function, "code": shipped_hash(function), "map": app.map.hash})
    state = cast("State", logs.LoggedState(app.state))
    return replace(app, state=state, engine=replace(app.engine, state=state))


def _refusal(request: "flask.Request", app: App) -> str | None:
    """Why the caller is refused. On one machine no token is needed: nothing else can reach the process."""
    settings = app.settings
    if settings.backend != "gcp":
        return None
    verifier = auth.verifier(settings.push_account, settings.push_audience, settings.push_keys)
    if auth.PLATFORMS_OWN in request.headers:
        return f"{auth.PLATFORMS_OWN} is not accepted"
    return verifier.refusal(request.headers.get("Authorization"), app.clock.now())


def _deliver(request: "flask.Request", step: Step, app: App) -> Answer:
    body = request.stream.read(envelope.MAX_BODY_BYTES + 1)
    try:
        delivery = envelope.delivery(dict(request.headers), body)
    except ContractError as error:
        app.engine.quarantine(f"request.{step.function}", str(error), body[:KEPT_OF_BODY].decode(errors="replace"))
        return "", HTTPStatus.NO_CONTENT
    logs.set_trace(traces.of(delivery.message, delivery.traceparent))
    try:
        _handle(delivery, step, app)
    except Retryable as error:
        reason = f"{type(error).__name__}: {error}"
        logs.report("retry", reason, logging.WARNING, id=delivery.message.id, attempt=delivery.attempt)
        return reason, HTTPStatus.SERVICE_UNAVAILABLE
    return "", HTTPStatus.NO_CONTENT


def _handle(delivery: Delivery, step: Step, app: App) -> None:
    """Answer a smoke message; turn a schedule's message into that of its tick; handle every other as it is."""
    if request := smoke.asked(delivery.message):
        smoke.answer(request, step.function, app)
        return
    try:
        message = ticks.scheduled(delivery, app.map)
    except ContractError as error:
        app.engine.quarantine(delivery.message.id, str(error), delivery.message.data)
        return
    handle(message, step, app)
