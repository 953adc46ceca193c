"""Structured changes of a payload for the fuzzer: most changed bytes are no document any more, a changed tree is one."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.feed_payloads import document_of

_VALUES = (
    None, True, False, 0, -1, 1, 7, 0.5, -2.5, 99, 100, 101, 10**9, 10**18, 2**63, -(2**63) - 1, 10**30, 1e308, 1e999, "",
    " ", "0", "00", "-0", "+5", "1e3", "nan", "NBA", "WNBA", "BOS", "Final", "post", "pre", "Over", "Under", "2025-01-15",
    "2025-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2025-01-16T00:30:00Z", "PT12M00.00S", "\ud800",
    "\u0000", "é" * 500, "5-12", "5--", "-", [], {}, [[]], [None], {"": None}, {"id": {}},
)  # fmt: skip


def changed(body: bytes, seed: int) -> bytes | None:
    """The payload with one to three changes in its records; None if it holds no tree of records."""
    document = document_of(body)
    if document is None:
        return None
    tree, write = document
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        _change(tree, chance)
    return write(tree)


def _change(tree: Any, chance: random.Random) -> None:
    """One change at a random place of the tree."""
    places = list(_places(tree))
    if places:
        holder, key = chance.choice(places)
        change = chance.choice(_CHANGES)
        change(holder, key, chance, places)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    waiting = [tree]
    while waiting:
        holder = waiting.pop()
        for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            yield holder, key
            if isinstance(value, dict | list):
                waiting.append(value)


_Change = Callable[[Any, Any, random.Random, list[tuple[Any, Any]]], None]


def _replace(holder: Any, key: Any, chance: random.Random, _: Any) -> None:
    holder[key] = copy.deepcopy(chance.choice(_VALUES))


def _remove(holder: Any, key: Any, *_: Any) -> None:
    del holder[key]


def _rename(holder: Any, key: Any, *_: Any) -> None:
    if isinstance(holder, dict):
        holder[f"{key}2"] = holder.pop(key)


def _wrap(holder: Any, key: Any, chance: random.Random, _: Any) -> None:
    holder[key] = chance.choice(([holder[key]], {"value": holder[key]}))


def _as_text(holder: Any, key: Any, *_: Any) -> None:
    holder[key] = str(holder[key])


def _double(holder: Any, key: Any, *_: Any) -> None:
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))


def _nudge(holder: Any, key: Any, chance: random.Random, _: Any) -> None:
    if isinstance(holder[key], int | float):
        holder[key] += chance.choice((-1, 1, 0.5, 1000))


def _swap(holder: Any, key: Any, chance: random.Random, places: list[tuple[Any, Any]]) -> None:
    """Exchange two values that hold no others: a tree stays one."""
    other, name = chance.choice(places)
    if not isinstance(holder[key], dict | list) and not isinstance(other[name], dict | list):
        holder[key], other[name] = other[name], holder[key]


_CHANGES: tuple[_Change, ...] = (_replace, _replace, _remove, _rename, _wrap, _as_text, _double, _nudge, _swap)
