"""Rows, bytes, documents and messages of a game day, for docs/cost.md: `python -m benchmarks.volumes HOME`.

Rows and their sizes are measured in the warehouse of a home. The map says which tables each query reads, how far back,
and how often each run is requested. Documents and messages are counted by running the map on the engine with every unit
successful. Sizes are as BigQuery counts them: 8 bytes for a number or date, 1 for a boolean, 2 + length for a text.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb

from shared.adapters.local.state import SqliteState
from shared.clock import VirtualClock
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
    """What a table grows by on a day with rows: `copies` is the number of generations that are kept."""

    rows: float
    row_bytes: float
    copies: int = 1

    @property
    def day_bytes(self) -> float:
        """Bytes of one day's partition."""
        return self.rows * self.row_bytes * self.copies


def row_bytes(table: Table) -> str:
    """SQL for the logical size of a row in bytes; NULL takes none."""
    parts = []
    for c in table.columns:
        size = _SIZES.get(c.type, f'2 + strlen("{c.name}")')
        size = f'8 * len("{c.name}")' if c.type.startswith("ARRAY") else size
        parts.append(f'COALESCE(IF("{c.name}" IS NULL, 0, {size}), 0)')
    return " + ".join(parts)


def volumes(home: Path) -> dict[str, Volume]:
    """Rows per day and bytes per row of every table that has rows in the home."""
    sizes = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as db:
        for name, table in tables().items():
            days = f"COUNT(DISTINCT ({table.partition}, {'generation' if table.keep_generations else 0}))"
            sql = f"SELECT COUNT(*) / {days}, AVG({row_bytes(table)}) FROM {name} HAVING COUNT(*) > 0"
            if row := db.execute(sql).fetchone():
                sizes[name] = Volume(row[0], row[1], copies(table))
    return sizes


def copies(table: Table) -> int:
    """How many generations of a day are kept: at most one for each time that the writing run is requested."""
    pipeline = pipeline_map()
    writers = [
        k for k, run in pipeline.runs.items() for p in run.phases.values() if _writes(pipeline, p, table.full_name)
    ]
    return sum(per_day(pipeline).get(kind, 0) for kind in set(writers)) if table.keep_generations else 1


def _writes(pipeline: PipelineMap, phase: Phase, table: str) -> bool:
    return any(pipeline.unit(phase.function, u).writes == table for u in phase.units)


def scanned(pipeline: PipelineMap, sizes: dict[str, Volume], seasons: int) -> dict[str, tuple[float, float]]:
    """By kind of run: bytes that its queries read with this many seasons of history, and bytes that are billed."""
    total = {}
    for kind in pipeline.daily_kinds():
        units = [pipeline.unit(p.function, u) for p in pipeline.runs[kind].phases.values() for u in p.units]
        reads = [(t, days) for u in units for t, days in u.reads.items() for _ in range(queries(u))]
        read = [_days_with_games(days, seasons) * sizes[t].day_bytes for t, days in reads if t in sizes]
        total[kind] = (sum(read), sum(max(MIN_BILLED, r) for r in read) + MIN_BILLED * (len(reads) - len(read)))
    return total


def queries(unit: Unit) -> int:
    """The number of queries of the unit, each of which may read any of its tables."""
    return len(unit.inputs) + (unit.query is not None) + (unit.facts is not None)


def _days_with_games(days: int, seasons: int) -> float:
    """Days with rows among today and the `days` before, if the warehouse holds this many seasons."""
    return 1 + min(days, seasons * SEASON_DAYS) * GAME_DAYS / SEASON_DAYS


class CountedState(SqliteState):
    """State that counts the operations that Firestore bills."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
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
        """Count a read for each document."""
        self.ops["reads"] += len(doc_ids)
        return super().get_many(collection, doc_ids)

    def find(self, collection: str, state: str, limit: int = 1000) -> list[Stored]:
        """Count a read for each document of the result, at least one."""
        listed = super().find(collection, state, limit)
        self.ops["reads"] += max(1, len(listed))
        return listed


@dataclass
class CountedEvents:
    """Events that count and keep messages."""

    queue: list[Message] = field(default_factory=list)
    ops: Counter[str] = field(default_factory=Counter)

    def publish(self, messages: Sequence[Message]) -> None:
        """Count and keep them."""
        for m in messages:
            self.ops["messages"] += 1
            self.ops["message bytes"] += max(1024, len(m.data) + 4 * len(m.id))  # Pub/Sub bills at least 1 KiB
        self.queue += messages


def operations(pipeline: PipelineMap, kind: str) -> Counter[str]:
    """Documents read and written, messages and units of one run with every unit successful, or of a sweep."""
    events, ops = CountedEvents(), Counter[str]()
    with TemporaryDirectory() as folder, closing(CountedState(Path(folder, "state.db"))) as state:
        engine = Engine(pipeline, state, events, VirtualClock(DAY))
        if kind == "sweep":
            events.publish([message(pipeline.request_topics.sweep, SweepRequested(at=DAY))])
            engine.sweep()
        else:
            request = RunRequested(request_id=kind, kind=kind, from_date=DAY.date(), to_date=DAY.date())
            events.publish([message(pipeline.request_topics.run, request)])
            engine.open_run(request)
        for event in _requested(events):
            engine.begin(event, "worker")
            engine.complete(event, {"outcome": "ok", "reason": "", "hash": "", "evidence": {}})
            ops["units"] += 1
    return ops + state.ops + events.ops


def _requested(events: CountedEvents) -> Iterator[UnitRequested]:
    while events.queue:
        event = events.queue.pop().event()
        if isinstance(event, UnitRequested):
            yield event


def per_day(pipeline: PipelineMap) -> dict[str, int]:
    """How often each kind of run, and a sweep, is requested on a day."""
    begin = DAY.astimezone(ZoneInfo(pipeline.time_zone)).replace(hour=0, minute=0)
    fired = ticks(pipeline, begin - timedelta(seconds=1), begin + timedelta(days=1) - timedelta(seconds=1))
    kept = [t.schedule.run or "sweep" for t in fired if t.schedule.opens_always]
    return dict(Counter(kept))


def main(arguments: list[str]) -> int:
    """Print the tables of docs/cost.md."""
    pipeline, sizes = pipeline_map(), volumes(Path(arguments[0]))
    write = sys.stdout.write
    write("| table | rows | bytes a row | copies | KiB a game day | MiB a season |\n|---|" + "---:|" * 5 + "\n")
    for name, v in sizes.items():
        season = v.day_bytes * GAME_DAYS / (1 << 20)
        write(f"| {name} | {v.rows:.0f} | {v.row_bytes:.0f} | {v.copies} | {v.day_bytes / 1024:.0f} | {season:.1f} |\n")
    everything = sum(v.day_bytes for v in sizes.values())
    write(f"| all | | | | {everything / 1024:.0f} | {everything * GAME_DAYS / (1 << 20):.0f} |\n\n")
    write("| run | 1 season | 2 | 4 | 8 | billed at 8 |\n|---|---:|---:|---:|---:|---:|\n")
    for kind in pipeline.daily_kinds():
        read = [scanned(pipeline, sizes, n)[kind] for n in (1, 2, 4, 8)]
        shown = " | ".join(f"{r / (1 << 20):.1f}" for r, _ in read)
        write(f"| {kind} | {shown} | {read[-1][1] / (1 << 20):.0f} |\n")
    write(
        "\n| run | times a day | units | documents read | written | messages | billed KiB |\n|---|" + "---:|" * 6 + "\n"
    )
    for kind, times in per_day(pipeline).items():
        o = operations(pipeline, kind)
        counted = f"{o['units']} | {o['reads']} | {o['writes']} | {o['messages']} | {o['message bytes'] >> 10}"
        write(f"| {kind} | {times} | {counted} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
