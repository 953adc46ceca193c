"""What only the Firestore twin has to bear: lost replies, refused ids and sizes, a store that does not answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.api_core.retry import Retry, if_exception_type

from shared.adapters.cloud import firestore as twin
from shared.adapters.cloud.firestore import MAX_DOC_BYTES, FirestoreState
from shared.errors import ContractError, StoreUnavailable

QUICK: dict[str, Any] = {
    "retry": Retry(if_exception_type(ServiceUnavailable), initial=0.05, maximum=0.05, timeout=0.5),
    "timeout": 0.5,
}


class LosesReplies:
    """The client's API, whose commits all succeed; the reply to each first one is lost and the client tries again."""

    def __init__(self, real: Any, between: Callable[[], None] = lambda: None) -> None:
        self._real = real
        self._between = between

    def commit(self, *arguments: Any, **options: Any) -> Any:
        self._real.commit(*arguments, **options)
        self._between()
        return self._real.commit(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _lose_replies(state: FirestoreState, between: Callable[[], None] = lambda: None) -> None:
    client = state._client
    client._firestore_api = LosesReplies(client._firestore_api, between)


def test_a_lost_reply_does_not_hide_our_own_write(firestore_state: FirestoreState) -> None:
    """Creating and replacing whose reply was lost, which the client repeats, still answer True; the write is one."""
    _lose_replies(firestore_state)
    assert firestore_state.create("claims", "c", {"owner": "a"})
    held = firestore_state.get("claims", "c")
    assert held is not None
    assert firestore_state.replace("claims", "c", {"owner": "b"}, held.version)
    assert firestore_state.get_many("claims", ["c"]) == {"c": {"owner": "b"}}


def test_a_lost_reply_never_claims_anothers_write(firestore_state: FirestoreState) -> None:
    """With a reply lost, another caller's standing document still answers False."""
    assert firestore_state.create("claims", "c", {"owner": "other"})
    held = firestore_state.get("claims", "c")
    assert held is not None
    other = FirestoreState(firestore_state._client.project, "tipoff")  # still finds the emulator in the environment

    def overwrite() -> None:
        standing = other.get("claims", "c")
        assert standing is not None
        assert other.replace("claims", "c", {"owner": "third"}, standing.version)

    _lose_replies(firestore_state, overwrite)
    assert not firestore_state.replace("claims", "c", {"owner": "us"}, held.version)
    assert firestore_state.get_many("claims", ["c"]) == {"c": {"owner": "third"}}
    other.close()


@pytest.mark.parametrize("doc_id", ["", ".", "..", "__x__", "a/b", "x" * 1501])
def test_ids_that_firestore_cannot_keep_are_refused(firestore_state: FirestoreState, doc_id: str) -> None:
    """Such an id is a ContractError at once, not a message that comes back for ever."""
    with pytest.raises(ContractError, match="cannot keep the id"):
        firestore_state.create("runs", doc_id, {})


def test_reading_keeps_no_memory(firestore_state: FirestoreState) -> None:
    """A stream of replies left before its end kept 18 KB for good: half a gigabyte in a minute of load."""
    firestore_state.create("runs", "r", {"owner": "a"})

    def read(times: int) -> float:
        for _ in range(times):
            firestore_state.get("runs", "r")
            firestore_state.create("runs", "r", {"owner": "b"})
        return int(Path("/proc/self/status").read_text("utf-8").split("VmRSS:")[1].split()[0]) / 1024

    before_mb = read(50)
    assert read(300) < before_mb + 5


def test_a_document_has_a_size_limit(firestore_state: FirestoreState) -> None:
    """Just below the limit a document is kept whole; above it is a ContractError that names the limit."""
    fits = {"text": "x" * (MAX_DOC_BYTES - 20)}
    assert firestore_state.create("runs", "fits", fits)
    assert {"fits": fits} == firestore_state.get_many("runs", ["fits"])
    with pytest.raises(ContractError, match=str(MAX_DOC_BYTES)):
        firestore_state.create("runs", "too-large", {"text": "x" * MAX_DOC_BYTES})


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.create("runs", "r", {}),
        lambda s: s.get("runs", "r"),
        lambda s: s.get_many("runs", ["r"]),
        lambda s: s.replace("runs", "r", {}, "2024-02-26T00:00:00.000001Z"),
        lambda s: s.find("runs", "open"),
        lambda s: s.delete("runs", "r"),
    ],
    ids=["create", "get", "get_many", "replace", "find", "delete"],
)
def test_a_store_that_does_not_answer_is_unavailable(
    call: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every operation against a closed port ends in StoreUnavailable, within the retries' time."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:9")
    monkeypatch.setattr(twin, "_CALL", QUICK)
    state = FirestoreState("nobody", "tipoff")
    with pytest.raises(StoreUnavailable):
        call(state)
    state.close()
