"""Answers that are held: one for all who ask the same, at once or later, as long as it is small and young."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from shared.adapters.local.answers import Answers
from shared.adapters.local.tuning import ANSWERS

MOST, MOST_BYTES = ANSWERS
GAVE_UP = 10.0


def test_who_asks_the_same_at_once_waits_for_one_answer():
    """The second asker gets the answer that the first is waiting for."""
    answers, asked, go = Answers(*ANSWERS), threading.Event(), threading.Event()
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
    answers, small = Answers(*ANSWERS), pa.table({"n": [1]})
    with pytest.raises(ValueError, match="no answer"):
        answers.of("question", lambda: (_ for _ in ()).throw(ValueError("no answer")))
    large = pa.table({"n": np.zeros(MOST_BYTES)})
    assert answers.of("question", lambda: large) is large
    for number in range(MOST + 1):
        assert answers.of(number or "question", lambda: small) is small
    assert answers.of("question", lambda: large) is large
