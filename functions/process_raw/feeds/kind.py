"""A kind of document of a feed: how it is recognised, and the parser that makes rows of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from functions.process_raw.feeds.decode import Media
from functions.process_raw.results import Tally

LEAGUE = "NBA"
Row = dict[str, Any]
Rows = dict[str, list[Row]]  # by table


@dataclass(frozen=True)
class Kind:
    """One kind of document of a feed.

    `recognises` tells it from the feed's other kinds by the decoded value (decode.py); it may raise on another
    document, which then is not of the kind. `read` makes rows by table of the value, and reports in the tally what it
    leaves out; ContractError or Refusal where the document as a whole is of no use. `league` names the document's
    league where it can be another one than the NBA. `if_empty` says what it means that a document lists nothing.
    """

    name: str
    media: Media
    recognises: Callable[[Any], bool]
    read: Callable[[Any, Tally], Rows]
    league: Callable[[Any], str] = lambda _: LEAGUE
    if_empty: str = "the document is whole and lists nothing"
