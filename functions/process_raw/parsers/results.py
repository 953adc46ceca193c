"""What becomes of a feed's records: rows, records refused under a rule's name, and counts of those left out."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from shared.contracts.sources import examine
from shared.contracts.work import Computed
from shared.errors import ContractError


@dataclass
class Tally:
    """The records that did not become rows, by rule, and the new fields that were seen."""

    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    discarded: Counter[str] = field(default_factory=Counter)
    new_fields: set[str] = field(default_factory=set)

    def refuse(self, rule: str, *records: Mapping[str, Any]) -> None:
        """Refuse records under a rule's name."""
        if records:
            self.refused.setdefault(rule, []).extend(map(dict, records))

    def kept(self, kind: str, records: Any, where: str) -> list[dict[str, Any]]:
        """The records that keep the contract `kind`, others are refused; ContractError if they are not a list."""
        if not isinstance(records, list):
            raise ContractError(f"{where}: {kind} is not a list")
        examined = examine(kind, records)
        self.new_fields |= examined.new_fields
        for rule, refused in examined.refused.items():
            self.refuse(rule, *refused)
        return examined.kept

    def computed(
        self, rows: pa.Table | list[dict[str, Any]], if_empty: str, outcome: str = "empty", **evidence: Any
    ) -> Computed:
        """The parser's result; without rows and refused records it is `outcome`, for the reason `if_empty`."""
        evidence = {"discarded": {rule: count for rule, count in self.discarded.items() if count}, **evidence}
        if not len(rows) and not self.refused:
            return Computed(rows=rows, outcome=outcome, reason=if_empty, evidence=evidence)
        return Computed(rows=rows, refused=self.refused, evidence=evidence)
