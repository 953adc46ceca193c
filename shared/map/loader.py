"""The map `shared/pipeline.yaml` as frozen values; loading it checks that its parts fit together."""

from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from shared.contracts.rows import tables
from shared.errors import UserError
from shared.map.implemented import disagreements, unit_lines

MAP_PATH = Path(__file__).parent.parent / "pipeline.yaml"


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


def _function(name: str, raw: dict[str, Any]) -> Function:
    units = {n: Unit(name=n, function=name, **(u or {})) for n, u in raw["units"].items()}
    check = Unit("grade_check", name, **raw["grade_check"]) if "grade_check" in raw else None
    return Function(name, tuple(raw["subscribes"]), raw["timeout_s"], units, check)


def _phase(name: str, raw: dict[str, Any]) -> Phase:
    critical = tuple(raw["critical"]) if "critical" in raw else None
    return Phase(
        name, raw["function"], tuple(raw["units"]), raw.get("after"), critical, raw["deadline_min"], raw["publishes"]
    )


def parse_map(text: str) -> PipelineMap:
    """The map from its YAML text; UserError names everything that does not fit."""
    import yaml

    document = yaml.compose(text)
    assert document is not None
    raw = yaml.safe_load(text)
    runs = {
        kind: RunKind(
            kind, r["about"], {n: _phase(n, p) for n, p in r["phases"].items()}, r.get("builds_own_slates", False)
        )
        for kind, r in raw["runs"].items()
    }
    schedules = {
        n: Schedule(n, s["cron"], s["topic"], s.get("run"), s.get("day_offset", 0), s.get("only_if", "always"))
        for n, s in raw["schedules"].items()
    }
    found = PipelineMap(
        hash=sha256(text.encode()).hexdigest()[:16],
        time_zone=raw["time_zone"],
        settings=raw["settings"],
        assumptions=raw["assumptions"],
        coverage=raw["coverage"],
        engine=raw["engine"],
        watch=raw["watch"],
        topics={n: t["about"] for n, t in raw["topics"].items()},
        schedules=schedules,
        functions={n: _function(n, f) for n, f in raw["functions"].items()},
        runs=runs,
    )
    problems = [*_unit_problems(found), *_phase_problems(found), *_topic_problems(found)]
    problems += disagreements(found, unit_lines(document))
    if problems:
        raise UserError(f"{MAP_PATH.name}: " + "; ".join(problems))
    return found


def _unit_problems(m: PipelineMap) -> list[str]:
    known = tables()
    problems = []
    for function in m.functions.values():
        for unit in function.units.values():
            named = [*unit.reads, *([unit.writes] if unit.writes else [])]
            problems += [f"{unit.name}: no table {t}" for t in named if t not in known]
            if sum(x is not None for x in (unit.feed, unit.query, unit.compute)) != 1:
                problems.append(f"{function.name}.{unit.name}: needs exactly one of feed, query, compute")
            if unit.window not in ("slate", "next_slate"):
                problems.append(f"{unit.name}: window {unit.window} is not slate or next_slate")
    return problems


def _phase_problems(m: PipelineMap) -> list[str]:
    problems = []
    for kind in m.runs.values():
        seen: set[str] = set()
        for phase in kind.phases.values():
            where = f"{kind.name}.{phase.name}"
            if phase.function not in m.functions:
                problems.append(f"{where}: no function {phase.function}")
                continue
            problems += [f"{where}: no unit {u}" for u in phase.units if u not in m.functions[phase.function].units]
            if phase.after is not None and phase.after not in seen:
                problems.append(f"{where}: comes after {phase.after}, which is not above it")
            if not set(phase.critical or ()) <= set(phase.units):
                problems.append(f"{where}: critical units that are not units of the phase")
            seen.add(phase.name)
    return problems


def _topic_problems(m: PipelineMap) -> list[str]:
    published = {p.publishes for k in m.runs.values() for p in k.phases.values()}
    published |= {s.topic for s in m.schedules.values()} | {"nba-scrape-trigger"}
    consumed = {t for f in m.functions.values() for t in f.subscribes}
    problems = [f"topic {t} is not in topics" for t in sorted((published | consumed) - set(m.topics))]
    problems += [f"topic {t} has no consumer" for t in sorted(set(m.topics) - consumed)]
    problems += [f"topic {t} has no producer" for t in sorted(set(m.topics) - published)]
    for kind in m.runs.values():
        for phase in kind.phases.values():
            topic = m.request_topic(kind.name, phase.name)
            if phase.function in m.functions and topic not in m.functions[phase.function].subscribes:
                problems.append(f"{kind.name}.{phase.name}: {phase.function} does not subscribe to {topic}")
    return problems


@cache
def pipeline_map() -> PipelineMap:
    """The map of this checkout."""
    return parse_map(MAP_PATH.read_text("utf-8"))
