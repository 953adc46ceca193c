"""The ports of the simulated world: a store, a warehouse and steps whose every call is a decision of the simulator."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from shared.contracts.work import Artifact, Missing, Request
from shared.errors import ContractError, Fenced, SourceUnavailable, StaleGeneration
from shared.ports import Doc, Scope, Stored, Written
from shared.work.gaps import base_of, dated
from shared.work.job import Ended, Job
from tests.sim.world import Behaviour

if TYPE_CHECKING:
    from tests.sim.simulator import Sim


ENTITIES = ("early", "late")


class SimState:
    """Documents in dictionaries, with every fault before and after each call."""

    def __init__(self, sim: "Sim") -> None:
        self.sim = sim
        self.docs: dict[str, dict[str, Stored]] = defaultdict(dict)

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        lose = self.sim.call("create", collection, doc_id)
        held = self.docs[collection]
        new = doc_id not in held
        if new:
            held[doc_id] = Stored(doc_id, doc, "1")
            self.sim.ghost.created(collection, doc_id, doc)
        elif collection == "completions" and _result(held[doc_id].doc) != _result(doc):
            self.sim.current.conflict = True
        if lose:
            self.sim.reply(lose)
        return new

    def get(self, collection: str, doc_id: str) -> Stored | None:
        lose = self.sim.call("get", collection, doc_id)
        found = self.docs[collection].get(doc_id)
        if lose:
            self.sim.reply(lose)
        return found

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        lose = self.sim.call("get_many", collection, "")
        held = self.docs[collection]
        found = {i: held[i].doc for i in doc_ids if i in held}
        if lose:
            self.sim.reply(lose)
        return found

    def get_all(self, *refs: tuple[str, str]) -> list[Doc | None]:
        lose = self.sim.call("get_all", ", ".join(c for c, _ in refs), "")
        found = [self.docs[collection].get(i) for collection, i in refs]
        if lose:
            self.sim.reply(lose)
        return [stored and stored.doc for stored in found]

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        lose = self.sim.call("replace", collection, doc_id)
        held = self.docs[collection].get(doc_id)
        same = held is not None and held.version == version
        if same:
            self.docs[collection][doc_id] = Stored(doc_id, doc, str(int(version) + 1))
            self.sim.ghost.replaced(collection, doc_id, held.doc, doc)
        if lose:
            self.sim.reply(lose)
        return same

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        lose = self.sim.call("find", collection, state)
        found = [s for _, s in sorted(self.docs[collection].items()) if s.doc.get("state") == state][:limit]
        if lose:
            self.sim.reply(lose)
        return found

    def delete(self, collection: str, doc_id: str) -> None:
        lose = self.sim.call("delete", collection, doc_id)
        self.docs[collection].pop(doc_id, None)
        if lose:
            self.sim.reply(lose)


def _result(completion: Doc) -> tuple[str, str]:
    return completion["outcome"], completion["hash"]


class SimTables:
    """A fenced warehouse: the effective rows of a unit are the last write's. `fenced` off is a mutant's."""

    fenced = True

    def __init__(self, sim: "Sim") -> None:
        self.sim = sim
        self.rows: dict[tuple[str, str], tuple[int, int, str]] = {}

    def write(self, table: Any, rows: str, scope: Scope) -> Written:
        lose = self.sim.call("write", "rows", scope.unit)
        key = (scope.run_id, scope.unit)
        generation, token, _ = self.rows.get(key, (0, 0, ""))
        if self.fenced and generation > scope.generation:
            raise StaleGeneration(scope.unit, generation)
        if self.fenced and generation == scope.generation and token > scope.token:
            raise Fenced(scope.unit, token)
        self.rows[key] = (scope.generation, scope.token, rows)
        self.sim.ghost.wrote(scope.run_id, scope.unit, scope.generation, self.sim.current.grant, rows)
        if lose:
            self.sim.reply(lose)
        return Written(1, 1, rows, {})

    def query(self, sql: str, reads: Mapping[str, int], params: Mapping[str, Any], *, as_of: bool) -> Any:
        lose = self.sim.call("query", "rows", "coverage")
        if lose:
            self.sim.reply(lose)
        return _Coverage()


class _Coverage:
    def to_pylist(self) -> list[dict[str, float]]:
        return [{"share": 1.0}]


@dataclass(frozen=True)
class SimStep:
    """A function whose units behave as the world says and write through the real claim's scope."""

    function: str
    sim: "Sim"

    def run(self, job: Job) -> Ended:
        sim, event = self.sim, job.event
        worker = sim.current
        execution = sim.ghost.started(worker, job)
        behaviour = sim.world.behaviours.get((event.phase, event.unit), sim.world.default)
        if behaviour.work_s:
            sim.spend(behaviour.work_s)
        ended = self._behave(job, behaviour, execution)
        if ended is None:
            content = f"{event.event_id}{'#' + str(execution) if behaviour.kind == 'flaky' else ''}"
            evidence: dict[str, Any] = {}
            if behaviour.kind == "late":
                content, evidence = self._fetch(job, behaviour)
            unit = f"{event.phase}.{event.unit}"
            scope = Scope(
                event.run_id, event.generation, job.claim.token, unit, job.manifest.from_date, job.manifest.to_date
            )
            job.app.engine.point("rows.write")
            written = job.app.tables.write(None, content, scope)
            job.app.engine.point("rows.written")
            outcome = "partial" if evidence.get("missing") else "ok"
            ended = Ended(outcome, "", 1, written.found, written.hash, evidence=evidence)
        sim.ghost.ended(event.event_id, ended)
        return ended

    def _fetch(self, job: Job, behaviour: Behaviour) -> tuple[str, dict[str, Any]]:
        """Two entities: those that the base of a question has already are not fetched. Content and evidence."""
        base, artifacts, missing = base_of(job), [], []
        for entity in ENTITIES:
            request = Request("nba_cdn", entity, entity=entity)
            held = base.answer(request)
            if held is None or not base.suffices(request):
                self.sim.ghost.fetched(job.event, entity)
                if entity == ENTITIES[1] and self.sim.now < behaviour.ready_at:
                    missing.append(Missing(entity, "not there yet"))
                    continue
                held = Artifact(entity, 1, "nba_cdn", "", entity, job.app.clock.now(), entity=entity)
            artifacts.append({**asdict(held), "fetched_at": held.fetched_at.isoformat()})
        content = f"{job.event.run_id}.{job.event.unit}={'+'.join(a['entity'] for a in artifacts)}"
        return content, {"artifacts": artifacts, "missing": [m.doc() for m in dated(job, missing)]}

    def _behave(self, job: Job, behaviour: Behaviour, execution: int) -> Ended | None:
        """How the unit ends without writing; None if it writes."""
        kind, sim = behaviour.kind, self.sim
        if kind == "failed":
            sim.ghost.failed.add(job.event.event_id)
            raise ContractError("the feed is not what its contract says")
        if kind == "retry" and execution <= behaviour.times:
            sim.current.excused = True
            raise SourceUnavailable("the feed does not answer")
        if kind == "not_ready" and sim.now < behaviour.ready_at:
            return Ended("not_ready", "too early")
        if kind in ("no_games", "blocked"):
            return Ended(kind, kind)
        return Ended("empty", "nothing there") if kind == "empty" else None


@dataclass(frozen=True)
class SimMonitorCore:
    """Finds the first generation's grades too thin when the world wants a re-grade."""

    regrade: bool

    def after_grading(self, coverage: Mapping[str, Any], attempts: int, limits: Mapping[str, float]) -> str:
        return "regrade" if self.regrade and attempts == 0 else "fine"


def digest(sim: "Sim") -> str:
    """What the schedule did, as one hash: equal seeds give equal digests. Measured seconds are the machine's."""
    docs = {c: {i: ({**s.doc, "seconds": 0}, s.version) for i, s in d.items()} for c, d in sim.state.docs.items()}
    return sha256(repr((sim.now, docs, sim.tables.rows)).encode()).hexdigest()
