"""Bytes that each daily query reads as history grows, for docs/cost.md: `python -m benchmarks.scans HOME`.

The sizes of partitions are measured in the warehouse of a home, for its last day with box scores, as if history began
1, 4 or 8 seasons ago; the map says how far back each unit reads. BigQuery reads whole partitions of the columns that a
query uses; all columns are counted here, so the figures are upper bounds.
"""

import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.volumes import copies, queries, row_bytes
from shared.contracts.rows import tables
from shared.map.loader import pipeline_map
from shared.map.model import PipelineMap, Unit

SEASONS = (1, 4, 8)
FIRST_MONTH = 7  # each season ends before July and begins after it
KINDS = pipeline_map().daily_kinds()
Partitions = Mapping[str, Mapping[date, float]]


def partitions(home: Path) -> dict[str, dict[date, float]]:
    """Bytes of each day's partition of each table; where generations are kept, with all that a day may bring."""
    sizes: dict[str, dict[date, float]] = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as db:
        for name, table in tables().items():
            generations = "COUNT(DISTINCT generation)" if table.keep_generations else "1"
            sql = f"SELECT {table.partition}, SUM({row_bytes(table)}) / {generations} FROM {name} GROUP BY 1"
            sizes[name] = {day: weight * copies(table) for day, weight in db.execute(sql).fetchall()}
    return sizes


def history_start(day: date, seasons: int) -> date:
    """The first day of the history when this many seasons are kept, including the current one."""
    return date(day.year - (day.month < FIRST_MONTH) - (seasons - 1), FIRST_MONTH, 1)


def bytes_read(unit: Unit, sizes: Partitions, day: date, start: date) -> float:
    """Bytes that the unit's queries read on a day: of each table the days that the map allows, once per query."""
    total = 0.0
    for table, back in unit.reads.items():
        first = max(start, day - timedelta(days=back))
        total += sum(weight for at, weight in sizes[table].items() if first <= at <= day)
    return total * queries(unit)


def by_query(pipeline: PipelineMap, sizes: Partitions, day: date) -> dict[str, tuple[float, ...]]:
    """Per kind of run and unit that reads tables: bytes at each of `SEASONS`."""
    return {
        f"{kind} {phase.function}.{name}": tuple(bytes_read(unit, sizes, day, history_start(day, n)) for n in SEASONS)
        for kind in KINDS
        for phase in pipeline.runs[kind].phases.values()
        for name, unit in ((n, pipeline.unit(phase.function, n)) for n in phase.units)
        if unit.reads
    }


def main(arguments: list[str]) -> int:
    """Print the table; exit 1 if a daily query reads more with eight seasons than with four."""
    sizes = partitions(Path(arguments[0]))
    day = max(sizes["nba_analytics.player_game_summary"])
    read = by_query(pipeline_map(), sizes, day)
    write = sys.stdout.write
    write(f"| query, on {day} | {' | '.join(f'{n} seasons' for n in SEASONS)} |\n|---|" + "---:|" * len(SEASONS) + "\n")
    for name, weights in read.items():
        write(f"| {name} | {' | '.join(f'{w / 1024:,.0f}' for w in weights)} |\n")
    sums = [sum(column) / 1024 for column in zip(*read.values(), strict=True)]
    write(f"| all, KiB | {' | '.join(f'{s:,.0f}' for s in sums)} |\n")
    return int(any(four != eight for _, four, eight in read.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
