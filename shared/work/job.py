"""One unit of work, as a step gets it: what is asked, the window, the right to write, and the ports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

from shared.contracts.events import UnitRequested
from shared.contracts.work import Work
from shared.map.model import Unit
from shared.ports import Doc, Query, Scope
from shared.protocol.manifest import Manifest
from shared.rules.leases import Claim
from shared.work.app import App

if TYPE_CHECKING:
    import pyarrow as pa


LOOK_AHEAD_DAYS = 14
_NEXT_SLATE = "SELECT MIN(game_date) AS next_date FROM nba_raw.nbac_schedule WHERE game_status = 'scheduled'"
_GAMES = "SELECT COUNTIF(game_status = 'scheduled') AS games FROM nba_raw.nbac_schedule"
_SCHEDULE = "nba_raw.nbac_schedule"


@dataclass(frozen=True)
class Ended:
    """How a unit ended: the body of its completion."""

    outcome: str
    reason: str = ""
    expected: int = 0
    found: int = 0
    hash: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    bytes: int = 0

    def doc(self, job: "Job") -> Doc:
        """The completion document. `bytes` went through the unit: fetched, parsed, loaded or written."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "expected": self.expected,
            "found": self.found,
            "hash": self.hash,
            "refused": dict(self.refused),
            "evidence": dict(self.evidence),
            "completed_at": job.app.clock.now().isoformat(),
            "owner": job.claim.owner,
            "attempt": job.claim.token,
            "upstream": job.event.upstream,
            "seconds": round(perf_counter() - job.started, 3),
            "bytes": self.bytes,
            "map_hash": job.app.map.hash,
            "code_hash": job.app.code_hash(job.unit.function, job.unit.name),
        }


@dataclass(frozen=True)
class Job:
    """A claimed unit request with everything around it."""

    event: UnitRequested
    claim: Claim
    manifest: Manifest
    unit: Unit
    app: App
    started: float = field(default_factory=perf_counter)  # of a stopwatch: says how long, never when

    def window(self) -> tuple[date, date] | None:
        """The unit's game dates; None when there is no next slate to work for."""
        first, last = self.manifest.from_date, self.manifest.to_date
        if self.unit.window == "slate":
            return first, last + timedelta(days=self.unit.ahead_days)
        start = last + timedelta(days=1)
        found = self.app.tables.query(
            _NEXT_SLATE,
            {_SCHEDULE: 0},
            {"from_date": start, "to_date": last + timedelta(days=LOOK_AHEAD_DAYS), "as_of": self.manifest.as_of},
            as_of=True,
        )
        following: date | None = found["next_date"][0].as_py()
        if self.app.map.runs[self.manifest.kind].builds_own_slates:
            return first, following or last
        return (following, following) if following else None

    def work(self, window: tuple[date, date]) -> Work:
        """What the core sees."""
        settings = {**self.app.map.settings, **self.app.map.coverage, **self.unit.params}
        return Work(
            run_id=self.manifest.run_id,
            kind=self.manifest.kind,
            generation=self.manifest.generation,
            phase=self.event.phase,
            unit=self.unit.name,
            from_date=window[0],
            to_date=window[1],
            as_of=self.manifest.as_of,
            now=self.app.clock.now(),
            upstream=self.event.upstream,
            settings=settings,
            assumptions=self.app.map.assumptions,
        )

    def scope(self, work: Work) -> Scope:
        """The part of the table this unit is answerable for, and its right to write there."""
        return Scope(work.run_id, work.generation, self.claim.token, self.unit.name, work.from_date, work.to_date)

    def params(self, work: Work) -> dict[str, Any]:
        """Every parameter a query of this unit may name."""
        return {
            **work.settings,
            **work.assumptions,
            "from_date": work.from_date,
            "to_date": work.to_date,
            "as_of": work.as_of,
            "generation": work.generation,
        }

    def query(self, sql: str, work: Work) -> Query:
        """The text as a query of this unit: its reads, its door."""
        return Query(sql, self.unit.reads, self.params(work), self.unit.feeds_prediction)

    def inputs(self, work: Work, texts: Mapping[str, str]) -> "dict[str, pa.Table]":
        """The rows of each named input query."""
        queries = {name: self.query(sql, work) for name, sql in texts.items()}
        return {n: self.app.tables.query(q.sql, q.reads, q.params, as_of=q.as_of) for n, q in queries.items()}

    def games_in_run(self) -> int:
        """Scheduled games of the run's own dates."""
        dates = {"from_date": self.manifest.from_date, "to_date": self.manifest.to_date}
        return int(self.app.tables.query(_GAMES, {_SCHEDULE: 0}, dates, as_of=False)["games"][0].as_py())
