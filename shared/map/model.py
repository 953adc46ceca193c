"""The map as frozen values: functions and their units, kinds of runs and their phases, schedules, topics."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Unit:
    """One piece of work of a function: a feed to fetch or parse, a query, or a function of the core.

    `reads` maps a table to the days before the window that may be scanned. A unit that `feeds_prediction`
    reads only through the as_of door. Its window is the run's dates (`slate`), with `ahead_days` more, or the
    `next_slate`. `facts` names a query of one row of counts, by which the
    function's core judges the unit. A unit that `opens_slate` finds out whether there are games at all.
    """

    name: str
    function: str
    feed: str | None = None
    query: str | None = None
    facts: str | None = None
    compute: str | None = None
    model: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    reads: dict[str, int] = field(default_factory=dict)
    writes: str | None = None
    window: str = "slate"
    ahead_days: int = 0
    opens_slate: bool = False
    feeds_prediction: bool = False
    may_be_empty: str | None = None


@dataclass(frozen=True)
class Function:
    """One deployed function: what it listens to and the units it can do."""

    name: str
    subscribes: tuple[str, ...]
    timeout_s: int
    units: dict[str, Unit]
    grade_check: Unit | None = None  # the query by which the monitor checks a date's grades


@dataclass(frozen=True)
class Phase:
    """One phase of a kind of run. `critical` is the set that suffices to go on degraded (None: all units)."""

    name: str
    function: str
    units: tuple[str, ...]
    after: str | None
    critical: tuple[str, ...] | None
    deadline_min: int
    publishes: str


@dataclass(frozen=True)
class RunKind:
    """One kind of run: its phases in the order of the map."""

    name: str
    about: str
    phases: dict[str, Phase]
    builds_own_slates: bool

    def first(self) -> tuple[Phase, ...]:
        """The phases that start when the run opens."""
        return tuple(p for p in self.phases.values() if p.after is None)

    def after(self, phase: str) -> tuple[Phase, ...]:
        """The phases that start when `phase` settles."""
        return tuple(p for p in self.phases.values() if p.after == phase)


@dataclass(frozen=True)
class Schedule:
    """A cron line in the map's time zone, and the message it sends; `only_if` is the request's."""

    name: str
    cron: str
    topic: str
    run: str | None
    day_offset: int
    only_if: Literal["always", "not_whole"] = "always"


@dataclass(frozen=True)
class PipelineMap:
    """The whole map; `hash` identifies the file it was read from."""

    hash: str
    time_zone: str
    settings: dict[str, Any]
    assumptions: dict[str, int]
    coverage: dict[str, float]
    engine: dict[str, int]
    topics: dict[str, str]
    schedules: dict[str, Schedule]
    functions: dict[str, Function]
    runs: dict[str, RunKind]
    watch: dict[str, int] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Of the file that it was read from."""
        return hash(self.hash)

    def unit(self, function: str, name: str) -> Unit:
        """A unit by function and name; KeyError if the map has none."""
        return self.functions[function].units[name]

    def request_topic(self, kind: str, phase: str) -> str:
        """The topic on which a phase's units are asked for: what its predecessor publishes."""
        before = self.runs[kind].phases[phase].after
        return self.runs[kind].phases[before].publishes if before else "nba-scrape-trigger"

    def subscribers(self, topic: str) -> tuple[str, ...]:
        """The functions that listen to a topic."""
        return tuple(f.name for f in self.functions.values() if topic in f.subscribes)
