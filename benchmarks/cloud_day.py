"""What a busy day asks of BigQuery, counted from the map, beside its quotas; and 16 writers of one table at once.

`python -m benchmarks.cloud_day` writes both into docs/cost.md. The day has every scheduled run and, between the first
and the last pregame run, one more generation every 15 minutes that does all that follows from a changed injury report.
Quotas are those of https://cloud.google.com/bigquery/quotas; how long a statement takes is assumed.
"""

import heapq
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.volumes import per_day
from shared.adapters.cloud.bigquery import FIRST_WAIT_S, LONGEST_WAIT_S, MAX_TRIES
from shared.map.loader import pipeline_map
from shared.map.model import PipelineMap, Unit

COST = Path(__file__).parents[1] / "docs" / "cost.md"
BEGIN, END = "<!-- cloud_day -->", "<!-- /cloud_day -->"
INJURIES = "nba_raw.nbac_injury_report"
LOOP_EVERY_MIN = 15
STATEMENTS_PER_WRITE = 6  # of the script: fence, quarantine, delete, insert, commit, count
QUOTAS = {  # what is limited -> how much of it
    "load jobs of one staging table": 1_500,
    "load jobs of the project": 100_000,
    "changes of one table's partitions": 30_000,
    "statements that change rows, of one table at a time": 2 + 20,  # running and waiting
    "calls of one method per second": 100,
}
# Assumed seconds of each step of a write, as of small rows on shared slots.
LOAD_S, JUDGE_S, BEFORE_CONFLICT_S, TRANSACTION_S = 4.0, 2.0, 2.0, 6.0
WRITERS, DAYS_PLAYED = 16, 300


@dataclass(frozen=True)
class Day:
    """Counts of one day: units by name, writes by table, queries, and load jobs of one function's staging at most."""

    generations: int
    units: Counter[str]
    writes: Counter[str]
    queries: int
    widest: int

    @property
    def loads(self) -> int:
        """Every write loads its rows first."""
        return self.writes.total()


def follows(m: PipelineMap, kind: str, table: str) -> set[str]:
    """The units of a kind of run that read a table, or what one of those writes."""
    changed, found = {table}, set[str]()
    units = {u.name: u for u in _units(m, kind)}
    while new := {n for n, u in units.items() if n not in found and changed & set(u.reads)}:
        found |= new
        changed |= {w for n in new if (w := units[n].writes)}
    return found


def _units(m: PipelineMap, kind: str) -> Iterator[Unit]:
    for phase in m.runs[kind].phases.values():
        for name in phase.units:
            yield m.functions[phase.function].units[name]


def day(m: PipelineMap) -> Day:
    """The busiest day that the map foresees, with the loop."""
    times = per_day(m)
    loop = loop_generations(m)
    after = follows(m, "pregame", INJURIES)
    done: list[Unit] = [u for kind, n in times.items() if kind in m.runs for _ in range(n) for u in _units(m, kind)]
    done += [
        u for _ in range(loop) for u in _units(m, "pregame") if u.name in after or u.writes == INJURIES or _brings(u)
    ]
    writes = Counter(u.writes for u in done if u.writes)
    queries = sum(max(1, len(u.inputs)) for u in done if u.reads)
    phases = [p for run in m.runs.values() for p in run.phases.values()]
    return Day(
        times["pregame"] + loop, Counter(u.name for u in done), writes, queries, max(len(p.units) for p in phases)
    )


def _brings(unit: Unit) -> bool:
    """Whether it fetches the report."""
    return unit.feed == INJURIES.partition(".")[2] and not unit.writes


def loop_generations(m: PipelineMap) -> int:
    """How many quarters of an hour lie between the first and the last pregame run, without those that have one."""
    hours = m.schedules["pregame"].cron.split()[1].split("-")
    quarters = (int(hours[1]) - int(hours[0]) + 1) * 60 // LOOP_EVERY_MIN
    return quarters - per_day(m)["pregame"]


def asked(found: Day) -> dict[str, int]:
    """What the day asks of each quota. A burst is one phase whose units start in the same second."""
    busiest = max(found.writes.values())
    return {
        "load jobs of one staging table": 1,  # each write has a table of its own
        "load jobs of the project": found.loads,
        "changes of one table's partitions": busiest * STATEMENTS_PER_WRITE,
        "statements that change rows, of one table at a time": found.widest,
        "calls of one method per second": 3 * found.widest,
    }


# -- writers of one table at once --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Played:
    """How one burst of writers went: the seconds until the last was through, the most tries, how many gave up."""

    seconds: float
    tries: int
    gave_up: int


def play(writers: int, seed: int, *, deletes: bool) -> Played:
    """Writers that begin at once: each loads, judges and tries its transaction as the adapter does.

    Where rows are deleted, of two transactions on one table the later is cancelled once it changes rows.
    """
    chance = random.Random(seed)
    waiting = [(LOAD_S + JUDGE_S + chance.random(), n, 1) for n in range(writers)]
    heapq.heapify(waiting)
    busy_until, last, most, gave_up = 0.0, 0.0, 0, 0
    while waiting:
        at, writer, attempt = heapq.heappop(waiting)
        most = max(most, attempt)
        if not deletes or at >= busy_until:
            busy_until = at + TRANSACTION_S
            last = max(last, busy_until)
        elif attempt == MAX_TRIES:
            gave_up += 1
        else:
            pause = chance.uniform(0.5, 1) * min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**attempt)
            heapq.heappush(waiting, (at + BEFORE_CONFLICT_S + pause, writer, attempt + 1))
    return Played(last, most, gave_up)


def worst(played: Iterable[Played]) -> Played:
    """The worst of several, each figure by itself."""
    rows = list(played)
    return Played(max(p.seconds for p in rows), max(p.tries for p in rows), max(p.gave_up for p in rows))


# -- the page ----------------------------------------------------------------------------------------------------------


def section(m: PipelineMap) -> str:
    """The part of docs/cost.md."""
    found = day(m)
    used = asked(found)
    counts = f"{found.units.total():,} units, {found.queries:,} queries, {found.loads:,} writes"
    loop = f"a loop that every {LOOP_EVERY_MIN} minutes does all that follows from a changed injury report"
    writing = f"load {LOAD_S:.0f} s, check {JUDGE_S:.0f} s, transaction {TRANSACTION_S:.0f} s, all assumed"
    lines = [
        f"A day with {found.generations} pregame generations, {per_day(m)['pregame']} as scheduled and the others of",
        f"{loop}: {counts}.",
        "",
        "| of BigQuery | such a day | limit |",
        "| --- | ---: | ---: |",
        *(f"| {what} | {used[what]:,} | {limit:,} |" for what, limit in QUOTAS.items()),
        "",
        f"{WRITERS} writers of one table at once, the worst of {DAYS_PLAYED:,} simulated bursts ({writing}):",
        "",
        "| | the last is through after | tries | give up |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, deletes in (
        ("they only insert, as systems do", False),
        ("each replaces rows, as when all are asked again", True),
    ):
        p = worst(play(WRITERS, seed, deletes=deletes) for seed in range(DAYS_PLAYED))
        lines.append(f"| {name} | {p.seconds:.0f} s | {p.tries} | {p.gave_up} |")
    return "\n".join(lines)


def main() -> int:
    """Write the section into the page."""
    before, _, rest = COST.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    COST.write_text(f"{before}{BEGIN}\n{section(pipeline_map())}\n{END}{after}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
