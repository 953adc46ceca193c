"""Queries from .sql files, with their includes inserted.

A line `-- include: name.sql` stands for the text of that file, a list of CTEs that several queries share. The file lies
beside the query or in `shared/sql`. `${name}` stands for an expression of shared/sql/quality.py.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from shared.errors import ContractError

FUNCTIONS_DIR = Path(__file__).resolve().parents[2] / "functions"
FRAGMENTS_DIR = Path(__file__).parent
_INCLUDE = re.compile(r"^-- include: (\S+)$", re.MULTILINE)
_EXPRESSION = re.compile(r"\$\{(\w+)\}")


def text(function: str, name: str) -> str:
    """The GoogleSQL text of a function's query, with its includes."""
    return load(FUNCTIONS_DIR / function / "queries" / name)


@cache
def load(path: Path) -> str:
    """The GoogleSQL text of a file with its includes; ContractError names the file that is missing."""
    included = _INCLUDE.sub(lambda line: load(_fragment(path, line[1])).rstrip(), _read(path))
    return _EXPRESSION.sub(lambda name: _expression(name[1]), included)


def _expression(name: str) -> str:
    from shared.sql import quality  # it reads every feature: only queries with expressions need them

    return quality.expressions()[name]


def files_of(path: Path) -> Iterator[Path]:
    """The file and every file that it includes."""
    yield path
    for name in _INCLUDE.findall(_read(path)):
        yield from files_of(_fragment(path, name))


def _fragment(query: Path, name: str) -> Path:
    beside = query.parent / name
    return beside if beside.exists() else FRAGMENTS_DIR / name


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ContractError(f"no query file {path.parent.name}/{path.name}") from error
