"""What each daily query must read as history grows, for docs/cost.md: `python -m benchmarks.scans HOME`.

Partitions are weighed as they lie in the warehouse of a home, on its last day with box scores, as if kept history began
so many seasons ago; how far back each unit reads is the map's. BigQuery reads whole partitions of the columns it needs:
these are all columns, so an upper bound.
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
FIRST_MONTH = 7  # a season is over before July and begins after it
KINDS = pipeline_map().daily_kinds()
Partitions = Mapping[str, Mapping[date, float]]


def partitions(home: Path) -> dict[str, dict[date, float]]:
    """Bytes of each day's partition of each table; kept generations count as often as a day may bring them."""
    found: dict[str, dict[date, float]] = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as db:
        for name, table in tables().items():
            generations = "COUNT(DISTINCT generation)" if table.keep_generations else "1"
            sql = f"SELECT {table.partition}, SUM({row_bytes(table)}) / {generations} FROM {name} GROUP BY 1"
            found[name] = {day: weight * copies(table) for day, weight in db.execute(sql).fetchall()}
    return found


def history_start(day: date, seasons: int) -> date:
    """The first day that is kept when so many seasons are, the day's own among them."""
    return date(day.year - (day.month < FIRST_MONTH) - (seasons - 1), FIRST_MONTH, 1)


def bytes_read(unit: Unit, found: Partitions, day: date, start: date) -> float:
    """What the unit's queries read on a day: of each table the days that the map allows, once for every query."""
    total = 0.0
    for table, back in unit.reads.items():
        first = max(start, day - timedelta(days=back))
        total += sum(weight for at, weight in found[table].items() if first <= at <= day)
    return total * queries(unit)


def by_query(the_map: PipelineMap, found: Partitions, day: date) -> dict[str, tuple[float, ...]]:
    """Per kind of run and unit that reads tables: bytes at each of `SEASONS`."""
    return {
        f"{kind} {phase.function}.{name}": tuple(bytes_read(unit, found, day, history_start(day, n)) for n in SEASONS)
        for kind in KINDS
        for phase in the_map.runs[kind].phases.values()
        for name, unit in ((n, the_map.unit(phase.function, n)) for n in phase.units)
        if unit.reads
    }


def main(arguments: list[str]) -> int:
    """Print the table; exit 1 if a daily query reads more with eight seasons than with four."""
    found = partitions(Path(arguments[0]))
    day = max(found["nba_analytics.player_game_summary"])
    read = by_query(pipeline_map(), found, day)
    say = sys.stdout.write
    say(f"| query, on {day} | {' | '.join(f'{n} seasons' for n in SEASONS)} |\n|---|" + "---:|" * len(SEASONS) + "\n")
    for name, weights in read.items():
        say(f"| {name} | {' | '.join(f'{w / 1024:,.0f}' for w in weights)} |\n")
    sums = [sum(column) / 1024 for column in zip(*read.values(), strict=True)]
    say(f"| all, KiB | {' | '.join(f'{s:,.0f}' for s in sums)} |\n")
    return int(any(four != eight for _, four, eight in read.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
