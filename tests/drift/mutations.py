"""Fifteen ways in which a source changes or damages what it answers; each applied at every place of a payload."""

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.feed_payloads import Seed

Path = tuple[str | int, ...]
_HUGE = 10**12
_TRUNCATED = (0.02, 0.3, 0.6, 0.9, 0.98)
PAGES = (
    b"<html><head><title>Just a moment...</title></head><body>Checking your browser. cloudflare</body></html>",
    b"<!doctype html><html><head><title>Access Denied</title></head><body>Reference #18.2</body></html>",
    b"<html><body><h1>502 Bad Gateway</h1></body></html>",
)


@dataclass(frozen=True)
class Mutation:
    """A name, and the bodies that it makes of a payload, each with the place that was changed."""

    name: str
    bodies: Callable[[Seed], Iterator[tuple[str, bytes]]]


def places(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every field of every object and every plain value of a list, with its value.

    Of records in a list only the first one's fields, and of two objects with the same fields (home and away team) too.
    """
    if isinstance(tree, list) and tree and isinstance(tree[0], dict | list):
        yield from places(tree[0], (*path, 0))
    elif isinstance(tree, dict | list):
        seen: list[Any] = []
        for name, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
            yield (*path, name), value
            fields = sorted(value) if isinstance(value, dict) else []
            if not fields or fields not in seen:
                yield from places(value, (*path, name))
            seen.append(fields)


def _changed(seed: Seed, change: Callable[[Any, Any, Any], bool]) -> Iterator[tuple[str, bytes]]:
    """A body per place that `change(object, name, value)` changes."""
    for path, _ in places(seed.tree):
        tree = copy.deepcopy(seed.tree)
        holder = tree
        for step in path[:-1]:
            holder = holder[step]
        if change(holder, path[-1], holder[path[-1]]):
            yield ".".join(map(str, path)), seed.write(tree)


def _set(
    value: Callable[[Any], Any], applies: Callable[[Any], bool] = lambda _: True
) -> Callable[[Any, Any, Any], bool]:
    def change(holder: Any, name: Any, old: Any) -> bool:
        if not applies(old):
            return False
        holder[name] = value(old)
        return True

    return change


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_numeric_text(value: Any) -> bool:
    try:
        return isinstance(value, str) and float(value) == float(value)
    except ValueError:
        return False


def _missing(holder: Any, name: Any, _: Any) -> bool:
    del holder[name]
    return True


def _renamed(holder: Any, name: Any, value: Any) -> bool:
    """A field under another name; of a list of names one of them."""
    if isinstance(holder, list):
        is_of_names = all(isinstance(item, str) for item in holder)
        holder[name] = f"{value}_v2"
        return is_of_names
    del holder[name]
    holder[f"{name}_v2"] = value
    return True


def _other_type(value: Any) -> Any:
    is_numeric = _is_number(value) or _is_numeric_text(value)
    return "changed" if is_numeric else "yes" if isinstance(value, bool) else 7


def _as_text(value: Any) -> Any:
    return json.dumps(value) if _is_number(value) else float(value)


def _list_as_object(value: Any) -> Any:
    return {str(n): item for n, item in enumerate(value)} if isinstance(value, list) else [value]


def _huge(value: Any) -> Any:
    return str(_HUGE) if isinstance(value, str) else _HUGE


def _extra(holder: Any, name: Any, value: Any) -> bool:
    if isinstance(holder, list):
        return False
    holder["a_field_that_was_never_there"] = {"name": name}
    return True


def _twice(value: Any) -> Any:
    return [value[0], *value]


def _backwards(tree: Any) -> Any:
    """The tree with every object's fields in the opposite order."""
    if isinstance(tree, dict):
        return {name: _backwards(tree[name]) for name in reversed(tree)}
    return [_backwards(item) for item in tree] if isinstance(tree, list) else tree


def _swapped(seed: Seed) -> Iterator[tuple[str, bytes]]:
    yield "every object's fields", seed.write(_backwards(seed.tree))
    yield from _changed(seed, _set(lambda items: items[::-1], lambda old: isinstance(old, list) and len(old) > 1))
    if isinstance(seed.tree, list):
        yield "the records", seed.write(seed.tree[::-1])


def _emptied(seed: Seed) -> Iterator[tuple[str, bytes]]:
    yield from _changed(seed, _set(lambda _: [], lambda old: isinstance(old, list) and bool(old)))
    yield "the document", seed.write([] if isinstance(seed.tree, list) else {})


def _doubled(seed: Seed) -> Iterator[tuple[str, bytes]]:
    yield from _changed(seed, _set(_twice, lambda old: isinstance(old, list) and bool(old)))
    if isinstance(seed.tree, list):
        yield "the document", seed.write(_twice(seed.tree))


def _deeper(seed: Seed) -> Iterator[tuple[str, bytes]]:
    yield from _changed(seed, _set(lambda value: {"value": value}))
    yield "the document", seed.write({"result": seed.tree})


def _cut(seed: Seed) -> Iterator[tuple[str, bytes]]:
    body = seed.body
    yield from ((f"{share:.0%}", body[: int(len(body) * share)]) for share in _TRUNCATED)
    yield "gzip", gzip.compress(body)[:-20]


def _encoded(seed: Seed) -> Iterator[tuple[str, bytes]]:
    text = seed.body.decode("utf-8", "surrogateescape")
    for encoding in ("utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1252"):
        yield encoding, text.encode(encoding, "replace")


def _of_places(change: Callable[[Any, Any, Any], bool]) -> Callable[[Seed], Iterator[tuple[str, bytes]]]:
    return lambda seed: _changed(seed, change)


MUTATIONS = (
    Mutation("field missing", _of_places(_missing)),
    Mutation("field renamed", _of_places(_renamed)),
    Mutation("null", _of_places(_set(lambda _: None))),
    Mutation("wrong type", _of_places(_set(_other_type))),
    Mutation("number as text", _of_places(_set(_as_text, lambda v: _is_number(v) or _is_numeric_text(v)))),
    Mutation("nested deeper", _deeper),
    Mutation("list as object", _of_places(_set(_list_as_object, lambda v: isinstance(v, list | dict)))),
    Mutation("extra field", _of_places(_extra)),
    Mutation("empty list", _emptied),
    Mutation("truncated", _cut),
    Mutation("page instead", lambda _: ((f"page {n}", page) for n, page in enumerate(PAGES))),
    Mutation("wrong encoding", _encoded),
    Mutation("record twice", _doubled),
    Mutation("huge value", _of_places(_set(_huge, lambda v: _is_number(v) or _is_numeric_text(v)))),
    Mutation("order swapped", _swapped),
)
