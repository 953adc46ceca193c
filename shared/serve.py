"""Every function's HTTP side: a request in, a status out. 2xx acknowledges, anything else has it delivered again."""

from http import HTTPStatus
from typing import TYPE_CHECKING

from shared import app as composition
from shared import envelope
from shared.errors import ContractError, Retryable
from shared.steps import Step

if TYPE_CHECKING:
    import flask

KEPT_OF_BODY = 4096


def serve(request: "flask.Request", step: Step, app: composition.App | None = None) -> tuple[str, int]:
    """204 when the message is dealt with (a permanently bad one is in quarantine), 503 when it should come again.

    Unknown errors are raised, which answers 500: they come again too, and end in the dead letter. GET /healthz says
    only that the process answers.
    """
    if request.method == "GET" and request.path == "/healthz":
        return "alive", HTTPStatus.OK
    if request.method != "POST":
        return "", HTTPStatus.METHOD_NOT_ALLOWED
    app = app or composition.current_app()
    body = request.stream.read(envelope.MAX_BODY_BYTES + 1)
    try:
        delivery = envelope.delivery(dict(request.headers), body)
    except ContractError as error:
        app.engine.quarantine(f"request.{step.function}", str(error), body[:KEPT_OF_BODY].decode(errors="replace"))
        return "", HTTPStatus.NO_CONTENT
    try:
        composition.handle(delivery.message, step, app)
    except Retryable as error:
        return f"{type(error).__name__}: {error}", HTTPStatus.SERVICE_UNAVAILABLE
    return "", HTTPStatus.NO_CONTENT
