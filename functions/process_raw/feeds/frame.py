"""One payload of a feed through its parser and its contract, to rows or to the reason why there are none.

A feed is a module or package beside this one with KINDS, a tuple of `Kind` (kind.py), and a file of the same name in
shared/contracts/feeds. To read a payload is to decode it (decode.py), to find its kind by its content, to let the
kind's parser make rows of its records, and to hold each row against the contract of its table
(shared/contracts/payload_tables/__init__.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from functions.process_raw import feeds
from functions.process_raw.feeds.decode import Document, decode, unrecognised
from functions.process_raw.feeds.kind import Kind, Row, Rows
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally
from shared.contracts.feeds import FEEDS_DIR, Drift
from shared.contracts.payload_tables import checked_rows
from shared.errors import ContractError

# The feeds, named like the folders of recorded payloads.
FEEDS = tuple(sorted(m.name for m in iter_modules(feeds.__path__) if (FEEDS_DIR / f"{m.name}.yaml").is_file()))
# What code that reads a document of an unforeseen shape raises.
_SHAPE_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True)
class Outcome:
    """What became of a payload: rows by table, or `rule` and `reason` of the refusal.

    `refused` holds records and rows by the rule that they break, `discarded` counts what is of no interest, `drift`
    says how the records differ from their contract.
    """

    feed: str
    kind: str = ""
    league: str = ""
    rule: str = ""
    reason: str = ""
    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    refused: Mapping[str, list[Row]] = field(default_factory=dict)
    discarded: Mapping[str, int] = field(default_factory=dict)
    drift: tuple[Drift, ...] = ()

    @property
    def has_rows(self) -> bool:
        """Whether the payload gave any row."""
        return any(self.rows.values())


def kinds_of(feed: str) -> tuple[Kind, ...]:
    """The kinds of document of a feed; ContractError if there is no such feed."""
    if feed not in FEEDS:
        raise ContractError(f"no feed {feed}; there are {', '.join(FEEDS)}")
    kinds: tuple[Kind, ...] = import_module(f"{__package__}.{feed}").KINDS
    return kinds


def read_payload(feed: str, body: bytes) -> Outcome:
    """The outcome of one payload, whatever its bytes; ContractError only for an unknown feed."""
    kinds, tally = kinds_of(feed), Tally()
    kind, league = None, ""
    try:
        document = decode(body)
        kind = kind_of(document, kinds)
        if kind is None:
            raise unrecognised(document, feed, tuple(k.name for k in kinds))
        league = _league(kind, document)
        rows = _checked(_read(kind, document, tally), tally)
        if not any(rows.values()):
            raise _without_rows(kind, tally)
    except ContractError as error:
        rule = error.rule if isinstance(error, Refusal) else "contract"
        return _outcome(feed, kind, league, tally, rule=rule, reason=str(error))
    return _outcome(feed, kind, league, tally, rows=rows)


def kind_of(document: Document, kinds: tuple[Kind, ...]) -> Kind | None:
    """The first of the kinds that recognises the document."""
    for kind in kinds:
        try:
            if kind.media == document.media and kind.recognises(document.value):
                return kind
        except _SHAPE_ERRORS:
            continue
    return None


def _league(kind: Kind, document: Document) -> str:
    """The league that the document names; empty where its shape is not the one foreseen."""
    try:
        return kind.league(document.value)
    except _SHAPE_ERRORS:
        return ""


def _read(kind: Kind, document: Document, tally: Tally) -> Rows:
    """The parser's rows; Refusal where the document has a shape that the parser does not foresee."""
    try:
        return kind.read(document.value, tally)
    except _SHAPE_ERRORS as error:
        raise Refusal("unreadable", f"not the shape of {kind.name}: {type(error).__name__}: {error}") from error


def _checked(rows: Rows, tally: Tally) -> Rows:
    """The rows that keep their table's contract; the others are refused."""
    kept: Rows = {}
    for name, given in rows.items():
        kept[name], refused, repeats = checked_rows(name, given)
        tally.discarded["identical_repeat"] += repeats
        for rule, broken in refused.items():
            tally.refuse(rule, *broken)
    return kept


def _without_rows(kind: Kind, tally: Tally) -> Refusal:
    if tally.refused:
        rules = ", ".join(f"{rule} ({len(records)})" for rule, records in tally.refused.items())
        return Refusal("no_usable_row", f"every record is refused: {rules}")
    left_out = ", ".join(f"{n} {rule}" for rule, n in tally.discarded.items() if n)
    return Refusal("empty_slate", kind.if_empty + (f" ({left_out} left out)" if left_out else ""))


def _outcome(feed: str, kind: Kind | None, league: str, tally: Tally, **more: Any) -> Outcome:
    return Outcome(
        feed=feed,
        kind=kind.name if kind else "",
        league=league,
        refused=tally.refused,
        discarded={rule: count for rule, count in tally.discarded.items() if count},
        drift=tuple(tally.drift.values()),
        **more,
    )
