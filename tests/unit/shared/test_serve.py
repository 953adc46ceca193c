"""The status a function answers: 2xx only for what is dealt with."""

import importlib
import json
from base64 import b64encode

import flask
import functions_framework
import pytest

from shared.contracts.events import Message
from shared.envelope import MAX_BODY_BYTES
from shared.errors import ContractError, SourceUnavailable, StoreUnavailable
from shared.map import pipeline_map
from shared.serve import serve
from shared.steps import FUNCTIONS_DIR
from tests.unit.shared.house import Behaviour, House, raises


def _post(
    house: House, body: bytes, function: str = "scrape", method: str = "POST", path: str = "/"
) -> tuple[str, int]:
    app = flask.Flask(__name__)
    with app.test_request_context(path, method=method, data=body, content_type="application/json"):
        return serve(flask.request, house.step(function), house.app)


def _push(wanted: Message) -> bytes:
    attributes = {"id": wanted.id, "event_topic": wanted.topic, "to": wanted.to}
    data = b64encode(wanted.data.encode()).decode()
    pushed = {"data": data, "attributes": attributes, "messageId": "7", "publishTime": "2024-02-26T17:00:00Z"}
    return json.dumps({"message": pushed, "subscription": "projects/p/subscriptions/s"}).encode()


def _opened(script: Behaviour | None = None) -> tuple[House, Message]:
    """A house with an open run, and the message that asks for its schedule."""
    house = House({"scrape.nbac_schedule": script} if script else {})
    house.request()
    assert _post(house, _push(house.events.published[0])) == ("", 204)
    return house, next(m for m in house.events.published if m.id.endswith(".scrape.nbac_schedule"))


def test_what_is_done_is_acknowledged() -> None:
    """204, and the work is done; the same again is 204 and not done again."""
    house, wanted = _opened()
    assert [_post(house, _push(wanted))[1] for _ in range(2)] == [204, 204]
    assert house.ran == [wanted.id]


def test_what_is_for_another_function_is_acknowledged() -> None:
    """A topic's other subscribers answer 204 and do nothing."""
    house, wanted = _opened()
    assert _post(house, _push(wanted), function="analytics")[1] == 204
    assert house.ran == []


def test_permanent_errors_are_acknowledged_and_kept() -> None:
    """204: the unit is completed as failed and the message is in quarantine; coming again could not help."""
    house, wanted = _opened(raises(ContractError("bad bytes")))
    assert _post(house, _push(wanted))[1] == 204
    assert house.quarantined() == ["ContractError: bad bytes"]


@pytest.mark.parametrize("error", [SourceUnavailable("slow down"), StoreUnavailable("no answer")])
def test_what_may_pass_is_to_come_again(error: Exception) -> None:
    """503 with the reason; the next delivery does it."""
    house, wanted = _opened(raises(error, times=1))
    assert _post(house, _push(wanted)) == (f"{type(error).__name__}: {error}", 503)
    assert _post(house, _push(wanted))[1] == 204


def test_unknown_errors_are_raised() -> None:
    """A bug of ours is never acknowledged: the framework answers 500 and shows where."""
    house, wanted = _opened(raises(ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError):
        _post(house, _push(wanted))


@pytest.mark.parametrize("body", [b"", b"nonsense", b"{}", b"\xff" * 50, b"x" * (3 * MAX_BODY_BYTES)])
def test_what_is_no_envelope_is_acknowledged_and_kept(body: bytes) -> None:
    """204, and quarantine holds how it began, bounded; delivered again it is kept once."""
    house = House()
    assert [_post(house, body)[1] for _ in range(2)] == [204, 204]
    (held,) = house.state.find("quarantine", "held")
    assert held.id.startswith("request.scrape.")
    assert len(held.doc["body"]) <= 4096


def test_healthz_says_only_that_the_process_answers() -> None:
    """200 alive, without touching any store."""
    app = flask.Flask(__name__)
    with app.test_request_context("/healthz", method="GET"):
        assert serve(flask.request, House().step("scrape"), None) == ("alive", 200)


def test_other_methods_are_refused() -> None:
    """Only POST delivers."""
    assert _post(House(), b"", method="GET")[1] == 405
    assert _post(House(), b"", method="PUT", path="/healthz")[1] == 405


@pytest.mark.parametrize("function", sorted(pipeline_map().functions))
def test_every_function_of_the_map_is_served_by_the_framework(function: str) -> None:
    """The entry point loads under functions-framework as it will in the cloud, answers, and does its own units."""
    source = FUNCTIONS_DIR / function / "main.py"
    client = functions_framework.create_app("main", str(source), "http").test_client()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "alive")
    assert importlib.import_module(f"functions.{function}.main").STEP.function == function
