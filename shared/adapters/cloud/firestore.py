"""The State port on Firestore, by the official client; the same code against the service and the emulator.

A document is stored as its JSON text in `body`, beside `state` for `find`, `expire_at`, after which Firestore may
remove it (the time-to-live policies are in terraform/firestore.tf), and `write`, a mark of the write that made it.
Text keeps every twin's documents equal to the byte (Firestore itself refuses nested lists) and spares an index entry
per nested field. The mark makes every write change the document, so that `update_time` is a version, and tells our
own write from another's when a reply was lost.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from google.api_core import exceptions as api
from google.api_core.datetime_helpers import DatetimeWithNanoseconds
from google.api_core.retry import Retry, if_exception_type
from google.cloud import firestore

from shared.adapters.cloud.channels import TRANSIENT, FirestoreClient
from shared.clock import SystemClock
from shared.errors import ContractError, StoreUnavailable
from shared.map.loader import pipeline_map
from shared.ports import Clock, Doc, Stored

CALL_TIMEOUT_S = 5.0
RETRY_TIMEOUT_S = 15.0
MAX_DOC_BYTES = 1_000_000  # Firestore's limit is 1 MiB with names and ids
MAX_ID_BYTES = 1_500
_BATCH = 300

# Reads change nothing, and a write knows its own by the mark: whatever may pass is tried again here, where it takes a
# quarter of a second; as a message it would wait for its back-off.
_RETRY = Retry(
    predicate=if_exception_type(*TRANSIENT),
    initial=0.1,
    maximum=0.25,
    timeout=RETRY_TIMEOUT_S,
)
_CALL: dict[str, Any] = {"retry": _RETRY, "timeout": CALL_TIMEOUT_S}


class FirestoreState:
    """Documents of a named database. Creating and replacing are single writes under a precondition, never transactions.

    When a reply is lost after the commit, the client's retry meets our own document: it is looked up by its mark, and
    the answer is True. Only if another process changed or removed it in between is the answer False, which callers must
    expect anyway: after False they read what is stored.
    """

    def __init__(
        self,
        project: str,
        database: str,
        client: FirestoreClient | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._client = client or FirestoreClient(project=project, database=database)
        self._clock = clock or SystemClock()
        self._keep = timedelta(days=pipeline_map().engine["keep_state_days"])

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Write the document unless the id exists; whether it was written. ContractError for ids and sizes refused."""
        ref, fields = self._ref(collection, doc_id), self._fields(doc)
        with _errors():
            try:
                ref.create(fields, **_CALL)
            except api.AlreadyExists:
                return self._is_ours(collection, doc_id, fields)
        return True

    def get(self, collection: str, doc_id: str) -> Stored | None:
        """The document, strongly consistent, or None."""
        return next(map(_stored, self._read([(collection, doc_id)])), None)

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        """Those of the documents that exist, by id, strongly consistent."""
        return {stored.id: stored.doc for stored in map(_stored, self._read([(collection, i) for i in doc_ids]))}

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        """Documents of several collections by one request, strongly consistent; None is missing."""
        docs = {tuple(d.name.rsplit("/", 2)[1:]): _stored(d).doc for d in self._read(refs)}
        return [docs.get(ref) for ref in refs]

    def _read(self, refs: Sequence[tuple[str, str]]) -> list[Any]:
        """The service's own documents of those that exist, by one request for every _BATCH.

        Asked below the client's objects, which take a third of a millisecond a document to make of its reply.
        """
        paths = [self._ref(*ref).path for ref in refs]
        with _errors():
            batches = [self._client.read(paths[i : i + _BATCH], **_CALL) for i in range(0, len(paths), _BATCH)]
        return [reply.found for replies in batches for reply in replies if reply.found.name]

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Write the document if its version is still `version`; whether it was written."""
        ref, fields = self._ref(collection, doc_id), self._fields(doc)
        moment: Any = DatetimeWithNanoseconds.from_rfc3339(version)  # type: ignore[no-untyped-call]
        with _errors():
            try:
                ref.update(fields, option=self._client.write_option(last_update_time=moment.timestamp_pb()), **_CALL)
            except (api.FailedPrecondition, api.NotFound):
                return self._is_ours(collection, doc_id, fields)
        return True

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Documents whose field `state` has this value, ordered by id."""
        where = firestore.FieldFilter("state", "==", state)
        query = self._client.collection(collection).where(filter=where).order_by("__name__").limit(limit)
        with _errors():
            return [_snapshot(s) for s in query.stream(**_CALL)]

    def delete(self, collection: str, doc_id: str) -> None:
        """Remove the document if it is there."""
        with _errors():
            self._ref(collection, doc_id).delete(**_CALL)

    def ids(self, collection: str, prefix: str) -> list[str]:
        """Ids of a collection that start so; for people looking, not for the protocol."""
        query: Any = self._client.collection(collection).select([]).order_by("__name__")
        if prefix:
            query = query.start_at([prefix]).end_before([prefix + "\uffff"])
        with _errors():
            return [s.id for s in query.stream(**_CALL)]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()  # type: ignore[no-untyped-call]

    def _ref(self, collection: str, doc_id: str) -> firestore.DocumentReference:
        refused = not doc_id or "/" in doc_id or doc_id in (".", "..") or doc_id.startswith("__")
        if refused or len(doc_id.encode()) > MAX_ID_BYTES:
            raise ContractError(f"Firestore cannot keep the id {doc_id[:80]!r} in {collection}")
        return self._client.collection(collection).document(doc_id)

    def _fields(self, doc: Doc) -> dict[str, Any]:
        """What is stored; every write lets the document live as long as a new one."""
        body = json.dumps(doc)
        if len(body) > MAX_DOC_BYTES:  # json.dumps escapes to ASCII: characters are bytes
            raise ContractError(f"document of {len(body)} bytes is over the limit of {MAX_DOC_BYTES}")
        return {
            "body": body,
            "state": doc.get("state"),
            "expire_at": self._clock.now() + self._keep,
            "write": uuid4().hex,
        }

    def _is_ours(self, collection: str, doc_id: str, fields: dict[str, Any]) -> bool:
        return any(d.fields["write"].string_value == fields["write"] for d in self._read([(collection, doc_id)]))


def _stored(document: Any) -> Stored:
    version = DatetimeWithNanoseconds.from_timestamp_pb(document.update_time).rfc3339()  # type: ignore[no-untyped-call]
    return Stored(document.name.rpartition("/")[2], json.loads(document.fields["body"].string_value), version)


def _snapshot(snapshot: firestore.DocumentSnapshot[Any]) -> Stored:
    return Stored(snapshot.id, json.loads(snapshot.get("body")), snapshot.update_time.rfc3339())


@contextmanager
def _errors() -> Iterator[None]:
    """What a later attempt can mend becomes StoreUnavailable; a refusal (permissions, no database) stays as it is."""
    try:
        yield
    except (*TRANSIENT, api.RetryError) as error:
        raise StoreUnavailable(f"Firestore: {error}") from error
