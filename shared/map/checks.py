"""Consistency checks of the map: tables, units, phases, topics."""

from shared.contracts.rows import tables
from shared.map.model import PipelineMap


def problems(m: PipelineMap) -> list[str]:
    """Every inconsistency, as a sentence that says where it is."""
    return [*_unit_problems(m), *_phase_problems(m), *_schedule_problems(m), *_topic_problems(m)]


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


def _schedule_problems(m: PipelineMap) -> list[str]:
    problems = []
    for schedule in m.schedules.values():
        kind = m.runs.get(schedule.run or "")
        cells = {f"{p.name}.{u}" for p in kind.phases.values() for u in p.units} if kind else set()
        problems += [f"schedule {schedule.name}: no run {schedule.run}"] if schedule.run and not kind else []
        problems += [
            f"schedule {schedule.name}: {schedule.run} has no cell {c}" for c in schedule.redo if c not in cells
        ]
    return problems


def _topic_problems(m: PipelineMap) -> list[str]:
    published = {p.publishes for k in m.runs.values() for p in k.phases.values()}
    published |= {m.request_topics.run, m.request_topics.first_units, m.request_topics.sweep}
    consumed = {t for f in m.functions.values() for t in f.subscribes}
    problems = [f"topic {t} is not in topics" for t in sorted((published | consumed) - set(m.topics))]
    problems += [f"topic {t} has no consumer" for t in sorted(set(m.topics) - consumed)]
    problems += [f"topic {t} has no producer" for t in sorted(set(m.topics) - published)]
    for kind in m.runs.values():
        for phase in kind.phases.values():
            topic = m.unit_topic(kind.name, phase.name)
            if phase.function in m.functions and topic not in m.functions[phase.function].subscribes:
                problems.append(f"{kind.name}.{phase.name}: {phase.function} does not subscribe to {topic}")
    return problems
