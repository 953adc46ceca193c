"""Small made-up payloads, one per feed and kind, as trees of records that a test can change and write as bytes again."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "feeds"
_PAGE_DATA = "window['__espnfitt__']="


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
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        return Seed(path.parent.name, path.stem, json.loads(text), _json)
    before, marker, rest = text.partition(_PAGE_DATA)
    tree, end = json.JSONDecoder().raw_decode(rest)
    return Seed(
        path.parent.name, path.stem, tree,
        lambda changed: f"{before}{marker}{json.dumps(changed, ensure_ascii=False)}{rest[end:]}".encode(),
    )  # fmt: skip


def _json(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode()
