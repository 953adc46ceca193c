"""Both gRPC clients get a channel that comes back soon, from an emulator and from the service."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.api_core import grpc_helpers
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.pubsub_v1 import PublisherClient

from shared.adapters.cloud.channels import OPTIONS, FirestoreClient, PublisherTransport
from tools.emulators.ports import free_port

PRIVATE = ("_credentials", "_database_string", "_emulator_host", "_firestore_api", "_rpc_metadata")
CHANGED = """google-cloud-firestore changed a private name that shared/adapters/cloud/channels.py uses.
Read how its base_client.py makes the channel now, adapt FirestoreClient and this list, then run tests/conformance."""
EMULATORS = {"FIRESTORE_EMULATOR_HOST": "127.0.0.1:9", "PUBSUB_EMULATOR_HOST": "127.0.0.1:9"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The options of every channel that is made."""
    found: list[Any] = []
    insecure, secure = grpc.insecure_channel, grpc_helpers.create_channel

    def note(make: Any) -> Any:
        def made(*arguments: Any, options: Any = (), **more: Any) -> grpc.Channel:
            found.append(options)
            return make(*arguments, options=options, **more)

        return made

    monkeypatch.setattr(grpc, "insecure_channel", note(insecure))
    monkeypatch.setattr(grpc_helpers, "create_channel", note(secure))
    return found


@pytest.mark.parametrize("emulated", [True, False])
def test_both_clients_use_our_channel(emulated: bool, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The last channel made for each has our options; nothing is connected for that."""
    for name, address in EMULATORS.items():
        if emulated:
            monkeypatch.setenv(name, address)
        else:
            monkeypatch.delenv(name, raising=False)
    credentials = AnonymousCredentials()
    state = FirestoreClient(project="p", database="d", credentials=credentials)
    assert state._firestore_api is state._firestore_api
    assert asked == [OPTIONS]
    asked.clear()
    publisher = PublisherClient(transport=PublisherTransport, credentials=credentials)
    assert asked[-1] == OPTIONS
    state.close()
    publisher.stop()


def client(kind: type[firestore.Client]) -> firestore.Client:
    return kind(project="p", database="d", credentials=AnonymousCredentials())


@pytest.mark.parametrize("name", PRIVATE)
def test_the_librarys_private_names_are_still_there(name: str) -> None:
    """Each private name that our Firestore client uses is one that the pinned library's own client has."""
    assert hasattr(client(firestore.Client), name), CHANGED


class Reached(Exception):
    """A call came to the API object."""


class Api:
    """Raises with the name of whatever is called."""

    def __getattr__(self, name: str) -> Any:
        def reached(*arguments: Any, **more: Any) -> None:
            raise Reached(name)

        return reached


@pytest.mark.parametrize(
    ("call", "method"),
    [
        (lambda ours: ours.read(["a/b"], Retry(), 1.0), "batch_get_documents"),
        (lambda ours: ours.document("a/b").create({}), "commit"),
        (lambda ours: ours.document("a/b").update({"x": 1}), "commit"),
        (lambda ours: ours.document("a/b").delete(), "commit"),
        (lambda ours: list(ours.collection("a").stream()), "run_query"),
    ],
    ids=["read", "create", "update", "delete", "find"],
)
def test_every_firestore_call_goes_over_our_channel(call: Any, method: str) -> None:
    """The library makes its calls on the object that our client puts in place of its own."""
    ours = client(FirestoreClient)
    vars(ours)["_firestore_api"] = Api()
    with pytest.raises(Reached) as reached:
        call(ours)
    assert str(reached.value) == method, CHANGED


def test_a_call_waits_for_the_connection() -> None:
    """Made before a server listens, it is answered by the one that starts later, without a retry and before long."""
    address = f"127.0.0.1:{free_port()}"
    handler = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
    with ThreadPoolExecutor() as threads, grpc.insecure_channel(address, options=OPTIONS) as channel:
        answer = threads.submit(channel.unary_unary("/s/echo"), b"hello", timeout=20)
        time.sleep(0.5)
        assert not answer.done()
        server = grpc.server(
            ThreadPoolExecutor(), handlers=[grpc.method_handlers_generic_handler("s", {"echo": handler})]
        )
        server.add_insecure_port(address)
        server.start()
        assert answer.result(timeout=10) == b"hello"
        server.stop(None)


def test_attempts_to_connect_are_frequent() -> None:
    """The library's own first wait is a second, its longest two minutes: more than the outages that matter."""
    waits = dict(OPTIONS)
    assert waits["grpc.initial_reconnect_backoff_ms"] == waits["grpc.max_reconnect_backoff_ms"] == 100
