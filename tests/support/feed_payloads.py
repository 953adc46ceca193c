"""Small made-up payloads, one per feed and kind, as trees of records that a test can change and write as bytes again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "feeds"
_PAGE_DATA = ("window['__espnfitt__']=", '<script id="__NEXT_DATA__" type="application/json">')


@dataclass(frozen=True)
class Seed:
    """A whole payload of one kind: its records as a tree of JSON values, and how such a tree is written."""

    feed: str
    kind: str
    tree: Any
    write: Callable[[Any], bytes]

    @property
    def name(self) -> str:
        return f"{self.feed}.{self.kind}"

    @property
    def body(self) -> bytes:
        return self.write(self.tree)


@cache
def seeds() -> tuple[Seed, ...]:
    """The seeds in the folder: FEED/KIND.json and the like."""
    return tuple(_seed(path) for path in sorted(FOLDER.rglob("*.*")))


def _seed(path: Path) -> Seed:
    document = document_of(path.read_bytes())
    assert document is not None, f"{path} holds no tree of records"
    return Seed(path.parent.name, path.stem, *document)


def document_of(body: bytes) -> tuple[Any, Callable[[Any], bytes]] | None:
    """The tree of records of a body, JSON or a page that carries JSON, and how such a tree is written; None without."""
    text = body.decode("utf-8", "replace")
    before, marker, rest = next((parts for m in _PAGE_DATA if (parts := text.partition(m))[1]), (text, "", ""))
    try:
        tree, end = json.JSONDecoder().raw_decode(rest if marker else text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(tree, dict | list):
        return None
    return tree, lambda changed: _written(changed, f"{before}{marker}" if marker else "", rest[end:] if marker else "")


def _written(tree: Any, before: str, after: str) -> bytes:
    """The document, half characters as escapes: those cannot be written as UTF-8."""
    text = json.dumps(tree, ensure_ascii=False)
    try:
        return f"{before}{text}{after}".encode()
    except UnicodeEncodeError:
        return f"{before}{json.dumps(tree)}{after}".encode()
