"""Plan a backfill on Google Cloud before anything runs: `python -m tools.backfill FROM TO`.

A backfill run does each unit once for its whole window, so a window must be short enough for the unit that is slowest
per day: half of its function's time-out, half of a Firestore document, and the paid requests that the map grants to one
run. The command prints the windows with the command for each, and what all of them take and cost. Seconds, sizes and
prices are assumed, as said beside them. Windows are asked for one after another: later ones read earlier ones.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.map.model import PipelineMap, Unit

KIND = "backfill"
SEASON_BEGINS, SEASON_ENDS = (10, 15), (6, 25)  # at the earliest and at the latest
OTHER_SEASONS = {  # by the year in which they began: those of the pandemic
    2019: (date(2019, 10, 15), date(2020, 10, 12)),
    2020: (date(2020, 12, 20), date(2021, 7, 23)),
}
GAMES_PER_DAY = 7.5
GAMES_AT_MOST = 15  # on one date: what a window's last day may have
PLAYERS_PER_GAME = 26
# Requests of a game day, by feed, as the plans of functions/scrape make them for past seasons; the others are asked for
# by window.
REQUESTS_PER_GAME = {"odds_api_player_points_props": 1}
REQUESTS_PER_DAY = {"odds_api_player_points_props": 1, "odds_api_game_lines": 1, "nbac_injury_report": 2}
CREDITS_PER_REQUEST = {"odds_api_player_points_props": 10, "odds_api_game_lines": 30}  # a snapshot of the past
REQUEST_S = 1.5  # one request with its archive, assumed
DOCUMENT_BYTES_PER_REQUEST = 400  # of what is named in a unit's document: address, hash and reason, assumed
DOCUMENT_BYTES = 1_000_000
QUERY_S, QUERY_S_PER_DAY = 20.0, 1.0  # a unit that computes: at rest, and per day of its window, assumed
SAFETY = 0.5  # of a limit
MIN_BILLED, DAY_BYTES = 10 << 20, 400 << 10  # of each table of a query: BigQuery's least, and a day's rows
COPIES_READ = 2  # a write reads what it staged, and what stands
VCPU_S, GIB_S, TIB_BILLED = 0.000024, 0.0000025, 6.25  # dollars, as docs/cost.md assumes
GIB = 1.3


@dataclass(frozen=True)
class Window:
    """Dates of one run, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many dates."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class Bound:
    """How many days a window may have, and the unit and limit that say so."""

    days: int
    unit: str
    limit: str


@dataclass(frozen=True)
class Totals:
    """What all windows take."""

    units: int
    seconds: float
    billed: float
    credits: int

    @property
    def dollars(self) -> float:
        """Of Google; the paid requests are the odds source's."""
        return self.seconds * (VCPU_S + GIB * GIB_S) + self.billed / (1 << 40) * TIB_BILLED


def units(m: PipelineMap) -> Iterator[tuple[Unit, float]]:
    """The units of a backfill run with their functions' time-outs."""
    for phase in m.runs[KIND].phases.values():
        function = m.functions[phase.function]
        yield from ((function.units[name], function.timeout_s) for name in phase.units)


def requests_per_day(unit: Unit, games: float) -> float:
    """Requests of a date with so many games; 0 for a unit that fetches nothing, or by window."""
    if not unit.feed or unit.writes:
        return 0.0
    return REQUESTS_PER_DAY.get(unit.feed, 0) + games * REQUESTS_PER_GAME.get(unit.feed, 0)


def seconds(unit: Unit, days: int, games: float = GAMES_PER_DAY) -> float:
    """How long a unit takes for a window."""
    if unit.feed and not unit.writes:
        return REQUEST_S * (8 + days * requests_per_day(unit, games))
    return QUERY_S + QUERY_S_PER_DAY * days


def credits_per_day(unit: Unit, games: float) -> float:
    """Paid requests of a date."""
    return requests_per_day(unit, games) * CREDITS_PER_REQUEST.get(unit.feed or "", 0)


def bound(m: PipelineMap) -> Bound:
    """The longest window in which every unit stays within its limits, with as many games a date as there can be."""
    found = []
    for unit, timeout_s in units(m):
        per_day = seconds(unit, 1, GAMES_AT_MOST) - seconds(unit, 0, GAMES_AT_MOST)
        if per_day:
            room = SAFETY * timeout_s - seconds(unit, 0, GAMES_AT_MOST)
            found.append(Bound(int(room / per_day), unit.name, f"time-out of {timeout_s} s"))
        if named := requests_per_day(unit, GAMES_AT_MOST) * DOCUMENT_BYTES_PER_REQUEST:
            found.append(Bound(int(SAFETY * DOCUMENT_BYTES / named), unit.name, "size of a document"))
    paid = sum(credits_per_day(unit, GAMES_PER_DAY) for unit, _ in units(m))
    found.append(Bound(int(m.runs[KIND].credits / paid), "odds", f"{m.runs[KIND].credits} paid requests of a run"))
    return min(found, key=lambda b: b.days)


def windows(m: PipelineMap, first: date, last: date) -> list[Window]:
    """The windows in their order: within a season each, none longer than the bound, all dates with games covered."""
    longest, found = bound(m).days, []
    for year in range(first.year - 1, last.year + 1):
        begins, ends = OTHER_SEASONS.get(year) or (date(year, *SEASON_BEGINS), date(year + 1, *SEASON_ENDS))
        day, end = max(first, begins), min(last, ends)
        while day <= end:
            found.append(Window(day, min(end, day + timedelta(days=longest - 1))))
            day = found[-1].last + timedelta(days=1)
    return found


def totals(m: PipelineMap, planned: Sequence[Window]) -> Totals:
    """What the windows take, every date counted as one with games."""
    all_units = [unit for unit, _ in units(m)]
    days = sum(w.days for w in planned)
    billed = 0.0
    for unit in all_units:
        tables = len(unit.reads) * max(1, len(unit.inputs)) + (COPIES_READ if unit.writes else 0)
        history = max(unit.reads.values(), default=0)
        billed += sum(tables * max(MIN_BILLED, (w.days + history) * DAY_BYTES) for w in planned)
    return Totals(
        len(all_units) * len(planned),
        sum(seconds(unit, w.days) for unit in all_units for w in planned),
        billed,
        round(days * sum(credits_per_day(unit, GAMES_PER_DAY) for unit in all_units)),
    )


def report(m: PipelineMap, first: date, last: date) -> str:
    """The plan as text; UserError if there is nothing to plan."""
    planned = windows(m, first, last)
    if not planned:
        raise UserError(f"no date of a season between {first} and {last}")
    limit, all_of_it = bound(m), totals(m, planned)
    taken = f"{all_of_it.units:,} units, {all_of_it.seconds / 3600:.1f} hours of them, at assumed seconds"
    cost = (
        f"${all_of_it.dollars:.2f} of Google's at assumed prices, {all_of_it.credits:,} credits of The Odds API at most"
    )
    lines = [
        f"{len(planned)} windows of at most {limit.days} days: {limit.unit} is bound by the {limit.limit}",
        f"{taken}; {cost}",
        "ask for each when the one before is complete (tipoff status --run WINDOW.backfill):",
        *(f"tipoff request {KIND} {w.first} --to {w.last}" for w in planned),
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """The command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.backfill", description="Plan a backfill, with its cost.")
    parser.add_argument("first", type=date.fromisoformat, help="the first date, as 2017-10-17")
    parser.add_argument("last", type=date.fromisoformat, help="the last date")
    given = parser.parse_args(arguments)
    try:
        sys.stdout.write(report(pipeline_map(), given.first, given.last) + "\n")
    except UserError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
