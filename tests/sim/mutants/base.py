"""How a fault is put in and taken out: attributes replaced for a while, stores that behave otherwise."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from shared.ports import Doc, Stored
from shared.protocol.engine import Engine

MISSING = object()


@dataclass(frozen=True)
class Mutant:
    """A fault by name: what it does, whether the original had it, and the attributes it replaces."""

    name: str
    about: str
    original: bool
    swaps: tuple[tuple[Any, str, Any], ...]

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The fault is in the code as long as the context lasts."""
        with ExitStack() as stack:
            for owner, name, new in self.swaps:
                stack.enter_context(swapped(owner, name, new))
            yield


@contextmanager
def swapped(owner: Any, name: str, new: Any) -> Iterator[None]:
    """Replace an attribute for a while."""
    old = owner.__dict__[name]
    setattr(owner, name, new)
    try:
        yield
    finally:
        setattr(owner, name, old)


class Through:
    """A state that passes everything on; a fault overrides what it falsifies."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.state = engine.state
        self.docs = getattr(engine.state, "docs", None)

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        return self.state.create(collection, doc_id, doc)

    def get(self, collection: str, doc_id: str) -> Stored | None:
        return self.state.get(collection, doc_id)

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        return self.state.get_many(collection, doc_ids)

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        return self.state.get_all(*refs)

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        return self.state.replace(collection, doc_id, doc, version)

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        return self.state.find(collection, state, limit)

    def delete(self, collection: str, doc_id: str) -> None:
        self.state.delete(collection, doc_id)


def with_state(part: str, falsified: Callable[[Engine], Any]) -> tuple[Any, str, Any]:
    """A swap that gives one part of the engine another state."""
    post_init = Engine.__post_init__

    def init(self: Engine) -> None:
        post_init(self)
        object.__setattr__(getattr(self, part), "state", falsified(self))

    return Engine, "__post_init__", init
