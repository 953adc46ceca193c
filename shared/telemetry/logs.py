"""The log of a deployed function: one JSON object per line, as Cloud Logging reads it, one line per decision.

Special fields: https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields. `event`
names what happened; terraform/monitoring.tf counts `quarantined`, `alert.raised` and `phase.settled` by it. The process
that created the deciding document logs them, so that a redelivery does not log them again.
"""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from shared.ports import Doc, State
from shared.telemetry.traces import Context

MAX_LINE_CHARS = 64_000  # Cloud Logging cuts an entry at 256 KiB
_FIELDS = "fields"
_current: ContextVar[Context | None] = ContextVar("trace", default=None)
log = logging.getLogger("tipoff")


class JsonLines(logging.Formatter):
    """Records as JSON lines: a record's own fields beside the message, a traceback inside the message."""

    def __init__(self, project: str, labels: Mapping[str, str]) -> None:
        super().__init__()
        self._project, self._labels = project, dict(labels)

    def format(self, record: logging.LogRecord) -> str:
        """One line; the message is cut to MAX_LINE_CHARS."""
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        entry: dict[str, Any] = {
            **getattr(record, _FIELDS, {}),
            "severity": record.levelname,
            "message": text[:MAX_LINE_CHARS],
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "logging.googleapis.com/labels": self._labels,
        }
        if context := _current.get():
            entry["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{context.trace_id}"
            entry["logging.googleapis.com/spanId"] = context.span_id
            entry["logging.googleapis.com/trace_sampled"] = True
        return json.dumps(entry, default=str)


def install(project: str, labels: Mapping[str, str], stream: IO[str] | None = None) -> None:
    """Write our records from INFO on, and warnings of libraries, to the stream (stdout) as JSON lines.

    INFO of libraries is left out: an HTTP client logs the addresses it requests, with API keys in them.
    """
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(project, labels))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(logging.INFO)


def set_trace(context: Context | None) -> None:
    """Give every later line of this thread the context's trace."""
    _current.set(context)


def report(event: str, sentence: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log what happened; `event` is the name to count it by."""
    log.log(level, sentence, extra={_FIELDS: {"event": event, **fields}})


@dataclass(frozen=True)
class LoggedState:
    """A state that logs what its documents decide: only the caller whose write succeeded logs it."""

    inner: State

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Write the document unless the id exists; whether it was written."""
        created = self.inner.create(collection, doc_id, doc)
        if created:
            _report_decision(collection, doc_id, doc)
        return created

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Write the document if its version is still `version`; whether it was written."""
        replaced = self.inner.replace(collection, doc_id, doc, version)
        if replaced and collection == "alerts":
            _report_decision(collection, doc_id, doc)
        return replaced

    def __getattr__(self, name: str) -> Any:
        """Every other method is that of the inner state."""
        return getattr(self.inner, name)


def _report_decision(collection: str, doc_id: str, doc: Doc) -> None:
    """Log a document that was just written, if it decides something."""
    if collection == "quarantine":
        report("quarantined", doc["reason"], logging.WARNING, id=doc_id)
    elif collection == "alerts" and doc["state"] == "open":
        report("alert.raised", f"{doc['sentence']} Repair it: {doc['command']}", logging.ERROR, id=doc_id)
    elif collection == "verdicts":
        run_id, generation, phase = doc_id.rsplit(".", 2)
        kind = run_id.rpartition(".")[2]
        about: dict[str, Any] = {"id": doc_id, "run_id": run_id, "generation": int(generation), "phase": phase}
        report("phase.settled", f"{doc_id}: {doc['outcome']}", kind=kind, outcome=doc["outcome"], **about)
    elif collection == "completions":
        counted: dict[str, Any] = {
            name: doc[name] for name in ("outcome", "expected", "found", "seconds", "bytes") if name in doc
        }
        report("unit.completed", f"{doc_id}: {doc['outcome']}", id=doc_id, **counted)
