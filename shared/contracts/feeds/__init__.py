"""Source contracts, from the YAML files here: the kinds of document of each feed, what records must have, and drift.

A record is an object of a document. Its contract names the fields without which it is useless (`required`), those that
every record has today (`optional`, typed; one of another type is dropped or costs the row, as `wrong_value` says) and
those that some records have (`known`). The modes are dlt's, https://dlthub.com/docs/general-usage/schema-contracts:
freeze refuses the document as a whole, discard_row the record, discard_value the value; evolve accepts and reports it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ConfigDict, TypeAdapter

from shared.errors import ContractError

FEEDS_DIR = Path(__file__).parent
Mode = Literal["freeze", "evolve", "discard_value", "discard_row"]
Kind = Literal["text", "whole", "number", "numeric", "flag", "object", "list", "any"]
MAX_SAMPLE = 80  # characters of a value that a drift report shows
_WHOLE_BITS = 63  # of a column of whole numbers
_STRICT = ConfigDict(extra="forbid")  # checked where a file is read: a checked class would cost each cold start 10 ms
_TYPES: dict[str, type | tuple[type, ...]] = {"text": str, "object": dict, "list": list, "flag": bool, "any": object}


@dataclass(frozen=True)
class Record:
    """What one kind of record must contain; the module says what the values mean."""

    __pydantic_config__ = _STRICT

    required: Mapping[str, Kind] = field(default_factory=dict)
    optional: Mapping[str, Kind] = field(default_factory=dict)
    known: frozenset[str] | None = None
    missing: Mode = "discard_row"
    wrong_type: Mode = "discard_row"  # of a required field
    wrong_value: Mode = "discard_value"  # of an optional field
    new: Mode = "evolve"

    @property
    def reports_new(self) -> bool:
        """Whether all fields are listed, so that another one is new."""
        return self.known is not None or bool(self.optional)

    @property
    def policy(self) -> str:
        """The modes in one line, for the documentation."""
        return f"missing {self.missing}, type {self.wrong_type}, value {self.wrong_value}, new {self.new}"


@dataclass(frozen=True)
class KindOfDocument:
    """One kind of document of a feed: the tables that it fills, from which records, and what can stand in for it.

    Records of another feed are written `feed.record`, kinds that can stand in always `feed.kind`. `lag` says how long
    after the fact it is published.
    """

    __pydantic_config__ = _STRICT

    about: str
    tables: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    lag: str = ""


@dataclass(frozen=True)
class FeedContract:
    """The contract of one feed."""

    __pydantic_config__ = _STRICT

    about: str
    kinds: Mapping[str, KindOfDocument] = field(default_factory=dict)
    records: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True)
class Drift:
    """One way in which records differ from their contract, what became of them, how often, and one example."""

    record: str
    field: str
    change: str  # new_field, absent_field, missing_field, wrong_type, not_an_object
    mode: Mode
    count: int
    sample: str

    def plus(self, other: "Drift | None") -> "Drift":
        """This and the same drift seen elsewhere, as one."""
        count = self.count + (other.count if other else 0)
        return Drift(self.record, self.field, self.change, self.mode, count, self.sample)


@dataclass
class Examined:
    """The records that keep their contract, those refused (rule -> records), and the drift seen."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    drift: dict[tuple[str, str, str], Drift] = field(default_factory=dict)

    def note(self, kind: str, name: str, change: str, mode: Mode, value: Any) -> None:
        """Count a drift; the first value stands as its example."""
        key = (kind, name, change)
        earlier = self.drift.get(key)
        sample = earlier.sample if earlier else repr(value)[:MAX_SAMPLE]
        self.drift[key] = Drift(kind, name, change, mode, 1, sample).plus(earlier)

    @property
    def new_fields(self) -> set[str]:
        """`record.field` of each new field."""
        return {f"{record}.{name}" for record, name, change in self.drift if change == "new_field"}


@cache
def feed_contract(feed: str) -> FeedContract:
    """The contract of a feed; KeyError if there is none of that name."""
    path = FEEDS_DIR / f"{feed}.yaml"
    if not path.is_file():
        raise KeyError(feed)
    return TypeAdapter(FeedContract).validate_python(yaml.load(path.read_text("utf-8"), yaml.CSafeLoader))


def contract_of(kind: str) -> Record:
    """The contract of `feed.record`; KeyError if there is none."""
    feed, _, name = kind.partition(".")
    return feed_contract(feed).records[name]


def examine(kind: str, records: Iterable[Any]) -> Examined:
    """Sort records of the kind `feed.record` by their contract; ContractError where it says `freeze`."""
    contract, result = contract_of(kind), Examined()
    absent = set(contract.optional)
    for record in records:
        kept = _examined(contract, kind, record, result)
        if kept is not None:
            result.kept.append(kept)
            absent -= kept.keys()
    for name in sorted(absent) if result.kept else ():
        result.note(kind, name, "absent_field", "evolve", f"in none of {len(result.kept)} records")
    return result


def _examined(contract: Record, kind: str, record: Any, result: Examined) -> dict[str, Any] | None:
    """The record without the values that were discarded; None where it was refused."""
    broken = _broken(contract, record)
    if broken is not None:
        _refuse(result, kind, broken, record)
        return None
    dropped = dict[str, None]()
    for name, needed in contract.optional.items():
        if record.get(name) is not None and not fits(record[name], needed):
            result.note(kind, name, "wrong_type", "discard_value", record[name])
            dropped[name] = None
    for name in _new(contract, record):
        result.note(kind, name, "new_field", "evolve", record[name])
    return {**record, **dropped} if dropped else record


def _broken(contract: Record, record: Any) -> tuple[str, str, Mode] | None:
    """The field, the change and the mode for which a record is refused; None: it is kept."""
    if not isinstance(record, dict):
        return "", "not_an_object", contract.wrong_type
    for name, needed in contract.required.items():
        if record.get(name) is None:
            return name, "missing_field", contract.missing
        if not fits(record[name], needed):
            return name, "wrong_type", contract.wrong_type
    if contract.wrong_value != "discard_value":
        for name, needed in contract.optional.items():
            if record.get(name) is not None and not fits(record[name], needed):
                return name, "wrong_type", contract.wrong_value
    if contract.new != "evolve" and (found := _new(contract, record)):
        return found[0], "new_field", contract.new
    return None


def _new(contract: Record, record: Mapping[str, Any]) -> list[str]:
    """The fields that the contract does not list, where it lists all."""
    if not contract.reports_new:
        return []
    return sorted(record.keys() - contract.required.keys() - contract.optional.keys() - (contract.known or set()))


def _refuse(result: Examined, kind: str, broken: tuple[str, str, Mode], record: Any) -> None:
    """Refuse a record, or with `freeze` all of them."""
    name, change, mode = broken
    if mode == "freeze":
        raise ContractError(f"{kind}: {change}: {name}".removesuffix(": "))
    sample = record.get(name) if isinstance(record, dict) else record
    result.note(kind, name, change, mode, sample)
    result.refused.setdefault(change, []).append(dict(record) if isinstance(record, dict) else {})


def fits(value: Any, kind: str) -> bool:
    """Whether a value of a JSON document is of the kind; a number must be finite, a whole one fit into 64 bits."""
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind])
    if kind == "numeric" and isinstance(value, str):
        return is_numeric(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, int):
        return value.bit_length() <= _WHOLE_BITS
    return kind != "whole" and math.isfinite(value)


def is_numeric(text: str) -> bool:
    """Whether text is one finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
