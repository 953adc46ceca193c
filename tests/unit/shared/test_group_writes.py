"""Units that wait for the one transaction are written together; each is told of its own rows only."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from shared.adapters.local.answers import MAX_HELD_ANSWERS, MAX_HELD_BYTES, Answers
from shared.adapters.local.warehouse import DuckTables
from shared.errors import Fenced
from shared.ports import Written
from tests.conformance.warehouses import DAY, LIST, PREDICTIONS, listed, prediction, read, refused, write

GAVE_UP = 10.0


class Grouping(DuckTables):
    """Remembers the sizes of its groups."""

    def __init__(self) -> None:
        super().__init__(None)
        self.sizes: list[int] = []

    def _put(self, group) -> None:
        self.sizes.append(len(group))
        super()._put(group)


@pytest.fixture
def tables():
    """An empty warehouse in memory."""
    found = Grouping()
    yield found
    found.close()


def at_once(tables: DuckTables, *writes: Callable[[], Written]) -> list[Written | BaseException]:
    """What each of the writes gave or raised, all of them waiting before the first may begin."""

    def caught(put: Callable[[], Written]) -> Written | BaseException:
        try:
            return put()
        except Exception as error:  # noqa: BLE001 - looked at by the test
            return error

    with ThreadPoolExecutor(len(writes)) as pool:
        with tables._writing:
            found = [pool.submit(caught, put) for put in writes]
            until = time.monotonic() + GAVE_UP
            while len(tables._waiting) < len(writes) and time.monotonic() < until:
                time.sleep(0.001)
        return [f.result(GAVE_UP) for f in found]


def of_system(tables: DuckTables, system: str, *rows: dict, **scope) -> Callable[[], Written]:
    """The write of a system's predictions."""
    return lambda: write(tables, list(rows), name=PREDICTIONS, unit=system, **scope)


def standing(tables: DuckTables) -> list[tuple]:
    """Who predicted whom."""
    sql = f"SELECT system_id, player_id FROM {PREDICTIONS} ORDER BY 1, 2"
    return [tuple(r.values()) for r in read(tables, sql, PREDICTIONS)]


def test_who_waits_is_taken_along(tables):
    """Four units, one transaction; counts and hashes are those that each would have had alone."""
    rows = {s: [prediction(n, s) for n in range(number)] for number, s in enumerate("abcd")}
    found = at_once(tables, *(of_system(tables, s, *some) for s, some in rows.items()))
    assert tables.sizes == [4]
    assert [w.found for w in found] == [0, 1, 2, 3]
    alone = DuckTables(None)
    assert found == [of_system(alone, s, *some)() for s, some in rows.items()]
    assert standing(tables) == standing(alone) == [(s, n) for s in "abcd" for n in range("abcd".index(s))]
    alone.close()


def test_they_replace_their_own_rows_only(tables):
    """What another unit or another day has stays."""
    before = DAY - timedelta(days=1)
    of_system(tables, "a", prediction(8, "a", game_date=before), days=(before, before))()
    for system in "abc":
        of_system(tables, system, prediction(9, system))()
    at_once(tables, *(of_system(tables, s, prediction(1, s)) for s in "ab"))
    assert standing(tables) == [("a", 1), ("b", 1), ("c", 9)]
    assert len(read(tables, f"SELECT * FROM {PREDICTIONS}", PREDICTIONS, days=(before, before))) == 1


def test_a_bad_row_keeps_nobody_else_from_the_table(tables):
    """The group is undone and each goes alone; the row is in quarantine under its rule, its unit's others stand."""
    bad = prediction(1, "b", predicted_points=99.0)
    writes = [of_system(tables, s, prediction(0, s), *([bad] if s == "b" else [])) for s in "abc"]
    found = at_once(tables, *writes)
    assert [(w.found, dict(w.refused)) for w in found] == [(1, {}), (1, {"points_in_range": 1}), (1, {})]
    assert standing(tables) == [("a", 0), ("b", 0), ("c", 0)]
    assert [rule for rule, _ in refused(tables)] == ["points_in_range"]


def test_one_who_is_fenced_off_is_told_so_alone(tables):
    """Its newer claim has written before; the others of the group are written."""
    of_system(tables, "b", prediction(7, "b"), token=2)()
    a, b, c = at_once(tables, *(of_system(tables, s, prediction(0, s)) for s in "abc"))
    assert isinstance(b, Fenced)
    assert (a.found, c.found) == (1, 1)
    assert standing(tables) == [("a", 0), ("b", 7), ("c", 0)]


def test_other_parts_of_the_table_go_by_themselves(tables):
    """Another generation, other days, another table: never one statement with them."""
    before = DAY - timedelta(days=1)
    found = at_once(
        tables,
        of_system(tables, "a", prediction(1, "a")),
        of_system(tables, "b", prediction(1, "b"), generation=2),
        of_system(tables, "c", prediction(1, "c", game_date=before), days=(before, before)),
        lambda: write(tables, [listed(1)], name=LIST),
    )
    assert [w.found for w in found] == [1, 1, 1, 1]
    assert tables.sizes == [1, 1, 1, 1]


def test_many_at_once_lose_nothing(tables):
    """Twelve units, many times over, with a bad row here and there: each ends with exactly its good rows."""
    systems = "abcdefghijkl"

    def play(system: str) -> None:
        for generation in range(1, 9):
            bad = prediction(1, system, predicted_points=99.0)
            rows = [prediction(0, system), *([bad] if (generation + ord(system)) % 5 == 0 else [])]
            written = of_system(tables, system, *rows, generation=generation)()
            assert (written.found, sum(written.refused.values())) == (1, len(rows) - 1)

    with ThreadPoolExecutor(len(systems)) as pool:
        list(pool.map(play, systems))
    assert standing(tables) == [(s, 0) for s in systems]
    assert tables._waiting == []


def test_who_asks_the_same_at_once_waits_for_one_answer():
    """The second asker gets the answer that the first is waiting for."""
    answers, asked, go = Answers(), threading.Event(), threading.Event()
    answer = pa.table({"n": [1]})

    def slowly() -> pa.Table:
        asked.set()
        assert go.wait(GAVE_UP)
        return answer

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answers.of, "question", slowly)
        assert asked.wait(GAVE_UP)
        second = pool.submit(answers.of, "question", lambda: pytest.fail("asked twice"))
        go.set()
        assert first.result(GAVE_UP) is second.result(GAVE_UP) is answer


def test_only_answers_are_held():
    """After an error the question is asked again; so is what gave much, and what was asked long ago."""
    answers, small = Answers(), pa.table({"n": [1]})
    with pytest.raises(ValueError, match="no answer"):
        answers.of("question", lambda: (_ for _ in ()).throw(ValueError("no answer")))
    large = pa.table({"n": np.zeros(MAX_HELD_BYTES)})
    assert answers.of("question", lambda: large) is large
    for number in range(MAX_HELD_ANSWERS + 1):
        assert answers.of(number or "question", lambda: small) is small
    assert answers.of("question", lambda: large) is large
