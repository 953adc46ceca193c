"""Whether map and code agree: every unit has code, and all code is used by a unit."""

import importlib
from collections.abc import Iterator
from typing import Any

import yaml

from shared.map.model import Function, PipelineMap
from shared.settings import SOURCES
from shared.sql import queries


def disagreements(found: PipelineMap, lines: dict[tuple[str, str], int]) -> list[str]:
    """What units ask for that does not exist, and what exists that no unit asks for; `lines` are those of the units.

    Only functions whose folder is here are looked at: a deployed one carries its own alone.
    """
    here = [f for f in found.functions.values() if (queries.FUNCTIONS_DIR / f.name / "core.py").exists()]
    return [*(problem for function in here for problem in _of(function, lines)), *_feeds(here)]


def unit_lines(document: yaml.Node) -> dict[tuple[str, str], int]:
    """The line (from 1) on which each unit of a function begins, by function and unit."""
    functions = _values(document)["functions"]
    return {
        (function, unit): key.start_mark.line + 1
        for function, node in _values(functions).items()
        for key, _ in _values(node)["units"].value
        for unit in [key.value]
    }


def _values(node: yaml.Node) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value}


def _feeds(here: list[Function]) -> Iterator[str]:
    """Every source is known to each function of feeds, and offers a feed to all of these functions or to none."""
    offered = {
        f"functions/{f.name}/core.py": _core(f).FEEDS for f in here if any(unit.feed for unit in f.units.values())
    }
    pairs = {(source, feed) for feeds in offered.values() for source in feeds for feed in feeds[source]}
    for file, feeds in offered.items():
        if set(feeds) != set(SOURCES):
            yield f"{file} knows the sources {', '.join(sorted(feeds))}; shared/settings.py has {', '.join(SOURCES)}"
        missing = sorted((source, feed) for source, feed in pairs if feed not in feeds.get(source, {}))
        yield from (
            f"{file} lacks {feed} of the source {source}, which another function has" for source, feed in missing
        )


def _core(function: Function) -> Any:
    return importlib.import_module(f"functions.{function.name}.core")


def _of(function: Function, lines: dict[tuple[str, str], int]) -> Iterator[str]:
    offered = _core(function).IMPLEMENTS
    folder = queries.FUNCTIONS_DIR / function.name
    asked, files = set[str](), set[str]()
    for unit in function.units.values():
        where = f"line {lines[function.name, unit.name]}: {function.name}.{unit.name}"
        name = unit.feed or unit.compute
        if name and name not in offered:
            yield f"{where} asks for {name}, which functions/{function.name}/core.py does not implement"
        named = [f for f in (unit.query, unit.facts, *unit.inputs.values()) if f]
        missing = [f for f in named if not (folder / "queries" / f).exists()]
        yield from (f"{where} names functions/{function.name}/queries/{f}, which is not there" for f in missing)
        asked |= {name} if name else set()
        files |= {f for f in named if f not in missing}
    files |= {function.grade_check.query} if function.grade_check and function.grade_check.query else set()
    yield from (
        f"functions/{function.name}/core.py implements {n}, which no unit asks for"
        for n in sorted(offered.keys() - asked)
    )
    used = {path for f in files for path in queries.files_of(folder / "queries" / f)}
    unused = sorted(p.name for p in folder.glob("queries/*.sql") if p not in used)
    yield from (f"functions/{function.name}/queries/{n} is used by no unit" for n in unused)
