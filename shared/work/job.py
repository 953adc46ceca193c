"""One claimed unit of work, as a step gets it, and how it ended.

Before it: handle.py, which claims the unit and makes the Job. A step of steps.py runs it and returns an `Ended`, from
which handle.py makes the unit's completion document.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any

from shared.contracts.events import UnitRequested
from shared.contracts.rows import table
from shared.contracts.work import Work
from shared.map.model import Unit
from shared.ports import Doc, Query, Scope
from shared.protocol.manifest import Manifest, verdicts_of
from shared.rules.fanin import SUCCESS
from shared.rules.leases import Claim
from shared.rules.limits import REASON_CHARS, cut
from shared.rules.stored_schedule import judge_slate
from shared.sql import queries
from shared.work.app import App
from shared.work.evidence import kept

if TYPE_CHECKING:
    import pyarrow as pa


LOOK_AHEAD_DAYS = 14
_NEXT_SLATE = "SELECT MIN(game_date) AS next_date FROM nba_raw.nbac_schedule WHERE game_status = 'scheduled'"
_SLATE = "SELECT game_id, away_team, home_team, game_status, status_reason FROM nba_raw.nbac_schedule ORDER BY game_id"
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
        """The completion document, bounded in size. `bytes` is what the unit fetched, parsed, loaded and wrote."""
        return {
            **asdict(self),
            "reason": cut(self.reason, REASON_CHARS),
            "evidence": kept(self.evidence, job.app.archive),
            "completed_at": job.app.clock.now().isoformat(),
            "owner": job.claim.owner,
            "attempt": job.claim.token,
            "upstream": job.event.upstream,
            "seconds": round(perf_counter() - job.started, 3),
            "map_hash": job.app.map.hash,
            "code_hash": job.app.code_hash(job.unit.function, job.unit.name),
        }


@dataclass(frozen=True)
class Job:
    """A claimed unit request with its manifest, its entry in the map and the ports."""

    event: UnitRequested
    claim: Claim
    manifest: Manifest
    unit: Unit
    app: App
    started: float = field(default_factory=perf_counter)  # measures how long, not when

    def work(self) -> Work | None:
        """What the core sees; None when there is no next slate to work for."""
        window = self._window()
        if window is None:
            return None
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
            counted=self._counted() if self._reads_what_others_write_with_it else {},
            waits_until=self._waits_until() if "wait_min" in self.unit.params else None,
            settings={**self.app.map.settings, **self.app.map.coverage, **self.unit.params},
            assumptions=self.app.map.assumptions,
            quotes=self.app.map.quotes,
        )

    @property
    def _reads_what_others_write_with_it(self) -> bool:
        """Whether the unit reads a table that it shares with other units."""
        writes = self.unit.writes
        return writes is not None and writes in self.unit.reads and table(writes).unit_column is not None

    def _counted(self) -> dict[str, int]:
        """The generation whose rows count, by unit: of each that succeeded before its phase's verdict."""
        verdicts = verdicts_of(self.app.state, self.manifest)
        late = {f"{phase}.{unit}" for phase, verdict in verdicts.items() for unit in verdict["missing"]}
        ids = {f"{self.manifest.id}.{cell}": cell for cell in self.manifest.cells if cell not in late}
        done = self.app.state.get_many("completions", list(ids))
        return {
            ids[i].partition(".")[2]: doc.get("carried_from", self.manifest.generation)
            for i, doc in done.items()
            if doc["outcome"] in SUCCESS
        }

    def _waits_until(self) -> datetime | None:
        """Until when the unit may wait for what this generation misses; None if nothing is asked for again."""
        gaps = [v.get("gaps", {}) for v in verdicts_of(self.app.state, self.manifest).values()]
        asked = any("ask_at" in m for by_unit in gaps for listed in by_unit.values() for m in listed)
        return self.manifest.as_of + timedelta(minutes=self.unit.params["wait_min"]) if asked else None

    def _window(self) -> tuple[date, date] | None:
        """The unit's game dates; None when there is no next slate to work for."""
        first, last = self.manifest.from_date, self.manifest.to_date
        if self.unit.window == "slate":
            return first, last + timedelta(days=self.unit.ahead_days)
        dates = {
            "from_date": last + timedelta(days=1),
            "to_date": last + timedelta(days=LOOK_AHEAD_DAYS),
            "as_of": self.manifest.as_of,
        }
        rows = self.app.tables.query(_NEXT_SLATE, {_SCHEDULE: 0}, dates, as_of=True)
        following: date | None = rows["next_date"][0].as_py()
        if self.app.map.runs[self.manifest.kind].builds_own_slates:
            return first, following or last
        return (following, following) if following else None

    def scope(self, work: Work) -> Scope:
        """The part of the table that this unit replaces, with the generation and token that allow it."""
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

    def query(self, file: str, work: Work) -> Query:
        """A query file of the unit's function, with the tables that it may read and its parameters."""
        sql = queries.text(self.unit.function, file)
        return Query(sql, self.unit.reads, self.params(work), self.unit.feeds_prediction)

    def rows(self, file: str, work: Work) -> "pa.Table":
        """The rows of a query file of the unit's function."""
        query = self.query(file, work)
        return self.app.tables.query(query.sql, query.reads, query.params, as_of=query.as_of)

    def inputs(self, work: Work) -> "dict[str, pa.Table]":
        """The rows of each of the unit's named inputs."""
        return {name: self.rows(file, work) for name, file in self.unit.inputs.items()}

    def slate(self) -> tuple[str, str]:
        """What the stored schedule says about the run's own dates; see `judge_slate`."""
        dates = {"from_date": self.manifest.from_date, "to_date": self.manifest.to_date}
        return judge_slate(self.app.tables.query(_SLATE, {_SCHEDULE: 0}, dates, as_of=False).to_pylist())

    def judged_by_slate(self, ended: Ended) -> Ended:
        """How a unit that opens the slate ended, with the games that are off as its reason.

        `no_games`, or `partial` where every game is called off.
        """
        if ended.outcome not in ("ok", "partial", "empty"):
            return ended
        slate, reason = self.slate()
        if slate == "no_games" and ended.outcome != "partial":  # what is missing may be the games
            return replace(ended, outcome="no_games", reason=reason)
        outcome = "partial" if slate == "called_off" else ended.outcome
        return replace(ended, outcome=outcome, reason="; ".join(filter(None, (ended.reason, reason))))
