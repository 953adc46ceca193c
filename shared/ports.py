"""The ports: the interfaces to everything outside the code. Each has a local and a cloud implementation (twins)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

from shared.contracts.events import Message
from shared.contracts.rows import Table
from shared.contracts.work import Answer, Model, Request
from shared.errors import StoreUnavailable

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
    """Documents by collection and id. Of many callers of `create` with one id exactly one gets True."""

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Write the document unless the id exists; whether it was written."""

    def get(self, collection: str, doc_id: str) -> Stored | None:
        """The document, strongly consistent, or None."""

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        """Those of the documents that exist, by id, strongly consistent."""

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        """Documents by (collection, id), in that order, strongly consistent; None for one that is missing."""

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Write the document if its version is still `version`; whether it was written."""

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Documents whose field `state` has this value, ordered by id."""

    def delete(self, collection: str, doc_id: str) -> None:
        """Remove the document if it is there."""


def read_back(state: State, collection: str, doc_id: str) -> Stored:
    """A document that was created before, by this process or another; StoreUnavailable if it cannot be read."""
    stored = state.get(collection, doc_id)
    if stored is None:
        raise StoreUnavailable(f"{collection}/{doc_id} was written and cannot be read")
    return stored


class Events(Protocol):
    """Publishing: at least once, in any order, to the function that each message names."""

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand the messages over durably; StoreUnavailable if that failed for any of them, be it after others."""


@dataclass(frozen=True)
class Scope:
    """What a write replaces, with the generation and token that allow it; older ones are refused."""

    run_id: str
    generation: int
    token: int
    unit: str
    from_date: date
    to_date: date


@dataclass(frozen=True)
class Written:
    """The table's scope after a write, as read back. `expected` rows were to be written, `found` are there.

    `hash` is of their content, `refused` counts rows by the rule that refused them, `bytes` is the size written.
    """

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


class Queryable(Protocol):
    """The read side of the warehouse. Reads go through the as_of door."""

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> "pa.Table":
        """Rows of a GoogleSQL query, with `as_of` only rows known by then; parameters it does not name are ignored."""


class Tables(Queryable, Protocol):
    """The warehouse. Writes validate, quarantine, replace, and read back."""

    def write(self, table: Table, rows: "pa.Table | Query", scope: Scope) -> Written:
        """Put rows, or a query's result, into the table's scope; Fenced or StaleGeneration if superseded."""


class Archive(Protocol):
    """Raw bytes, content-addressed and never changed."""

    def put(self, body: bytes) -> str:
        """Keep the bytes; returns their sha256."""

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash; ContractError if they are missing or damaged."""


class Feeds(Protocol):
    """Data from the sources: their web sites, or a folder of history."""

    def fetch(self, request: Request) -> Answer:
        """The answer; SourceUnavailable to retry, ContractError when retrying cannot help."""


class Models(Protocol):
    """The model registry, read side."""

    def current(self, system_id: str) -> Model | None:
        """The promoted artefact of a system, or None."""


class Clock(Protocol):
    """The current time, passed in so that tests and replays can set it."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
