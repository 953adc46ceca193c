"""Loading the map `shared/pipeline.yaml`."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.errors import UserError
from shared.map.checks import problems
from shared.map.implemented import disagreements, unit_lines
from shared.map.model import Function, Phase, PipelineMap, RunKind, Schedule, Unit

MAP_PATH = Path(__file__).parent.parent / "pipeline.yaml"


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
    wrong = [*problems(found), *disagreements(found, unit_lines(document))]
    if wrong:
        raise UserError(f"{MAP_PATH.name}: " + "; ".join(wrong))
    return found


@cache
def pipeline_map() -> PipelineMap:
    """The map of this checkout."""
    return parse_map(MAP_PATH.read_text("utf-8"))
