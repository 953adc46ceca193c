"""What State promises, on every twin."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from shared.ports import State

THREADS = 8
ID = "2024-02-26_2024-03-03.pregame.1.raw.nbac_schedule@regrade-1:x"
DOC = {
    "state": "open",
    "text": "Dončić — ½ \u0000 'quoted'",
    "number": 7,
    "big": 2**60,
    "share": 0.1,
    "none": None,
    "nested": [[1, 2], [{"a.b": [True, {}]}], []],
    "requests": {"pregame.2024-02-26@10:00": 1, "": 2},
}


def _at_once(action: Callable[[int], Any]) -> list[Any]:
    """The results of `THREADS` calls released together."""
    barrier = Barrier(THREADS)

    def call(number: int) -> Any:
        barrier.wait()
        return action(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(call, range(THREADS)))


def test_a_document_comes_back_as_it_was_written(state: State) -> None:
    """Any JSON document, under any id that the protocol makes, is read back equal, keys in order."""
    assert state.create("runs", ID, DOC)
    stored = state.get("runs", ID)
    assert stored is not None
    assert (stored.id, stored.doc) == (ID, DOC)
    assert list(DOC) == list(stored.doc)
    assert type(stored.doc["number"]) is int


def test_what_was_read_is_a_copy(state: State) -> None:
    """Changing a document in memory, before or after reading, changes nothing in the store."""
    doc: dict[str, Any] = {"list": [1]}
    state.create("runs", "r", doc)
    doc["list"].append(2)
    read = state.get("runs", "r")
    assert read is not None
    read.doc["list"].append(3)
    again = state.get("runs", "r")
    assert again is not None
    assert again.doc == {"list": [1]}


def test_create_never_overwrites(state: State) -> None:
    """The second creator of an id gets False and the first one's document stands."""
    assert state.create("verdicts", "v", {"by": 1})
    assert not state.create("verdicts", "v", {"by": 2})
    assert state.get_many("verdicts", ["v"]) == {"v": {"by": 1}}


def test_creating_the_same_again_is_not_creating(state: State) -> None:
    """An equal document by another caller is still the second: False."""
    assert state.create("claims", "c", {"owner": "a"})
    assert not state.create("claims", "c", {"owner": "a"})


def test_get_all_answers_in_the_order_of_its_questions(state: State) -> None:
    """Documents of several collections at once; one that is missing, or in another collection only, is None."""
    assert state.create("runs", "x", {"in": "runs"})
    assert state.create("completions", "x", {"in": "completions"})
    asked = [("completions", "x"), ("verdicts", "x"), ("runs", "x"), ("runs", "y"), ("completions", "x")]
    here, there = {"in": "completions"}, {"in": "runs"}
    assert state.get_all(*asked) == [here, None, there, None, here]
    assert state.get_all() == []


def test_collections_are_apart(state: State) -> None:
    """The same id in two collections is two documents."""
    assert state.create("claims", "x", {"in": "claims"})
    assert state.create("completions", "x", {"in": "completions"})
    assert state.get_many("claims", ["x"]) == {"x": {"in": "claims"}}


def test_of_many_creators_one_wins(state: State) -> None:
    """Threads that create one id at the same moment: exactly one True, and its document is the one that stands."""
    for number in range(5):
        won = _at_once(lambda i, n=number: state.create("verdicts", f"v{n}", {"by": i}))
        assert won.count(True) == 1
        assert {f"v{number}": {"by": won.index(True)}} == state.get_many("verdicts", [f"v{number}"])


def test_of_many_replacers_one_wins(state: State) -> None:
    """Threads that replace the same version at the same moment: exactly one True, and its document stands."""
    for number in range(5):
        state.create("runs", f"r{number}", {"by": None})
        seen = state.get("runs", f"r{number}")
        assert seen is not None
        won = _at_once(lambda i, s=seen: state.replace("runs", s.id, {"by": i}, s.version))
        assert won.count(True) == 1
        assert {f"r{number}": {"by": won.index(True)}} == state.get_many("runs", [f"r{number}"])


def test_every_write_makes_a_new_version(state: State) -> None:
    """A version read before any later write is refused, even when that write changed nothing in the document."""
    state.create("runs", "r", {"generation": 1})
    first = state.get("runs", "r")
    assert first is not None
    assert state.replace("runs", "r", {"generation": 1}, first.version)
    assert not state.replace("runs", "r", {"generation": 2}, first.version)
    second = state.get("runs", "r")
    assert second is not None
    assert first.version != second.version
    assert state.replace("runs", "r", {"generation": 2}, second.version)


def test_what_is_not_there(state: State) -> None:
    """A missing document reads as None, is left out of many, is never replaced, and may be deleted."""
    state.create("runs", "r", {})
    seen = state.get("runs", "r")
    assert seen is not None
    state.delete("runs", "r")
    state.delete("runs", "r")
    assert state.get("runs", "r") is None
    assert state.get_many("runs", ["r", "s"]) == {}
    assert state.get_many("runs", []) == {}
    assert not state.replace("runs", "r", {}, seen.version)
    assert state.find("runs", "open") == []


def test_a_deleted_id_is_free(state: State) -> None:
    """After a deletion the id can be created again."""
    state.create("waiting", "w", {"n": 1})
    state.delete("waiting", "w")
    assert state.create("waiting", "w", {"n": 2})


def test_get_many_of_more_than_one_batch(state: State) -> None:
    """Of any number of ids, those that exist are returned, each with its document."""
    for number in range(0, 700, 100):
        state.create("completions", f"c{number}", {"n": number})
    found = state.get_many("completions", [f"c{n}" for n in range(700)])
    assert {f"c{n}": {"n": n} for n in range(0, 700, 100)} == found


def test_find_sees_what_create_and_replace_wrote(state: State) -> None:
    """`find` returns exactly the documents with the given state, ordered by id, directly after the write."""
    for doc_id in ("b", "a.2", "a-1", "B", "a.10", "ä"):
        state.create("runs", doc_id, {"state": "open", "id": doc_id})
    state.create("runs", "without", {"id": "without"})
    state.create("manifests", "elsewhere", {"state": "open"})
    found = state.find("runs", "open")
    assert sorted(["b", "a.2", "a-1", "B", "a.10", "ä"]) == [s.id for s in found]
    assert all(s.doc["id"] == s.id for s in found)
    assert state.replace("runs", "b", {"state": "settled", "id": "b"}, next(s.version for s in found if s.id == "b"))
    assert [s.id for s in state.find("runs", "settled")] == ["b"]
    assert "b" not in [s.id for s in state.find("runs", "open")]


def test_find_has_a_limit(state: State) -> None:
    """At most `limit` documents are returned: the first by id."""
    for number in range(6):
        state.create("runs", f"r{5 - number}", {"state": "open"})
    assert [s.id for s in state.find("runs", "open", limit=3)] == ["r0", "r1", "r2"]


def test_find_gives_versions_that_replace_takes(state: State) -> None:
    """A version from find is as good as one from get."""
    state.create("verdicts", "v", {"state": "unsent"})
    (found,) = state.find("verdicts", "unsent")
    read = state.get("verdicts", "v")
    assert read == found
    assert state.replace("verdicts", "v", {"state": "sent"}, found.version)


@pytest.mark.parametrize("state_value", ["open", "un sent", "½"])
def test_any_state_can_be_found(state: State, state_value: str) -> None:
    """The value of `state` is any text."""
    state.create("runs", "r", {"state": state_value})
    assert [s.id for s in state.find("runs", state_value)] == ["r"]
