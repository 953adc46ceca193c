"""The result of a parser: its rows, or `empty` with a reason, and what it left out as evidence."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from shared.contracts.work import Computed


def parsed(
    rows: pa.Table | list[dict[str, Any]],
    refused: Mapping[str, list[dict[str, Any]]],
    discarded: Mapping[str, int],
    if_empty: str,
    **evidence: Any,
) -> Computed:
    """Rows and refused records, with the number of `discarded` ones by rule; without any the reason is `if_empty`."""
    evidence = {"discarded": {rule: count for rule, count in discarded.items() if count}, **evidence}
    if not len(rows) and not refused:
        return Computed(rows=rows, outcome="empty", reason=if_empty, evidence=evidence)
    return Computed(rows=rows, refused=refused, evidence=evidence)
