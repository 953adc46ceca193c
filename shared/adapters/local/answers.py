"""Answers to queries over unchanged tables: asked once, however many units ask, at once or one after another."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future

import pyarrow as pa

MAX_HELD_ANSWERS = 6
MAX_HELD_BYTES = 4 * 1024 * 1024


class Answers:
    """The last small answers, each under what was asked and the versions of the tables it was asked of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[Hashable, Future[pa.Table]] = {}

    def of(self, asked: Hashable, ask: Callable[[], pa.Table]) -> pa.Table:
        """The answer held, the one that another thread is waiting for, or what `ask` gives; its error is shared too."""
        with self._lock:
            found = self._held.pop(asked, None)
            mine = found is None
            answer = found or Future[pa.Table]()
            self._held[asked] = answer  # the last used is the last to go
        if mine:
            self._get(asked, answer, ask)
        return answer.result()

    def _get(self, asked: Hashable, answer: "Future[pa.Table]", ask: Callable[[], pa.Table]) -> None:
        try:
            rows = ask()
        except BaseException as error:  # noqa: BLE001 - raised by every `result`
            answer.set_exception(error)
        else:
            answer.set_result(rows)
        with self._lock:
            if answer.exception() or answer.result().get_total_buffer_size() > MAX_HELD_BYTES:
                self._held.pop(asked, None)
            while len(self._held) > MAX_HELD_ANSWERS:
                self._held.pop(next(iter(self._held)))
