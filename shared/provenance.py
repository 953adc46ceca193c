"""Provenance: which code made a result, as hashes of modules, units and deployed functions.

A module's hash covers its code and, in place of each import of our own modules, the hash of the imported module. It
leaves out comments, docstrings, blank lines, imports below TYPE_CHECKING and the file's place in the tree: a module
that is moved keeps its hash. A YAML file beside a module with the module's name is part of it; so are the YAML files
of a package.
"""

import ast
import importlib
import io
import json
import tokenize
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from shared.contracts.rows import table
from shared.sql import queries

if TYPE_CHECKING:
    from shared.map.model import PipelineMap

ROOT = Path(__file__).resolve().parent.parent
_SHIPPED = frozenset({".py", ".sql", ".yaml"})
_MAP = "pipeline.yaml"  # has a hash of its own
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def shipped_hash(function: str) -> str:
    """16 hex digits over the bytes of every file deployed with the function."""
    digest = sha256()
    for folder in (ROOT / "shared", ROOT / "functions" / function):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _SHIPPED and p.name != _MAP):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def unit_hash(found: "PipelineMap", function: str, name: str) -> str:
    """16 hex digits over everything that makes a unit's rows.

    That is: its code with what it imports of our own modules, its SQL with includes, the contracts of the tables that
    it reads and writes, its entry in the map, and the map's settings, which every unit may use.
    """
    unit = found.unit(function, name)
    files = [f for f in (unit.query, unit.facts, *unit.inputs.values()) if f]
    contracts = {t: {**asdict(table(t)), "about": ""} for t in [*unit.reads, *([unit.writes] if unit.writes else [])]}
    parts = {
        "code": [module_hash(m) for m in code_of(function, unit.feed or unit.compute, is_judged=bool(unit.facts))],
        "sql": [queries.text(function, f) for f in files],
        "contracts": contracts,
        "entry": asdict(unit),
        "settings": [found.settings, found.assumptions, found.coverage],
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def code_of(function: str, asked: str | None, *, is_judged: bool) -> tuple[str, ...]:
    """The modules of the core behind a unit's feed or computation; none for a query that no core judges."""
    core = f"functions.{function}.core"
    if asked is None:
        return (core,) if is_judged else ()
    return (core, *importlib.import_module(core).IMPLEMENTS[asked])


@cache
def module_hash(name: str) -> str:
    """Sha256 (64 hex digits) of one of our modules with those of our modules that it imports."""
    path = _file(name)
    if path is None:
        raise ValueError(f"{name} is not a module of this project")
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    blocks = list(_type_checking(tree))
    unseen = {id(n) for block in blocks for n in ast.walk(block)}
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) and id(n) not in unseen]
    ours = [(node, used) for node in imports if (used := list(_imported(node)))]
    left_out = [*(node for node, _ in ours), *_docstrings(tree), *blocks]
    data = sorted(path.parent.glob("*.yaml")) if path.name == "__init__.py" else [path.with_suffix(".yaml")]
    parts = [
        *sorted(line for _, used in ours for line in used),
        *_lines(text, left_out),
        *(file.read_text("utf-8") for file in data if file.exists()),
    ]
    return sha256("\n".join(parts).encode()).hexdigest()


def _file(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.exists()), None)


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """A line for each name that the statement takes from a module of ours: the module's hash and the name."""
    if isinstance(node, ast.Import):
        yield from (f"{module_hash(a.name)} {a.asname}" for a in node.names if _file(a.name))
    elif node.module and _file(node.module):
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield f"{module_hash(inner if _file(inner) else node.module)} {alias.name} {alias.asname}"


def _type_checking(tree: ast.Module) -> Iterator[ast.If]:
    blocks = (n for n in ast.walk(tree) if isinstance(n, ast.If))
    return (n for n in blocks if isinstance(n.test, ast.Name) and n.test.id == "TYPE_CHECKING")


def _docstrings(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            yield node.body[0]


def _lines(text: str, left_out: list[ast.stmt]) -> Iterator[str]:
    """The text's lines without these statements, comments and blank lines."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    skipped = {row for s in left_out for row in range(s.lineno, (s.end_lineno or s.lineno) + 1)}
    return (line.rstrip() for row, line in enumerate(lines, 1) if row not in skipped and line.strip())
