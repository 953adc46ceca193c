"""What a game day moves, for docs/cost.md: `python -m benchmarks.volumes HOME`.

Rows and their sizes are measured in the warehouse of a home; which tables each query reads, and how far back, and how
often each run is asked for, come from the map; documents and messages are counted by playing the map's runs on the
engine, all units well. Sizes are as BigQuery counts them: 8 bytes a number or date, 1 a boolean, 2 + length a text.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from shared.adapters.local.memory import MemoryState
from shared.contracts.events import Message, RunRequested, SweepRequested, UnitRequested, message
from shared.contracts.rows import Table, tables
from shared.map.loader import pipeline_map
from shared.map.model import Phase, PipelineMap, Unit
from shared.map.ticks import ticks
from shared.ports import Doc, Stored
from shared.protocol.engine import Engine

GAME_DAYS = 165  # days with games in a season, regular season of 2023-24
SEASON_DAYS = 365
MIN_BILLED = 10 << 20  # BigQuery bills at least this per table and query
DAY = datetime(2026, 1, 15, 5, tzinfo=UTC)  # a midnight in New York
_SIZES = {"INT64": "8", "FLOAT64": "8", "DATE": "8", "TIMESTAMP": "8", "BOOL": "1"}


@dataclass(frozen=True)
class Volume:
    """What one table grows by on a day that has rows of it: `copies` generations, where older ones are kept."""

    rows: float
    row_bytes: float
    copies: int = 1

    @property
    def day_bytes(self) -> float:
        """Bytes of one day's partition."""
        return self.rows * self.row_bytes * self.copies


def row_bytes(table: Table) -> str:
    """SQL for the logical size of a row; NULL takes nothing."""
    parts = []
    for c in table.columns:
        size = _SIZES.get(c.type, f'2 + strlen("{c.name}")')
        size = f'8 * len("{c.name}")' if c.type.startswith("ARRAY") else size
        parts.append(f'COALESCE(IF("{c.name}" IS NULL, 0, {size}), 0)')
    return " + ".join(parts)


def volumes(home: Path) -> dict[str, Volume]:
    """Rows per day and bytes per row of every table that the home has rows of."""
    found = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as db:
        for name, table in tables().items():
            days = f"COUNT(DISTINCT ({table.partition}, {'generation' if table.keep_generations else 0}))"
            sql = f"SELECT COUNT(*) / {days}, AVG({row_bytes(table)}) FROM {name} HAVING COUNT(*) > 0"
            if row := db.execute(sql).fetchone():
                found[name] = Volume(row[0], row[1], copies(table))
    return found


def copies(table: Table) -> int:
    """How many generations of a day are kept: at most one for every time that the writing run is asked for."""
    found = pipeline_map()
    writers = [k for k, run in found.runs.items() for p in run.phases.values() if _writes(found, p, table.full_name)]
    return sum(per_day(found).get(kind, 0) for kind in set(writers)) if table.keep_generations else 1


def _writes(found: PipelineMap, phase: Phase, table: str) -> bool:
    return any(found.unit(phase.function, u).writes == table for u in phase.units)


def scanned(found: PipelineMap, sizes: dict[str, Volume], seasons: int) -> dict[str, tuple[float, float]]:
    """Per kind of run: bytes that its queries must read with so much history, and bytes that are billed for them."""
    total = {}
    for kind in found.daily_kinds():
        units = [found.unit(p.function, u) for p in found.runs[kind].phases.values() for u in p.units]
        reads = [(t, days) for u in units for t, days in u.reads.items() for _ in range(queries(u))]
        read = [_days_with_games(days, seasons) * sizes[t].day_bytes for t, days in reads if t in sizes]
        total[kind] = (sum(read), sum(max(MIN_BILLED, r) for r in read) + MIN_BILLED * (len(reads) - len(read)))
    return total


def queries(unit: Unit) -> int:
    """How many queries the unit may ask, each of any table that it reads."""
    return len(unit.inputs) + (unit.query is not None) + (unit.facts is not None)


def _days_with_games(days: int, seasons: int) -> float:
    """Days with rows among the last `days` and today, when the warehouse holds so many seasons."""
    return 1 + min(days, seasons * SEASON_DAYS) * GAME_DAYS / SEASON_DAYS


class Counted(MemoryState):
    """State that counts what Firestore would bill."""

    def __init__(self) -> None:
        super().__init__()
        self.ops: Counter[str] = Counter()

    def create(self, collection: str, doc_id: str, doc: Doc) -> bool:
        """Count a write."""
        self.ops["writes"] += 1
        return super().create(collection, doc_id, doc)

    def replace(self, collection: str, doc_id: str, doc: Doc, version: str) -> bool:
        """Count a write."""
        self.ops["writes"] += 1
        return super().replace(collection, doc_id, doc, version)

    def get(self, collection: str, doc_id: str) -> Stored | None:
        """Count a read."""
        self.ops["reads"] += 1
        return super().get(collection, doc_id)

    def get_many(self, collection: str, doc_ids: Sequence[str]) -> dict[str, Doc]:
        """Count a read for each."""
        self.ops["reads"] += len(doc_ids)
        return super().get_many(collection, doc_ids)

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Count a read for each found, at least one."""
        listed = super().find(collection, state, limit)
        self.ops["reads"] += max(1, len(listed))
        return listed


@dataclass
class Taken:
    """Events that count messages and hand them on."""

    queue: list[Message] = field(default_factory=list)
    ops: Counter[str] = field(default_factory=Counter)

    def publish(self, messages: Sequence[Message]) -> None:
        """Count and keep."""
        for m in messages:
            self.ops["messages"] += 1
            self.ops["message bytes"] += max(1024, len(m.data) + 4 * len(m.id))  # Pub/Sub bills at least 1 KiB
        self.queue += messages


@dataclass
class Standing:
    """A clock that stands."""

    at: datetime = DAY

    def now(self) -> datetime:
        """The instant."""
        return self.at


def operations(found: PipelineMap, kind: str) -> Counter[str]:
    """Documents read and written, messages and units of one run of a kind with every unit well; or of a sweep."""
    state, events = Counted(), Taken()
    engine = Engine(found, state, events, Standing())
    ops: Counter[str] = Counter()
    if kind == "sweep":
        events.publish([message(found.request_topics.sweep, SweepRequested(at=DAY))])
        engine.sweep()
    else:
        request = RunRequested(request_id=kind, kind=kind, from_date=DAY.date(), to_date=DAY.date())
        events.publish([message(found.request_topics.run, request)])
        engine.open_run(request)
    for event in _requested(events):
        engine.begin(event, "worker")
        engine.complete(event, {"outcome": "ok", "reason": "", "hash": "", "evidence": {}})
        ops["units"] += 1
    return ops + state.ops + events.ops


def _requested(events: Taken) -> Iterator[UnitRequested]:
    while events.queue:
        event = events.queue.pop().event()
        if isinstance(event, UnitRequested):
            yield event


def per_day(found: PipelineMap) -> dict[str, int]:
    """How often a day asks for each kind of run, and for a sweep."""
    begin = DAY.astimezone(ZoneInfo(found.time_zone)).replace(hour=0, minute=0)
    fired = ticks(found, begin - timedelta(seconds=1), begin + timedelta(days=1) - timedelta(seconds=1))
    kept = [t.schedule.run or "sweep" for t in fired if t.schedule.only_if == "always"]
    return dict(Counter(kept))


def main(arguments: list[str]) -> int:
    """Print the tables of docs/cost.md."""
    found, sizes = pipeline_map(), volumes(Path(arguments[0]))
    say = sys.stdout.write
    say("| table | rows | bytes a row | copies | KiB a game day | MiB a season |\n|---|" + "---:|" * 5 + "\n")
    for name, v in sizes.items():
        season = v.day_bytes * GAME_DAYS / (1 << 20)
        say(f"| {name} | {v.rows:.0f} | {v.row_bytes:.0f} | {v.copies} | {v.day_bytes / 1024:.0f} | {season:.1f} |\n")
    everything = sum(v.day_bytes for v in sizes.values())
    say(f"| all | | | | {everything / 1024:.0f} | {everything * GAME_DAYS / (1 << 20):.0f} |\n\n")
    say("| run | 1 season | 2 | 4 | 8 | billed at 8 |\n|---|---:|---:|---:|---:|---:|\n")
    for kind in found.daily_kinds():
        read = [scanned(found, sizes, n)[kind] for n in (1, 2, 4, 8)]
        shown = " | ".join(f"{r / (1 << 20):.1f}" for r, _ in read)
        say(f"| {kind} | {shown} | {read[-1][1] / (1 << 20):.0f} |\n")
    say(
        "\n| run | times a day | units | documents read | written | messages | billed KiB |\n|---|" + "---:|" * 6 + "\n"
    )
    for kind, times in per_day(found).items():
        o = operations(found, kind)
        counted = f"{o['units']} | {o['reads']} | {o['writes']} | {o['messages']} | {o['message bytes'] >> 10}"
        say(f"| {kind} | {times} | {counted} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
