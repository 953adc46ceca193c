"""Query texts from .sql files, with their includes put in place.

A line `-- include: name.sql` stands for that file's text: a list of CTEs which several queries share, looked for
beside the query and then in `shared/sql`.
"""

import re
from functools import cache
from pathlib import Path

from shared.errors import ContractError

FRAGMENTS_DIR = Path(__file__).parent / "sql"
_INCLUDE = re.compile(r"^-- include: (\S+)$", re.MULTILINE)


@cache
def load(path: Path) -> str:
    """The GoogleSQL text of a file with its includes; ContractError names the file that is missing."""
    return _INCLUDE.sub(lambda line: _fragment(path, line[1]), _text(path))


def _fragment(query: Path, name: str) -> str:
    beside = query.parent / name
    return load(beside if beside.exists() else FRAGMENTS_DIR / name).rstrip()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ContractError(f"no query file {path.parent.name}/{path.name}") from error
