"""The map as frozen values: functions and their units, kinds of runs and their phases, schedules, topics."""

from collections.abc import Collection
from dataclasses import field
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic.dataclasses import dataclass

from shared.contracts.work import QuoteLimits, StakeLimits

STRICT = ConfigDict(extra="forbid", defer_build=True)


def _named(entries: Any, info: ValidationInfo) -> Any:
    """The entries of a mapping in the YAML with their keys as names; a unit also gets its function's name."""
    if not isinstance(entries, dict):
        return entries
    more = {"function": info.data.get("name")} if info.field_name == "units" else {}
    return {n: {**e, "name": n, **more} if isinstance(e, dict) else e for n, e in entries.items()}


Named = BeforeValidator(_named)


@dataclass(frozen=True, config=STRICT)
class Unit:
    """One piece of work of a function: a feed to fetch or parse, a query, or a computation in the core.

    `reads` maps a table to the days before the window that may be scanned; a unit with `feeds_prediction` reads only
    through the as_of door. The window is the run's dates (`slate`) with `ahead_days` more, or the `next_slate`.
    `facts` names a query of one row of counts, from which the function's core derives the unit's outcome. A unit with
    `opens_slate` determines whether there are games at all. `may_be_empty` is the reason to give for no rows. An answer
    of a fetched feed `brings` this, in sentences: `box score`.
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
    brings: str = ""


@dataclass(frozen=True, config=STRICT)
class GradeCheck:
    """The query by which the monitor checks the grades of a window, and the tables it reads."""

    query: str
    reads: dict[str, int]


@dataclass(frozen=True, config=STRICT)
class Function:
    """One deployed function: the topics that it subscribes to and the units that it can do."""

    name: str
    subscribes: tuple[str, ...]
    timeout_s: int
    units: Annotated[dict[str, Unit], Named]
    grade_check: GradeCheck | None = None


@dataclass(frozen=True, config=STRICT)
class Phase:
    """One phase of a kind of run. `critical` units suffice to go on degraded (None: all units are needed)."""

    name: str
    function: str
    units: tuple[str, ...]
    deadline_min: int
    publishes: str
    after: str | None = None
    critical: tuple[str, ...] | None = None


def fetches(phase: str) -> bool:
    """Whether a phase of this name fetches bytes and writes no rows: `scrape`, or `scrape_` and what."""
    return phase == "scrape" or phase.startswith("scrape_")


@dataclass(frozen=True, config=STRICT)
class RunKind:
    """One kind of run: its phases in the order of the map, and the credits that it may spend for one date."""

    name: str
    about: str
    phases: Annotated[dict[str, Phase], Named]
    builds_own_slates: bool = False
    credits: int = 0

    def has(self, phases: Collection[str]) -> bool:
        """Whether the kind has these phases, each first or after one of them; those of an older map may differ."""
        return all(name in self.phases and self.phases[name].after in (None, *phases) for name in phases)

    def first(self) -> tuple[Phase, ...]:
        """The phases that start when the run opens."""
        return tuple(p for p in self.phases.values() if p.after is None)

    def fetching(self, unit: str) -> str | None:
        """The phase that fetches what a unit of the same name parses; None if none does."""
        return next((p.name for p in self.phases.values() if fetches(p.name) and unit in p.units), None)

    def after(self, phase: str) -> tuple[Phase, ...]:
        """The phases that start when `phase` settles."""
        return tuple(p for p in self.phases.values() if p.after == phase)


@dataclass(frozen=True, config=STRICT)
class Schedule:
    """A cron line in the map's time zone, and the run that it asks for (None: a sweep).

    `only_if` and `redo` are the request's.
    """

    name: str
    cron: str
    run: str | None = None
    day_offset: int = 0
    only_if: Literal["always", "not_whole"] = "always"
    redo: tuple[str, ...] = ()

    @property
    def opens_always(self) -> bool:
        """Whether each tick opens a generation, whatever stands."""
        return self.only_if == "always" and not self.redo


@dataclass(frozen=True, config=STRICT)
class AskAgain:
    """When to ask again for what is missing: these minutes after each other, the last repeats.

    `until_min` minutes after the run's `as_of` at the latest, and only of these sources: others never change.
    """

    after_min: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=1)]
    until_min: int
    sources: tuple[str, ...]


@dataclass(frozen=True, config=STRICT)
class RequestTopics:
    """The topics on which work is asked for: runs, the first units of an opened run, sweeps."""

    run: str
    first_units: str
    sweep: str


@dataclass(frozen=True, config=STRICT)
class PipelineMap:
    """The whole map; `hash` identifies the file it was read from."""

    hash: str
    version: Literal[1]
    time_zone: str
    settings: dict[str, Any]
    assumptions: dict[str, int]
    quotes: QuoteLimits
    stakes: StakeLimits
    coverage: dict[str, int | float]
    engine: dict[str, int]
    watch: dict[str, int]
    ask_again: AskAgain
    request_topics: RequestTopics
    topics: dict[str, str]  # with what a message on the topic says
    schedules: Annotated[dict[str, Schedule], Named]
    functions: Annotated[dict[str, Function], Named]
    runs: Annotated[dict[str, RunKind], Named]

    def __hash__(self) -> int:
        """The hash of the file that the map was read from."""
        return hash(self.hash)

    def daily_kinds(self) -> list[str]:
        """The kinds of runs that schedules ask for: every date should have one of each."""
        scheduled = {s.run for s in self.schedules.values()}
        return [k for k in self.runs if k in scheduled]

    def kind_with(self, function: str) -> str:
        """The kind of run in which a function works: predict's and grade's are one each."""
        return next(k for k, run in self.runs.items() if any(p.function == function for p in run.phases.values()))

    def backfill_kind(self) -> str:
        """The kind of run for a window of past dates, which builds the slates that it works for."""
        return next(k for k, run in self.runs.items() if run.builds_own_slates)

    def unit(self, function: str, name: str) -> Unit:
        """A unit by function and name; KeyError if the map has none."""
        return self.functions[function].units[name]

    def writers(self) -> list[str]:
        """The names of the units that write a table: each has a fence in the cloud's warehouse."""
        return sorted(u.name for f in self.functions.values() for u in f.units.values() if u.writes)

    def brought_by(self, unit: Unit) -> str:
        """What an answer of the unit's feed brings, as its fetching unit says; else the unit's name."""
        known = (u for function in self.functions.values() for u in function.units.values())
        return next((u.brings for u in known if u.brings and u.feed == unit.feed), unit.name)

    def unit_topic(self, kind: str, phase: str) -> str:
        """The topic on which a phase's units are asked for: what its predecessor publishes."""
        before = self.runs[kind].phases[phase].after
        return self.runs[kind].phases[before].publishes if before else self.request_topics.first_units

    def share_min(self, kind: str, phase: str) -> int:
        """The minutes that a phase has from the verdict before it: those between the two deadlines, but not too few."""
        found = self.runs[kind].phases[phase]
        between = found.deadline_min - (self.runs[kind].phases[found.after].deadline_min if found.after else 0)
        return max(between, self.engine["least_share_min"])

    def subscribers(self, topic: str) -> tuple[str, ...]:
        """The functions that subscribe to a topic."""
        return tuple(f.name for f in self.functions.values() if topic in f.subscribes)
