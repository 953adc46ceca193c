"""Any other resource of the statistics site: refused by its name, or as empty where it lists nothing."""

from typing import Any

from functions.process_raw.feeds.kind import Rows
from functions.process_raw.feeds.nba_stats.result_sets import sets_of
from functions.process_raw.feeds.refusal import Refusal
from functions.process_raw.results import Tally


def recognises(document: Any) -> bool:
    """Whether it is an answer of the statistics site."""
    return ("resultSets" in document or "resultSet" in document) and "resource" in document


def read(document: Any, tally: Tally) -> Rows:
    """No rows, ever."""
    del tally
    sets, name = sets_of(document), document["resource"]
    if any(_has_any(value) for value in (sets.values() if isinstance(sets, dict) else (s["rowSet"] for s in sets))):
        raise Refusal("unknown_kind", f"the resource {name} of the statistics site is none that Tipoff reads")
    raise Refusal("empty_slate", f"the resource {name} lists nothing for what was asked")


def _has_any(value: Any) -> bool:
    return any(value.values()) if isinstance(value, dict) else bool(value)
