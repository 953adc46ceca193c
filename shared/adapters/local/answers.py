"""Answers to queries over unchanged tables: each query runs once, for units that ask at once or one after another."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future

import pyarrow as pa


class Answers:
    """The last `most` answers of at most `most_bytes`, each by its query and the versions of the tables it read."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._lock = threading.Lock()
        self._held: dict[Hashable, Future[pa.Table]] = {}

    def of(self, asked: Hashable, ask: Callable[[], pa.Table]) -> pa.Table:
        """The answer kept or awaited by another thread, or that of `ask`; threads that wait get its error as well."""
        with self._lock:
            kept = self._held.pop(asked, None)
            answer = kept or Future[pa.Table]()
            self._held[asked] = answer  # the last used is the last to go
        if kept is None:
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
            if answer.exception() or answer.result().get_total_buffer_size() > self._most_bytes:
                self._held.pop(asked, None)
            while len(self._held) > self._most:
                self._held.pop(next(iter(self._held)))
