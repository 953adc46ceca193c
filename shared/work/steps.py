"""What a function does with a claimed unit: parse (process_raw), query or compute (the others); fetch.py is scrape's.

Before it: handle.py, which claims the unit and calls `run` with a Job (job.py). Every step goes the same way: the
window of dates, the inputs, the function's pure core, the write. After it: handle.py stores the `Ended` that `run`
returns as the unit's completion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from shared.contracts.rows import OVERRULED, table
from shared.contracts.work import (
    Computed,
    Missing,
    Model,
    Payload,
    Work,
    missing_text,
)
from shared.work.evidence import evidence_of
from shared.work.gaps import artifact_of, dated
from shared.work.job import Ended, Job

if TYPE_CHECKING:
    import pyarrow as pa

    from shared.ports import Query


class ParseCore(Protocol):
    """The pure core of process_raw."""

    def parse(
        self, feed: str, source: str, payloads: Sequence[Payload], inputs: "Mapping[str, pa.Table]", work: Work
    ) -> Computed:
        """Rows of the feed's table from raw bytes."""


class ComputeCore(Protocol):
    """The pure core of predict, grade and the grading gate."""

    def compute(self, unit: str, work: Work, inputs: "Mapping[str, pa.Table]", model: Model | None) -> Computed:
        """Rows, or a decision, from named inputs."""


class QueryCore(Protocol):
    """The pure core of a function whose units are queries: it judges by a unit's facts before and after the query."""

    def ready(self, unit: str, facts: Mapping[str, int]) -> Computed | None:
        """How the unit ends without running, or None to run it."""

    def judge(self, unit: str, facts: Mapping[str, int], found: int) -> Computed:
        """Outcome, reason and expected rows, given how many rows the unit's table holds after the query."""


class Step(Protocol):
    """The part of handle.py's path that differs between functions."""

    @property
    def function(self) -> str:
        """The function's name in the map."""

    def run(self, job: Job) -> Ended:
        """Do the unit."""


@dataclass(frozen=True)
class ParseStep:
    """Turn archived bytes into raw rows."""

    function: str
    core: ParseCore

    def run(self, job: Job) -> Ended:
        """Parse what the scrape unit of the same name archived, validate, write."""
        phase = job.app.map.runs[job.manifest.kind].fetching(job.unit.name)
        fetched = job.app.state.get("completions", f"{job.manifest.id}.{phase}.{job.unit.name}")
        if fetched is None:
            return Ended("failed", "the scrape unit did not complete")
        if fetched.doc["outcome"] not in ("ok", "partial"):
            return Ended(fetched.doc["outcome"], fetched.doc["reason"])
        work = job.work()
        assert work is not None
        listed = evidence_of(fetched.doc, job.app.archive)
        payloads = [_payload(job, a) for a in listed["artifacts"]]
        feed = job.unit.feed or job.unit.name
        computed = self.core.parse(feed, job.app.settings.source, payloads, job.inputs(work), work)
        missing = dated(job, (*computed.missing, *map(Missing.of, listed.get("missing", ()))))
        evidence = {**computed.evidence, "missing": [m.doc() for m in missing]} if missing else computed.evidence
        computed = replace(computed, missing=missing, evidence=evidence)
        ended = _write(job, work, computed, sum(len(p.body) for p in payloads))
        return job.judged_by_slate(ended) if job.unit.opens_slate else ended


def _payload(job: Job, listed: Mapping[str, Any]) -> Payload:
    artifact = artifact_of(listed)
    return Payload(artifact, job.app.archive.get(artifact.sha256))


@dataclass(frozen=True)
class QueryStep:
    """Run a unit's query inside the warehouse; no row passes through Python. The core judges by the unit's facts."""

    function: str
    core: QueryCore | None = None

    def run(self, job: Job) -> Ended:
        """Write the query's rows to the unit's table, unless the facts say that there is nothing to do."""
        work = job.work()
        if work is None:
            return Ended("empty", "no next slate in the schedule")
        facts = self._facts(job, work)
        early = self.core.ready(job.unit.name, facts) if self.core and facts else None
        if early is not None:
            return Ended(early.outcome, early.reason, early.expected or 0)
        ended = _put(job, work, job.query(job.unit.query or "", work), Computed())
        if self.core is None or not facts:
            return ended
        verdict = self.core.judge(job.unit.name, facts, ended.found)
        if ended.outcome == "failed" and ended.refused and verdict.outcome != "blocked":
            return ended  # its reason names the rules that refused the rows
        expected = ended.expected if verdict.expected is None else verdict.expected
        return replace(ended, outcome=verdict.outcome, reason=verdict.reason, expected=expected)

    def _facts(self, job: Job, work: Work) -> dict[str, int]:
        """The unit's facts, one row of counts; empty for a unit without any."""
        if not job.unit.facts:
            return {}
        row = job.rows(job.unit.facts, work).to_pylist()[0]
        return {name: int(count or 0) for name, count in row.items()}


@dataclass(frozen=True)
class ComputeStep:
    """Load a unit's inputs, let the core compute rows or a decision, write the rows; `queries` judges its queries."""

    function: str
    core: ComputeCore
    queries: QueryCore | None = None

    def run(self, job: Job) -> Ended:
        """Compute rows or a decision; a unit with a `query` in place of `compute` runs in the warehouse."""
        if job.unit.query:
            return QueryStep(self.function, self.queries).run(job)
        work = job.work()
        assert work is not None
        model = job.app.models.current(job.unit.model) if job.unit.model else None
        if job.unit.model and model is None:
            return Ended("no_source", "no trained model: run tipoff train")
        inputs = job.inputs(work)
        computed = self.core.compute(job.unit.compute or "", work, inputs, model)
        return _write(job, work, computed, sum(rows.nbytes for rows in inputs.values()))


def _write(job: Job, work: Work, computed: Computed, loaded: int) -> Ended:
    """Write the core's rows; without any, its decision is the result. `loaded` counts the bytes of the inputs."""
    rows = computed.rows
    if job.unit.writes is None or rows is None:
        return Ended(computed.outcome, computed.reason, evidence=computed.evidence, bytes=loaded)
    return _put(job, work, table(job.unit.writes).to_arrow(rows) if isinstance(rows, list) else rows, computed, loaded)


def _put(job: Job, work: Work, rows: "pa.Table | Query", computed: Computed, loaded: int = 0) -> Ended:
    """Write rows, or a query's result, to the unit's table; refused rows go to quarantine, too many fail the unit."""
    job.app.engine.point("rows.write")
    written = job.app.tables.write(table(job.unit.writes or ""), rows, job.scope(work))
    job.app.engine.point("rows.written")
    for rule, refused in computed.refused.items():
        for number, row in enumerate(refused):
            job.app.engine.quarantine(f"{job.event.event_id}.{rule}.{number}", rule, str(row))
    by_rule = {**{r: len(x) for r, x in computed.refused.items() if x}, **written.refused}
    refused_rows = sum(n for rule, n in by_rule.items() if rule != OVERRULED)  # another row of that key stands
    limit = job.app.map.coverage["max_refused_share"]
    arrived = written.expected + sum(len(x) for x in computed.refused.values())
    outcome, reason = computed.outcome, computed.reason
    if refused_rows > limit * arrived:
        outcome, reason = "failed", f"{refused_rows} of {arrived} rows refused: {', '.join(sorted(by_rule))}"
    elif written.found == 0 and outcome == "ok":
        outcome, reason = _empty(job)
    if computed.missing and outcome in ("ok", "empty"):
        outcome, reason = "partial", missing_text(computed.missing)
    size = written.bytes + loaded
    return Ended(outcome, reason, arrived, written.found, written.hash, by_rule, computed.evidence, size)


def _empty(job: Job) -> tuple[str, str]:
    """Outcome and reason for zero rows: as the map's `may_be_empty` says, else a failure of a query."""
    if job.unit.may_be_empty == "no_source":
        return "no_source", "no input has what this unit needs"
    if job.unit.may_be_empty == "no_games" and job.slate()[0] == "ok":
        return "failed", "no rows although games are scheduled"
    if job.unit.may_be_empty or not job.unit.query:
        return "empty", job.unit.may_be_empty or "no rows"
    return "failed", "no rows where rows were expected"
