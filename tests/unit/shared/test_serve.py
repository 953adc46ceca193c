"""The status that a function answers: 2xx only for messages that are handled."""

import importlib
import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import flask
import functions_framework
import pytest

from shared.contracts.events import Message
from shared.errors import ContractError, SourceUnavailable, StoreUnavailable
from shared.http import auth, smoke
from shared.http.envelope import MAX_BODY_BYTES
from shared.http.serve import serve
from shared.map.loader import pipeline_map
from shared.provenance import shipped_hash
from shared.settings import Settings
from shared.sql.queries import FUNCTIONS_DIR
from tests.support.cloud.tokens import GOOGLE, Published
from tests.support.scripted_engine import PREGAME, Behaviour, House, raises

CLOUD = Settings(backend="gcp", project="p", push_account="push@p.iam.gserviceaccount.com", push_audience="https://f")


def _post(
    house: House,
    body: bytes,
    function: str = "scrape",
    method: str = "POST",
    path: str = "/",
    token: str = "",
    **more: str,
) -> tuple[str, int]:
    app = flask.Flask(__name__)
    headers = {"Authorization": f"Bearer {token}", **more} if token else more
    with app.test_request_context(path, method=method, data=body, content_type="application/json", headers=headers):
        return serve(flask.request, house.step(function), house.app)


def _push(wanted: Message, **more: str) -> bytes:
    attributes = {"id": wanted.id, "event_topic": wanted.topic, "to": wanted.to, **more}
    data = b64encode(wanted.data.encode()).decode()
    pushed = {"data": data, "attributes": attributes, "messageId": "7", "publishTime": "2024-02-26T17:00:00Z"}
    return json.dumps({"message": pushed, "subscription": "projects/p/subscriptions/s"}).encode()


def _opened(script: Behaviour | None = None) -> tuple[House, Message]:
    """A house with an open run, and the request for its unit `nbac_schedule`."""
    house = House({"scrape.nbac_schedule": script} if script else {})
    house.request()
    assert _post(house, _push(house.events.published[0])) == ("", 204)
    return house, next(m for m in house.events.published if m.id.endswith(".scrape.nbac_schedule"))


def test_a_unit_that_is_done_is_acknowledged() -> None:
    """204 and the unit is done; the same message again is 204, and the unit is not done again."""
    house, wanted = _opened()
    assert [_post(house, _push(wanted))[1] for _ in range(2)] == [204, 204]
    assert house.ran == [wanted.id]


def test_a_message_for_another_function_is_acknowledged() -> None:
    """A topic's other subscribers answer 204 and do nothing."""
    house, wanted = _opened()
    assert _post(house, _push(wanted), function="analytics")[1] == 204
    assert house.ran == []


def test_permanent_errors_are_acknowledged_and_kept() -> None:
    """204: the unit is completed as failed and the message is in quarantine; a redelivery could not help."""
    house, wanted = _opened(raises(ContractError("bad bytes")))
    assert _post(house, _push(wanted))[1] == 204
    assert house.quarantined() == ["ContractError: bad bytes"]


@pytest.mark.parametrize("error", [SourceUnavailable("slow down"), StoreUnavailable("no answer")])
def test_retryable_errors_are_delivered_again(error: Exception) -> None:
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
def test_a_malformed_envelope_is_acknowledged_and_kept(body: bytes) -> None:
    """204, and quarantine holds its first bytes; delivered again it is still one entry."""
    house = House()
    assert [_post(house, body)[1] for _ in range(2)] == [204, 204]
    (held,) = house.state.find("quarantine", "held")
    assert held.id.startswith("request.scrape.")
    assert len(held.doc["body"]) <= 4096


# -- authentication --------------------------------------------------------------------------------------------------------


def _cloud(settings: Settings = CLOUD) -> tuple[House, Message]:
    """An open run, in a process that runs in the cloud."""
    house, wanted = _opened()
    house.app = replace(house.app, settings=settings)
    return house, wanted


def _token(house: House, **changes: Any) -> str:
    now = house.clock.now().timestamp()
    claims = {"iss": "https://accounts.google.com", "aud": CLOUD.push_audience, "email": CLOUD.push_account}
    return GOOGLE.token({**claims, "email_verified": True, "iat": now, "exp": now + 3600, **changes})


@pytest.fixture
def googles_keys(monkeypatch: pytest.MonkeyPatch) -> Published:
    """A test key in place of Google's."""
    published = Published()
    monkeypatch.setattr(auth, "fetch_certificates", lambda _: published())
    auth.verifier.cache_clear()
    return published


@pytest.mark.parametrize("name", ["X-Serverless-Authorization", "x-serverless-authorization"])
@pytest.mark.usefixtures("googles_keys")
def test_cloud_runs_own_header_is_refused(name: str) -> None:
    """With it Cloud Run would check that token and pass a forged `Authorization` on: even beside a good one it is 401."""
    house, wanted = _cloud()
    assert _post(house, _push(wanted), token=_token(house), **{name: "Bearer a.b.c"}) == ("", 401)
    assert house.ran == []


@pytest.mark.usefixtures("googles_keys")
def test_in_the_cloud_the_push_account_is_served() -> None:
    """With a valid token the unit is done."""
    house, wanted = _cloud()
    assert _post(house, _push(wanted), token=_token(house)) == ("", 204)
    assert house.ran == [wanted.id]


@pytest.mark.usefixtures("googles_keys")
@pytest.mark.parametrize("path", ["/", "/healthz", "/anything"])
def test_in_the_cloud_other_callers_are_refused(path: str) -> None:
    """401 with an empty body, nothing done or stored: without a token, with another account's, with any body."""
    house, wanted = _cloud()
    stranger = _token(house, email="other@p.iam.gserviceaccount.com")
    for token, body in [("", _push(wanted)), (stranger, _push(wanted)), ("x.y.z", b"junk"), ("", b"x" * 3_000_000)]:
        assert _post(house, body, path=path, token=token) == ("", 401)
    assert house.ran == []
    assert house.quarantined() == []


def test_in_the_cloud_an_unset_account_refuses_every_call() -> None:
    """Without a configured account every call is refused; there is no default account."""
    house, wanted = _cloud(Settings(backend="gcp", project="p"))
    assert _post(house, _push(wanted), token=_token(house)) == ("", 401)


def test_without_keys_a_push_is_delivered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """503: neither accepted nor refused, so Pub/Sub keeps the message."""

    def unreachable(where: str) -> None:
        raise StoreUnavailable(f"no keys from {where}")

    monkeypatch.setattr(auth, "fetch_certificates", unreachable)
    auth.verifier.cache_clear()
    house, wanted = _cloud()
    assert _post(house, _push(wanted), token=_token(house)) == ("", 503)
    assert house.ran == []


# -- messages without an event -----------------------------------------------------------------------------------------


def _named(schedule: str, topic: str, to: str) -> bytes:
    """Cloud Scheduler's message, as terraform/scheduler.tf defines it."""
    inside = Message(id="", topic=topic, to=to, data=json.dumps({"schedule": schedule}))
    return _push(inside, schedule=schedule, type="run.requested")


def test_a_schedules_message_opens_the_run_of_its_tick() -> None:
    """Published at 17:00 UTC it is noon's tick, for that day; delivered again it opens nothing more."""
    house = House()
    body = _named("pregame", "nba-run-trigger", "scrape")
    assert [_post(house, body)[1] for _ in range(2)] == [204, 204]
    run = house.state.get("runs", PREGAME)
    assert run is not None
    assert run.doc["requests"] == {"pregame@2024-02-26T17:00:00+00:00": 1}


def test_a_retry_opens_nothing_while_the_run_is_under_way() -> None:
    """The retry's condition is in the map: while postgame is under way it opens no second generation."""
    house = House()
    for schedule in ("postgame", "postgame_retry"):
        assert _post(house, _named(schedule, "nba-run-trigger", "scrape"))[1] == 204
    run = house.state.get("runs", "2024-02-25.postgame")
    assert run is not None
    assert run.doc["generation"] == 1


def test_a_sweeps_message_sweeps() -> None:
    """It reaches the monitor as the sweep of its tick."""
    house = House()
    assert _post(house, _named("sweep", "nba-coverage-sweep", "coverage_monitor"), "coverage_monitor") == ("", 204)
    assert house.quarantined() == []


def test_an_unknown_schedule_is_kept() -> None:
    """204 and in quarantine, with the names of the schedules in the map."""
    house = House()
    assert _post(house, _named("hourly", "nba-run-trigger", "scrape"))[1] == 204
    (reason,) = house.quarantined()
    assert reason.startswith("no schedule hourly; the map has pregame")


def test_a_smoke_message_is_answered_once_and_does_nothing() -> None:
    """The answer names code and map; sent again it stays the first; nothing else is written or published."""
    house = House()
    sent = smoke.smoke_message("r1", "grade", "nba-grading-trigger")
    assert [_post(house, _push(sent), "grade") for _ in range(2)] == [("", 204)] * 2
    stored = house.state.get("smoke", smoke.answer_id("r1", "grade"))
    assert stored is not None
    assert (stored.doc["code_hash"], stored.doc["map_hash"]) == (shipped_hash("grade"), house.map.hash)
    assert house.events.published == []
    assert house.ran == []
    assert house.quarantined() == []


@pytest.mark.parametrize(
    "data", ['"smoke.requested"', '{"type":"smoke.requested"}', '{"type":"smoke.requested","release":"a/b"}']
)
def test_a_malformed_smoke_message_is_kept(data: str) -> None:
    """It is quarantined as not one of our events."""
    house = House()
    assert _post(house, _push(Message(id="x", topic="t", to="grade", data=data)), "grade")[1] == 204
    assert "not an event of ours" in house.quarantined()[0]


def test_healthz_shows_only_that_the_process_answers() -> None:
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
