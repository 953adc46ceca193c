"""Opening generations of runs, reading their manifests, closing runs.

Before it: handle.py, with a RunRequested event. After it: the unit requests of the run's first phases.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.contracts.events import RunRequested
from shared.errors import ContractError, StoreUnavailable, UnknownUnit
from shared.map.model import PipelineMap
from shared.ports import Clock, Doc, State, Stored, read_back
from shared.protocol import asking
from shared.protocol.manifest import Manifest, manifest_doc, manifest_of, plans_of, run_of, verdicts_of
from shared.protocol.outbox import Outbox
from shared.rules import fanin

MAX_CAS_ATTEMPTS = 20
MAX_HELD_MANIFESTS = 256  # one more replaces the one held longest


def is_behind(run: Stored) -> bool:
    """Whether the warehouse has refused the run's current generation because it holds rows of a newer one.

    The state was lost, restored or removed by its time-to-live while the warehouse kept its fences.
    """
    return bool(run.doc.get("floor", 0) >= run.doc["generation"])


@dataclass(frozen=True)
class Runs:
    """Opens and closes runs; holds the manifests that it has read, which never change."""

    map: PipelineMap
    state: State
    clock: Clock
    outbox: Outbox
    point: Callable[[str], None]
    _manifests: dict[str, Manifest] = field(default_factory=dict)

    def open(self, request: RunRequested) -> Manifest:
        """Open the next generation of the requested run; a request that comes again gets the generation it opened."""
        now = self.clock.now()
        identity = self._identity(request, now)
        run_id, asked = identity[0], request
        for _ in range(MAX_CAS_ATTEMPTS):
            run = self.state.get("runs", run_id)
            request = self._built_on(asked, run)
            current, floor = (run.doc["generation"], run.doc.get("floor", 0)) if run else (0, 0)
            generation = max(current, floor) + 1
            if run and request.request_id in run.doc["requests"]:
                generation = run.doc["requests"][request.request_id]
            elif run and request.only_if == "not_whole" and self._needs_no_repair(run, now):
                return self.manifest(run_id, run.doc["generation"])
            elif run and request is not asked and run.doc["state"] != "settled":
                return self.manifest(run_id, run.doc["generation"])  # what is in progress reads everything anew
            elif request.base is not None and request.base != current:
                if request.missing_only:
                    return self.manifest(run_id, current)  # which asks for what it misses itself
                raise ContractError(f"{run_id} is at generation {current}, the repair was planned on another")
            manifest_id = f"{run_id}.{generation}"
            stands = self._completed(run_id, request.base) if request.base is not None else []
            doc = manifest_doc(request, self.map, identity, generation, now, stands)
            self.point("manifest.create")
            self.state.create("manifests", manifest_id, doc)
            stored = read_back(self.state, "manifests", manifest_id)
            self.resume(stored)
            if stored.doc["request_id"] == request.request_id:
                return self.manifest(run_id, generation)
        raise StoreUnavailable(f"could not open {run_id}: other requests keep opening generations of it")

    def _built_on(self, request: RunRequested, run: Stored | None) -> RunRequested:
        """The request; one to do cells again without a base gets the generation that stands, and its `as_of`."""
        if run is None or not request.redo or request.base is not None:
            return request
        standing = self.manifest(run.id, run.doc["generation"])
        return request.model_copy(update={"base": standing.generation, "as_of": standing.as_of})

    def _completed(self, run_id: str, generation: int) -> list[str]:
        """The cells that a generation has completed by now."""
        manifest = self.manifest(run_id, generation)
        completed = self.state.get_many("completions", [f"{manifest.id}.{cell}" for cell in manifest.cells])
        return [cell for cell in manifest.cells if f"{manifest.id}.{cell}" in completed]

    def _needs_no_repair(self, run: Stored, now: datetime) -> bool:
        """Whether the current generation is whole, still has time, or asks for what it misses by itself."""
        manifest = self.manifest(run.id, run.doc["generation"])
        ruled = verdicts_of(self.state, manifest)
        if any(verdict.get("partial") for verdict in ruled.values()):
            noted = self.state.get("waiting", asking.note_id(manifest))
            if noted is None or noted.doc["state"] != asking.MISSING:
                return False
        plans = plans_of(manifest, self.map.runs.get(manifest.kind), ruled)
        return fanin.stands(plans, {p: verdict["outcome"] for p, verdict in ruled.items()}, now)

    def _identity(self, request: RunRequested, now: datetime) -> tuple[str, date, date]:
        """The id and window of the requested run. A request without dates means the day of its first delivery."""
        if request.from_date is not None:
            return run_of(request, self.map, now)
        run_of(request, self.map, now)  # an invalid request is refused before anything is stored
        self.state.create("requests", request.request_id, {"asked_at": now.isoformat()})
        stored = read_back(self.state, "requests", request.request_id)
        return run_of(request, self.map, datetime.fromisoformat(stored.doc["asked_at"]))

    def resume(self, stored: Stored) -> None:
        """Make a manifest's generation current and send its requests: the process may have died before either."""
        run_id, _, generation = stored.id.rpartition(".")
        self.point("run.advance")
        self._advance(run_id, int(generation), stored)
        self.outbox.relay("manifests", stored)

    def _advance(self, run_id: str, generation: int, manifest: Stored) -> None:
        """Make `generation` the run's current one, unless a newer one is current already."""
        request_id = manifest.doc["request_id"]
        for _ in range(MAX_CAS_ATTEMPTS):
            run = self.state.get("runs", run_id)
            requests = {**(run.doc["requests"] if run else {}), request_id: generation}
            doc: Doc = {"generation": generation, "requests": requests, "state": "open"}
            if run is None:
                if self.state.create("runs", run_id, doc):
                    return
            elif run.doc["generation"] >= generation or self.state.replace("runs", run_id, doc, run.version):
                return
        raise StoreUnavailable(f"could not advance {run_id} to generation {generation}")

    def manifest(self, run_id: str, generation: int) -> Manifest:
        """The manifest of a generation; UnknownUnit if there is none."""
        key = f"{run_id}.{generation}"
        if key not in self._manifests:
            stored = self.state.get("manifests", key)
            if stored is None:
                raise UnknownUnit(f"run {run_id} has no generation {generation}")
            if len(self._manifests) >= MAX_HELD_MANIFESTS:
                self._manifests.pop(next(iter(self._manifests)))
            self._manifests[key] = manifest_of(run_id, generation, stored.doc)
        return self._manifests[key]

    def fall_behind(self, manifest: Manifest, written: int) -> bool:
        """Have the next generation opened above one that only the warehouse knows; False if the run has moved on."""
        for _ in range(MAX_CAS_ATTEMPTS):
            run = read_back(self.state, "runs", manifest.run_id)
            if run.doc["generation"] > manifest.generation:
                return False
            doc = {**run.doc, "state": "open", "floor": max(written, run.doc.get("floor", 0))}
            self.point("run.fall_behind")
            if self.state.replace("runs", run.id, doc, run.version):
                return True
        raise StoreUnavailable(f"could not mark {manifest.run_id} as behind the warehouse")

    def open_above(self, run: Stored) -> None:
        """Open a generation above the warehouse's; what the refused one has completed is carried over."""
        manifest = self.manifest(run.id, run.doc["generation"])
        request = RunRequested(
            request_id=f"{run.id}@above-{run.doc['floor']}",
            kind=manifest.kind,
            from_date=manifest.from_date,
            to_date=manifest.to_date,
            as_of=manifest.as_of,
            base=manifest.generation,
        )
        self.open(request)

    def current_generation(self, run_id: str) -> int:
        """The run's current generation, 0 if it was never opened."""
        run = self.state.get("runs", run_id)
        return int(run.doc["generation"]) if run else 0

    def close(self, manifest: Manifest) -> None:
        """Mark the run settled once every phase of its current generation has a verdict; note what it misses."""
        run = self.state.get("runs", manifest.run_id)
        if (
            run is None
            or run.doc["generation"] != manifest.generation
            or run.doc["state"] == "settled"
            or is_behind(run)
        ):
            return
        verdicts = verdicts_of(self.state, manifest)
        if len(verdicts) == len(manifest.phases):
            self.note_missing(manifest, verdicts)
            self.point("run.close")
            self.state.replace("runs", manifest.run_id, {**run.doc, "state": "settled"}, run.version)

    def note_missing(self, manifest: Manifest, verdicts: Mapping[str, Doc]) -> None:
        """Note what the generation misses, if anything, for the sweep to ask for it again."""
        if noted := asking.note(manifest, verdicts):
            self.point("missing.note")
            self.state.create("waiting", asking.note_id(manifest), noted)
