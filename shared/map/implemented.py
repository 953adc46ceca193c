"""Whether map and code agree: every unit has code, and all code is used by a unit."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from shared.map.model import Function, PipelineMap
from shared.settings import SOURCES
from shared.sql import queries

LineOf = Callable[[tuple[str, ...]], int]  # the line of the map that a path of keys leads to


def disagreements(m: PipelineMap, line_of: LineOf) -> list[str]:
    """What units ask for that does not exist, and what exists that no unit asks for.

    Only functions whose folder is here are checked: a deployed function carries its own folder alone.
    """
    here = [f for f in m.functions.values() if (queries.FUNCTIONS_DIR / f.name / "core.py").exists()]
    return [*(problem for function in here for problem in _of(function, line_of)), *_feeds(here)]


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


def _of(function: Function, line_of: LineOf) -> Iterator[str]:
    offered = _core(function).IMPLEMENTS
    folder = queries.FUNCTIONS_DIR / function.name
    asked, files = set[str](), set[str]()
    for unit in function.units.values():
        where = f"line {line_of(('functions', function.name, 'units', unit.name))}: {function.name}.{unit.name}"
        name = unit.feed or unit.compute
        if name and name not in offered:
            yield f"{where} asks for {name}, which functions/{function.name}/core.py does not implement"
        named = [f for f in (unit.query, unit.facts, *unit.inputs.values()) if f]
        missing = [f for f in named if not (folder / "queries" / f).exists()]
        yield from (f"{where} names functions/{function.name}/queries/{f}, which is not there" for f in missing)
        asked |= {name} if name else set()
        files |= {f for f in named if f not in missing}
    files |= {function.grade_check.query} if function.grade_check else set()
    yield from (
        f"functions/{function.name}/core.py implements {n}, which no unit asks for"
        for n in sorted(offered.keys() - asked)
    )
    used = {path for f in files for path in queries.files_of(folder / "queries" / f)}
    unused = sorted(p.name for p in folder.glob("queries/*.sql") if p not in used)
    yield from (f"functions/{function.name}/queries/{n} is used by no unit" for n in unused)
