"""The ports: what the pipeline needs from the outside. Each has a local twin and a cloud twin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.contracts.events import Message
from shared.contracts.rows import Table
from shared.contracts.work import Model, Request

if TYPE_CHECKING:
    import pyarrow as pa

Doc = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """A document as read: its version changes with every write."""

    id: str
    doc: Doc
    version: str


class State(Protocol):
    """Documents by collection and id. `create` is the referee: of many callers exactly one gets True."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Write the document unless the id exists; whether it was written."""

    def get(self, collection: str, doc_id: str) -> Stored | None:
        """The document, strongly consistent, or None."""

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        """Those of the documents that exist, by id, strongly consistent."""

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        """Documents of several collections by (collection, id), as asked for, strongly consistent; None is missing."""

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Write the document if its version is still `version`; whether it was written."""

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Documents whose field `state` has this value, ordered by id."""

    def delete(self, collection: str, doc_id: str) -> None:
        """Remove the document if it is there."""


class Events(Protocol):
    """Publishing: at least once, in any order, to the function that each message names."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over durably, or raise StoreUnavailable having handed over any number of them."""


@dataclass(frozen=True)
class Scope:
    """What a write replaces, and the right to do so: older generations and older claims are refused."""

    run_id: str
    generation: int
    token: int
    unit: str
    from_date: date
    to_date: date


@dataclass(frozen=True)
class Written:
    """What stands in the table after a write, as read back: rows, their hash, what was refused by rule, bytes come."""

    expected: int
    found: int
    hash: str
    refused: Mapping[str, int]
    bytes: int = 0


@dataclass(frozen=True)
class Query:
    """A GoogleSQL text with the tables it may read, its parameters, and whether the as_of door applies."""

    sql: str
    reads: Mapping[str, int]
    params: Mapping[str, Any]
    as_of: bool


class Tables(Protocol):
    """The warehouse. Reads go through the door; writes validate, quarantine, replace, and read back."""

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> "pa.Table":
        """Rows of a GoogleSQL query; every table is behind the door. Only parameters the text names are used."""

    def write(self, table: Table, rows: "pa.Table | Query", scope: Scope) -> Written:
        """Put rows, or a query's result, into the table's scope; Fenced or StaleGeneration if superseded."""


class Archive(Protocol):
    """Raw bytes, content-addressed and never changed."""

    def put(self, body: bytes) -> str:
        """Keep the bytes; returns their sha256."""

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash; ContractError if they are missing or damaged."""


class Feeds(Protocol):
    """The outside world's data."""

    def fetch(self, request: Request) -> bytes:
        """The body; SourceUnavailable to retry, ContractError when retrying cannot help."""


class Models(Protocol):
    """The model registry, read side."""

    def current(self, system_id: str) -> Model | None:
        """The promoted artefact of a system, or None."""


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
