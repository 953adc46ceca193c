"""Contracts of the rows that one payload gives, from the YAML files here: what a source said, before it is matched.

The tables have the names of the raw tables that they end in. A table's YAML gives its key and columns, each as
`TYPE`, `TYPE required`, with a range `TYPE 0..150` (of a text: of its length) or the words that it may have
`text required in home, away`. The types are those of Python's values: text, whole, number, flag, date, time (an aware
instant). A row that breaks its contract is refused under the rule's name, and so are rows that fail one of the table's
`checks` (below) and rows of one key that contradict each other.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLES_DIR = Path(__file__).parent
Row = dict[str, Any]
_COLUMN = re.compile(
    r"(?P<type>\w+)(?P<required> required)?"
    r"(?: (?P<low>-?[\d.]+?)\.\.(?P<high>-?[\d.]+)| in (?P<words>\w.*))?"
)
_LONGEST_TEXT = 4_000
_TYPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str) and bool(value.strip()),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 64,  # noqa: PLR2004
    "number": lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    ),
    "flag": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, date) and not isinstance(value, datetime),
    "time": lambda value: isinstance(value, datetime) and value.tzinfo is not None,
}


@dataclass(frozen=True)
class Column:
    """One column: the type of its values, whether each row has one, and the values that it may have."""

    type: str
    required: bool
    range: tuple[float, float] | None
    words: frozenset[str]

    def broken(self, value: Any) -> str:
        """The rule that a value breaks; empty: none."""
        if value is None:
            return "missing" if self.required else ""
        if not _TYPES[self.type](value):
            return "wrong_type"
        size = len(value) if self.type == "text" else value
        is_outside = self.range is not None and not self.range[0] <= size <= self.range[1]
        return "out_of_range" if is_outside or (self.words and value not in self.words) else ""


@dataclass(frozen=True)
class PayloadTable:
    """One table: what its rows are, the columns that identify one, all columns, and checks across columns."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    checks: tuple[str, ...] = ()


@cache
def payload_tables() -> Mapping[str, PayloadTable]:
    """Every table by name."""
    raw: dict[str, Any] = {}
    for path in sorted(TABLES_DIR.glob("*.yaml")):
        raw |= yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return {name: _table(name, given) for name, given in raw.items()}


def _table(name: str, given: Mapping[str, Any]) -> PayloadTable:
    columns = {column: _column(name, column, text) for column, text in given["columns"].items()}
    key = tuple(given["key"])
    if unknown := set(key) - columns.keys():
        raise ValueError(f"payload table {name}: key columns {sorted(unknown)} are no columns")
    checks = tuple(given.get("checks", ()))
    if unknown := set(checks) - CHECKS.keys():
        raise ValueError(f"payload table {name}: no checks {sorted(unknown)}")
    return PayloadTable(name, given["about"], key, columns, checks)


def _column(table: str, name: str, text: str) -> Column:
    found = _COLUMN.fullmatch(text)
    if not found or found["type"] not in _TYPES:
        raise ValueError(f"payload table {table}: column {name}: '{text}' is not a type of the contract")
    limits = (float(found["low"]), float(found["high"])) if found["low"] else None
    words = frozenset(word.strip() for word in (found["words"] or "").split(",")) - {""}
    if limits is None and found["type"] == "text":
        limits = (1, _LONGEST_TEXT)
    return Column(found["type"], found["required"] is not None, limits, words)


def checked_rows(name: str, rows: Iterable[Row]) -> tuple[list[Row], dict[str, list[Row]], int]:
    """The rows that keep the contract (every column, in its order), those refused by rule, and the equal repeats.

    KeyError for a row with a column that the table does not have: a fault of the parser.
    """
    table, refused = payload_tables()[name], dict[str, list[Row]]()
    by_key: dict[tuple[Any, ...], list[Row]] = {}
    repeats = 0
    for given in rows:
        if unknown := given.keys() - table.columns.keys():
            raise KeyError(f"{name} has no columns {sorted(unknown)}")
        row = {column: given.get(column) for column in table.columns}
        if rule := _broken(table, row):
            refused.setdefault(rule, []).append(row)
            continue
        same = by_key.setdefault(tuple(row[column] for column in table.key), [])
        repeats += row in same
        if row not in same:
            same.append(row)
    kept = [same[0] for same in by_key.values() if len(same) == 1]
    if contradicting := [row for same in by_key.values() if len(same) > 1 for row in same]:
        refused["contradicting_rows"] = contradicting
    return kept, refused, repeats


def _broken(table: PayloadTable, row: Row) -> str:
    """`column_rule` of the first column that breaks its contract; empty: none."""
    for name, column in table.columns.items():
        if rule := column.broken(row[name]):
            return f"{name}_{rule}"
    return next((check for check in table.checks if not CHECKS[check](row)), "")


def _points_add_up(row: Row) -> bool:
    """Whether points are two a field goal, one more a three and one a free throw; true where one is not stated."""
    points, fgm, fg3m, ftm = (row[name] for name in ("points", "fgm", "fg3m", "ftm"))
    return None in (points, fgm, fg3m, ftm) or points == 2 * fgm + fg3m + ftm


def _makes_within_attempts(row: Row) -> bool:
    """Whether no kind of shot was made more often than tried; true where one is not stated."""
    pairs = (("fgm", "fga"), ("fg3m", "fg3a"), ("ftm", "fta"), ("fg3m", "fgm"), ("fg3a", "fga"))
    return all(None in (row[few], row[many]) or row[few] <= row[many] for few, many in pairs)


def _two_teams(row: Row) -> bool:
    """Whether the two teams of the row differ; true where one is not known."""
    first, second = ("home_team", "away_team") if "home_team" in row else ("team", "opponent")
    return None in (row[first], row[second]) or row[first] != row[second]


CHECKS: Mapping[str, Callable[[Row], bool]] = {
    "points_add_up": _points_add_up,
    "makes_within_attempts": _makes_within_attempts,
    "two_teams": _two_teams,
}
