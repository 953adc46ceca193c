"""What one schedule is about: a small map, requests, poison, how units behave, and how likely each fault is."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

from shared.contracts.events import Message, RunRequested, UnitRequested, message
from shared.map.loader import pipeline_map
from shared.map.model import AskAgain, Function, GradeCheck, Phase, PipelineMap, RunKind, Unit

MAPS = 64
SHORT_MIN, LONG_MIN = 5, 60  # minutes to a phase's deadline
MAX_SKEW_S = 5.0
FOCUSES = ("", "", "", "", "", "", "", "", "deadline", "lease")
REAL_MAP_SHARE = 0.01
REPAIR_SHARE, READ_SHARE, REDO_SHARE = 0.15, 0.7, 0.3
LATE_SHARE = 0.15
ASK_AGAIN = AskAgain(after_min=(5, 10, 20), until_min=60, sources=("nba",))
MONITOR = "coverage_monitor"
MIDDAY = datetime(2024, 1, 15, 17, 0, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2024, 1, 16, 4, 57, tzinfo=UTC)  # 23:57 in New York


@dataclass(frozen=True)
class Faults:
    """The chance of each fault at each decision; a schedule has some of them, seldom all."""

    switch: float
    pause: float
    crash: float
    refuse: float
    lose_reply: float
    network: float
    crash_is_nack: bool
    pause_s: tuple[float, float] = (10.0, 2000.0)


@dataclass(frozen=True)
class Behaviour:
    """How a unit behaves: its kind, how often it fails first, when it is ready, seconds of work per execution.

    A `late` unit fetches two entities, the second of which is there from `ready_at` on.
    """

    kind: str = "ok"
    times: int = 0
    ready_at: float = 0.0
    work_s: float = 2.0


@dataclass(frozen=True)
class World:
    """One schedule's script; all that is random in it later are the decisions of the simulator."""

    map: PipelineMap
    start: datetime
    faults: Faults
    skews: tuple[float, ...]
    publishes: tuple[tuple[float, Message], ...]
    poison: tuple[tuple[float, Message], ...]
    behaviours: dict[tuple[str, str], Behaviour]
    outages: tuple[tuple[float, float, int], ...]
    calm_at: float
    sweep_every: float
    ack_deadline: float
    regrade: bool = False
    default: Behaviour = field(default_factory=Behaviour)


@cache
def synthetic_map(number: int) -> PipelineMap:
    """A map of 1-4 phases with 1-3 units each, as a chain or a fork, some with critical sets."""
    rng = Random(number)
    phases: dict[str, Phase] = {}
    functions: dict[str, Function] = {}
    deadline = 0
    for position in range(rng.choice((1, 1, 2, 2, 2, 3, 4))):
        last = number % 4 == 0 and position > 0
        name = "grade" if last and "grade" not in phases else f"p{position}"
        units = tuple(f"{name}u{i}" for i in range(rng.choice((1, 1, 2, 2, 3))))
        after = None if position == 0 else rng.choice([*phases, list(phases)[-1]])
        critical = rng.choice((None, None, units[:1], units[:2], ()))
        deadline += rng.choice((SHORT_MIN, 10, 20, LONG_MIN))
        function = f"f{position % 2}"
        phases[name] = Phase(name, function, units, deadline, f"topic-{name}", after, critical)
        known = {u: _unit(number, u, function, phases[after] if after else None, functions) for u in units}
        held = functions.get(function)
        functions[function] = Function(function, (), 300, {**(held.units if held else {}), **known})
    listens = tuple(f"topic-{p}" for p in phases if p == "grade" or rng.random() < 0.3)
    functions[MONITOR] = Function(MONITOR, listens, 120, {}, GradeCheck("graded.sql", {}))
    runs = {"day": RunKind("day", "a synthetic run", phases, builds_own_slates=False)}
    return replace(pipeline_map(), hash=f"synthetic-{number}", functions=functions, runs=runs, ask_again=ASK_AGAIN)


def _unit(number: int, name: str, function: str, before: Phase | None, functions: dict[str, Function]) -> Unit:
    """A unit that writes a table of its own and reads some of those of the phase before."""
    rng = Random(f"{number}.{name}")
    tables = [functions[before.function].units[u].writes for u in before.units] if before else []
    reads = {t: 0 for t in tables if t and rng.random() < READ_SHARE}
    return Unit(name, function, feed=name, compute="fake", reads=reads, writes=f"sim.{name}")


@cache
def _maps_for(focus: str) -> tuple[int, ...]:
    """The numbers of the maps in which the races that a focus aims at can happen."""
    first = {n: next(iter(synthetic_map(n).runs["day"].phases.values())) for n in range(MAPS)}
    if focus == "deadline":
        return tuple(n for n, p in first.items() if p.deadline_min == SHORT_MIN and len(p.units) > 1)
    if focus == "lease":
        return tuple(n for n, p in first.items() if p.deadline_min == LONG_MIN)
    return tuple(first)


def world_of(seed: int) -> World:
    """The script of a seed."""
    rng = Random(seed)
    focus = rng.choice(FOCUSES)
    found = pipeline_map() if rng.random() < REAL_MAP_SHARE else synthetic_map(rng.choice(_maps_for(focus)))
    kind = rng.choice(list(found.runs))
    calm_at = 3000.0 if focus else rng.choice((60.0, 400.0, 1500.0, 3000.0))
    behaviours = {
        (p.name, u): _behaviour(rng)
        for p in found.runs[kind].phases.values()
        for u in p.units
        if not focus and rng.random() < 0.2
    } | _late(seed, found, kind)
    return World(
        map=found,
        start=BEFORE_MIDNIGHT if rng.random() < 0.1 else MIDDAY,
        faults=_faults(rng, focus),
        skews=tuple(rng.uniform(-MAX_SKEW_S, MAX_SKEW_S) for _ in range(rng.choice((1, 2, 3)))),
        publishes=(*_requests(rng, kind, calm_at), *_repairs(seed, found, kind, calm_at)),
        poison=_poison(rng, found, kind, calm_at) if rng.random() < 0.2 else (),
        behaviours=behaviours,
        outages=tuple(_outage(rng, calm_at) for _ in range(rng.choice((0, 0, 0, 0, 1)))),
        calm_at=calm_at,
        sweep_every=rng.choice((60.0, 300.0, 900.0, 900.0, 900.0)),
        ack_deadline=rng.choice((600.0, 660.0)),
        regrade=rng.random() < 0.3,
        default=_default(rng, focus),
    )


def _default(rng: Random, focus: str) -> Behaviour:
    if focus == "deadline":  # done just before the first deadlines
        return Behaviour(work_s=rng.uniform(270, 299))
    kind = "flaky" if focus == "lease" or rng.random() < 0.05 else "ok"
    return Behaviour(kind, work_s=rng.choice((0.0, 1.0, 10.0, 60.0)))


def _faults(rng: Random, focus: str) -> Faults:
    """What can go wrong; a focus goes for races that chance alone seldom meets."""
    if focus == "deadline":
        return Faults(0.1, 0.2, 0.02, 0.0, 0.02, 0.1, crash_is_nack=True, pause_s=(1.0, 60.0))
    if focus == "lease":
        return Faults(0.05, 0.06, 0.1, 0.0, 0.0, 0.0, crash_is_nack=False, pause_s=(500.0, 1000.0))
    return Faults(
        switch=rng.choice((0.02, 0.1, 0.1, 0.3)),
        pause=rng.choice((0.0, 0.0, 0.004, 0.02)),
        crash=rng.choice((0.0, 0.0, 0.01, 0.03)),
        refuse=rng.choice((0.0, 0.0, 0.01, 0.05)),
        lose_reply=rng.choice((0.0, 0.0, 0.01, 0.05)),
        network=rng.choice((0.0, 0.1, 0.1, 0.4)),
        crash_is_nack=rng.random() < 0.5,
    )


def _behaviour(rng: Random) -> Behaviour:
    kind = rng.choice(("failed", "retry", "retry", "not_ready", "no_games", "blocked", "empty", "slow", "flaky"))
    work = rng.choice((400.0, 900.0)) if kind == "slow" else rng.choice((0.0, 2.0, 20.0))
    return Behaviour(kind, rng.choice((1, 2, 3, 9)), rng.choice((100.0, 700.0, 5000.0)), work)


def _outage(rng: Random, calm_at: float) -> tuple[float, float, int]:
    begin = rng.uniform(0, calm_at / 2)
    return begin, begin + rng.uniform(1, calm_at / 2), rng.choice((-1, 0))


def _requests(rng: Random, kind: str, calm_at: float) -> tuple[tuple[float, Message], ...]:
    """One run, often asked for again while it is under way, seldom a second run beside it."""
    asked = []
    for number in range(rng.choice((1, 1, 1, 2, 3))):
        day = None if rng.random() < 0.3 else (MIDDAY + timedelta(days=int(rng.random() < 0.1))).date()
        request = RunRequested(request_id=f"r{number}", kind=kind, from_date=day)
        asked.append((rng.uniform(0, min(calm_at, 300.0)) if number else 0.0, message("nba-run-trigger", request)))
    return tuple(asked)


def _late(seed: int, found: PipelineMap, kind: str) -> dict[tuple[str, str], Behaviour]:
    """Sometimes a unit whose second entity comes late: before the first question, in between, or after the last."""
    rng = Random(f"late {seed}")  # a stream of its own: schedules without it are what they were
    if rng.random() >= LATE_SHARE:
        return {}
    phase = rng.choice(list(found.runs[kind].phases.values()))
    unit = rng.choice([u for u in phase.units if found.unit(phase.function, u).feed] or [""])
    ready_at = rng.choice((rng.uniform(1, 400), rng.uniform(400, 3600), rng.uniform(3600, 30_000)))
    return {(phase.name, unit): Behaviour("late", ready_at=ready_at)} if unit else {}


def _repairs(seed: int, found: PipelineMap, kind: str, calm_at: float) -> tuple[tuple[float, Message], ...]:
    """Sometimes a partial repair of some generation, planned at any moment: also on one that is no longer the last."""
    rng = Random(f"repair {seed}")  # a stream of its own: schedules without a repair are what they were
    if rng.random() >= REPAIR_SHARE:
        return ()
    cells = [f"{p.name}.{u}" for p in found.runs[kind].phases.values() for u in p.units]
    redo = tuple(c for c in cells if rng.random() < REDO_SHARE)
    at, base = rng.uniform(20.0, min(calm_at, 2000.0)), rng.choice((1, 1, 1, 2))
    request = RunRequested(request_id="repair", kind=kind, from_date=MIDDAY.date(), base=base, redo=redo)
    return ((at, message("nba-run-trigger", request)),)


def _poison(rng: Random, found: PipelineMap, kind: str, calm_at: float) -> tuple[tuple[float, Message], ...]:
    """Messages that must end in quarantine: no event, or a unit, phase, run or function that is not so."""
    phases = found.runs[kind].phases
    phase = rng.choice(list(phases.values()))
    run = f"{MIDDAY.date().isoformat()}.{kind}"
    good = UnitRequested(run_id=run, generation=1, phase=phase.name, unit=phase.units[0], to=phase.function)
    other = next((f for f in found.functions if f not in (phase.function, MONITOR)), phase.function)
    changed = {
        "unit": {"unit": "nobody"},
        "phase": {"phase": "nowhen"},
        "run": {"run_id": "1999-01-01.never"},
        "function": {"to": other, "generation": 1} if other != phase.function else {"unit": "nobody"},
    }
    chosen = rng.choice(("bytes", "kind", "window", *changed))
    at = rng.uniform(0, min(calm_at, 120.0))
    if chosen == "bytes":
        return ((at, Message(id="poison", topic="t", to=phase.function, data="{not json")),)
    if chosen == "kind":
        return ((at, message("nba-run-trigger", RunRequested(request_id="poison", kind="no such kind"))),)
    if chosen == "window":
        backwards = RunRequested(
            request_id="poison", kind=kind, from_date=MIDDAY.date(), to_date=BEFORE_MIDNIGHT.date() - timedelta(days=9)
        )
        return ((at, message("nba-run-trigger", backwards)),)
    return ((at, message("t", good.model_copy(update=changed[chosen]))),)
