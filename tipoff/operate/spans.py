"""A game date as OpenTelemetry spans, made from what the stores say: runs, their phases, their units.

The ids are those of `shared/telemetry/traces.py`, so that spans, log lines and messages of a night meet in one trace.
Written as OTLP in its JSON form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shared.map.model import PipelineMap
from shared.ports import Doc, State
from shared.protocol.manifest import Manifest, manifest_of, verdicts_of
from shared.telemetry import traces

ENGINE = "engine"  # the service of runs and phases, which no function does alone
FAILED = frozenset({"failed", "blocked", "expired"})
_INTERNAL, _OK, _ERROR = 1, 1, 2
_TOLD = ("outcome", "reason", "expected", "found", "bytes", "attempt", "upstream", "code_hash", "map_hash")

Cell = tuple[str, int, str]  # run, generation and the table that a unit wrote rows of interest to


@dataclass(frozen=True)
class Span:
    """Something that took from `start` to `end`; `parent` is another span's id or empty."""

    trace: str
    id: str
    parent: str
    service: str
    name: str
    start: datetime
    end: datetime
    failed: bool
    about: Mapping[str, Any]


def spans_of_day(state: State, pipeline: PipelineMap, day: date, cells: Collection[Cell] | None = None) -> list[Span]:
    """The spans of every generation of the date's runs, by start; with `cells` only of the units that wrote these."""
    listed: list[Span] = []
    for kind in pipeline.runs:
        run_id = f"{day}.{kind}"
        run = state.get("runs", run_id)
        for generation in range(1, (run.doc["generation"] if run else 0) + 1):
            stored = state.get("manifests", f"{run_id}.{generation}")
            if stored is not None:
                listed += _run(state, pipeline, manifest_of(run_id, generation, stored.doc), cells)
    return sorted(listed, key=lambda s: (s.start, s.id))


def _run(state: State, pipeline: PipelineMap, manifest: Manifest, cells: Collection[Cell] | None) -> list[Span]:
    phases: list[Span] = []
    units: list[Span] = []
    verdicts = verdicts_of(state, manifest)
    for phase, plan in manifest.phases.items():
        phase_id = f"{manifest.id}.{phase}"
        function = pipeline.runs[manifest.kind].phases[phase].function
        wanted = [u for u in plan.units if cells is None or _wrote(pipeline, manifest, function, u, cells)]
        done = state.get_many("completions", [f"{phase_id}.{u}" for u in wanted])
        inside = [_unit(manifest, phase_id, function, i, doc) for i, doc in done.items() if "completed_at" in doc]
        verdict = verdicts.get(phase)
        if inside or (cells is None and verdict):
            units += inside
            phases.append(_phase(manifest, phase_id, verdict, inside))
    if not phases:
        return []
    start = min(manifest.opened_at, *(s.start for s in phases))
    end = max(manifest.opened_at, *(s.end for s in phases))
    root = Span(
        traces.trace_id(manifest.run_id), traces.span_id(manifest.id), "", ENGINE, f"{manifest.kind} {manifest.id}",
        start, end, any(s.failed for s in phases), {"as_of": manifest.as_of.isoformat()},
    )  # fmt: skip
    return [root, *phases, *units]


def _wrote(pipeline: PipelineMap, manifest: Manifest, function: str, unit: str, cells: Collection[Cell]) -> bool:
    """Whether the unit wrote to one of the cells' tables; who fetches a feed counts with who parses it."""
    parsing = [f.units[unit] for f in pipeline.functions.values() if unit in f.units and f.units[unit].writes]
    known = pipeline.unit(function, unit)
    tables = [known.writes] if known.writes else [u.writes for u in parsing if known.feed]
    return any((manifest.run_id, manifest.generation, t) in cells for t in tables if t)


def _phase(manifest: Manifest, phase_id: str, verdict: Doc | None, inside: Sequence[Span]) -> Span:
    starts = [s.start for s in inside]
    settled = [datetime.fromisoformat(verdict["settled_at"])] if verdict else []
    start = min([*starts, *settled])
    about = {k: v for k, v in (verdict or {}).items() if k in ("outcome", "reason", "upstream")}
    return Span(
        traces.trace_id(manifest.run_id), traces.span_id(phase_id), traces.span_id(manifest.id), ENGINE,
        phase_id.rpartition(".")[2], start, max([s.end for s in inside] + settled),
        about.get("outcome") in FAILED, about,
    )  # fmt: skip


def _unit(manifest: Manifest, phase_id: str, function: str, unit_id: str, doc: Doc) -> Span:
    end = datetime.fromisoformat(doc["completed_at"])
    start = end - timedelta(seconds=doc.get("seconds", 0.0))
    about = {name: doc[name] for name in _TOLD if doc.get(name) not in (None, "")}
    return Span(
        traces.trace_id(manifest.run_id), traces.span_id(unit_id), traces.span_id(phase_id), function,
        unit_id.rpartition(".")[2], start, end, doc["outcome"] in FAILED, about,
    )  # fmt: skip


def otlp(spans: Sequence[Span]) -> dict[str, Any]:
    """The spans as an OTLP trace export request, one resource a service."""
    services = sorted({s.service for s in spans})
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({"service.name": service, "service.namespace": "tipoff"})},
                "scopeSpans": [
                    {"scope": {"name": "tipoff"}, "spans": [_otlp(s) for s in spans if s.service == service]}
                ],
            }
            for service in services
        ]
    }


def _otlp(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace,
        "spanId": span.id,
        **({"parentSpanId": span.parent} if span.parent else {}),
        "name": span.name,
        "kind": _INTERNAL,
        "startTimeUnixNano": _nanoseconds(span.start),
        "endTimeUnixNano": _nanoseconds(span.end),
        "attributes": _attributes({f"tipoff.{name}": value for name, value in span.about.items()}),
        "status": {"code": _ERROR if span.failed else _OK},
    }


def _nanoseconds(at: datetime) -> str:
    """64-bit integers are text in OTLP's JSON."""
    return str(int(at.timestamp()) * 1_000_000_000 + at.microsecond * 1000)


def _attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"stringValue": str(value)}
