"""Values out of JSON records: where they stand, and texts that are times, dates or numbers.

Nothing here judges a value: what is absent is None, and what cannot be read is given back as it is, so that its row's
contract refuses it by name.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeGuard

from functions.process_raw.feeds.refusal import Refusal
from shared.rules.dates import parse_utc

_LONGEST = 40  # characters of a number or a time


def at(record: Any, *path: str | int) -> Any:
    """The value at a path of keys and positions; None where there is none."""
    for step in path:
        if isinstance(step, str):
            record = record.get(step) if isinstance(record, Mapping) else None
        else:
            record = record[step] if isinstance(record, list) and step < len(record) else None
    return record


def listed(record: Any, *path: str | int) -> list[Any]:
    """The list at a path; Refusal if there is none."""
    found = at(record, *path)
    if not isinstance(found, list):
        raise Refusal("not_a_list", f"{'.'.join(map(str, path)) or 'the document'} is not a list")
    return found


def instant(value: Any) -> Any:
    """The UTC instant of ISO 8601 text with an offset."""
    try:
        return parse_utc(value) if isinstance(value, str) else value
    except (ValueError, OverflowError):
        return value


def utc_instant(value: Any) -> Any:
    """The instant of text without an offset that is UTC by its source's word: `2021-10-21 23:30:00`."""
    try:
        return datetime.strptime(value, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if isinstance(value, str) else value
    except ValueError:
        return value


def day(value: Any) -> Any:
    """The date of text like 2024-01-15."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def whole_of(value: Any) -> Any:
    """The whole number of text like 5, +4 or -15."""
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isascii():
        return value
    return int(value) if value.strip().removeprefix("+").removeprefix("-").isdecimal() else value


def number_of(value: Any) -> Any:
    """The number of text like 8.5 or -3."""
    try:
        return float(value) if isinstance(value, str) and len(value) <= _LONGEST else value
    except ValueError:
        return value


def text(value: Any) -> Any:
    """Text without the blanks around it; empty text is None."""
    return (value.strip() or None) if isinstance(value, str) else value


def is_number(value: Any) -> TypeGuard[float]:
    """Whether a value is a number of JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def full_name(person: Any) -> str | None:
    """Given and family name in one; None where either is no text. The family name may be empty."""
    names = [at(person, "first_name"), at(person, "last_name")]
    return " ".join(names).strip() or None if all(isinstance(name, str) for name in names) else None
