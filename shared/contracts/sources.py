"""Source contracts, from sources.yaml: the sites that may be requested, what each feed must contain, its drift."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import ConfigDict, TypeAdapter
from pydantic import dataclasses as checked

from shared.errors import ContractError

Drift = Literal["freeze", "discard", "evolve"]
MAX_BODY_BYTES = 32 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_STRICT = ConfigDict(extra="forbid")
_TYPES: dict[str, tuple[type, ...]] = {"text": (str,), "whole": (int,), "number": (int, float), "object": (dict,)}


@checked.dataclass(frozen=True, config=_STRICT)
class Site:
    """One site of the fixed list; sources.yaml says what its values mean."""

    host: str
    media: Literal["json", "pdf"]
    key_parameter: str = ""
    may_be_absent: bool = False
    credits_used_up: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)


@checked.dataclass(frozen=True, config=_STRICT)
class Record:
    """One kind of record of a feed; sources.yaml says what its values mean."""

    required: Mapping[str, Literal["text", "whole", "number", "object"]]
    missing: Drift
    wrong_type: Drift
    known: frozenset[str] | None = None


_RAW = yaml.load(Path(__file__).with_suffix(".yaml").read_text("utf-8"), yaml.CSafeLoader)
SITES = TypeAdapter(dict[str, Site]).validate_python(_RAW["sites"])
RECORDS = TypeAdapter(dict[str, Record]).validate_python(_RAW["records"])


def may_be_asked(url: str) -> bool:
    """Whether an address may be requested: https on a host of the fixed list, or any loopback address."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # reading an impossible port raises ValueError
    except ValueError:
        return False
    is_listed = parts.scheme == "https" and host in {urlsplit(site.host).hostname for site in SITES.values()}
    return is_listed or (parts.scheme in ("http", "https") and is_loopback(url))


def is_loopback(url: str) -> bool:
    """Whether an address is of this machine; ValueError if it is not an address."""
    return urlsplit(url).hostname in _LOOPBACK


@dataclass
class Examined:
    """The records that keep their contract, those refused (rule -> records) and the new fields seen."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    new_fields: set[str] = field(default_factory=set)


def examine(kind: str, records: Iterable[Any]) -> Examined:
    """Sort records by their contract; ContractError where the contract says `freeze`."""
    contract, result = RECORDS[kind], Examined()
    for record in records:
        rule, mode = _broken(contract, record)
        if rule and mode == "freeze":
            raise ContractError(f"{kind}: {rule}")
        if rule:
            result.refused.setdefault(rule.split(":")[0], []).append(dict(record) if isinstance(record, dict) else {})
            continue
        if contract.known is not None:
            result.new_fields |= {
                f"{kind}.{name}" for name in record.keys() - contract.known - contract.required.keys()
            }
        result.kept.append(record)
    return result


def _broken(contract: Record, record: Any) -> tuple[str, Drift]:
    """The rule that a record breaks (empty: none), and the contract's mode for it."""
    if not isinstance(record, dict):
        return "not_an_object: a record is not an object", contract.wrong_type
    for name, kind in contract.required.items():
        if name not in record:
            return f"missing_field: {name}", contract.missing
        if not isinstance(record[name], _TYPES[kind]) or isinstance(record[name], bool):
            return f"wrong_type: {name}", contract.wrong_type
    return "", "evolve"
