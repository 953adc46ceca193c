"""What becomes of a feed's records: rows, records refused under a rule's name, and counts of those left out."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa

from shared.contracts.feeds import Drift, Examined, examine
from shared.contracts.work import Computed, Missing, Payload
from shared.errors import ContractError

T = TypeVar("T")


@dataclass
class Tally:
    """The records that became no row, by rule, the payloads that cannot be read, and the drift seen."""

    refused: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    discarded: Counter[str] = field(default_factory=Counter)
    unreadable: dict[str, ContractError] = field(default_factory=dict)  # by what the payload is about, or its path
    drift: dict[tuple[str, str, str], Drift] = field(default_factory=dict)  # by record, field and change

    def read(self, payloads: Sequence[Payload], reader: Callable[[Payload], T]) -> Iterator[T]:
        """What `reader` makes of each payload; one for which it raises ContractError is missing.

        Raises the first such error at the end if more than half of the payloads are not what they claim to be.
        """
        for payload in payloads:
            try:
                answer = reader(payload)
            except ContractError as error:
                self.unreadable[payload.artifact.entity or payload.artifact.path] = error
            else:
                yield answer
        if 2 * len(self.unreadable) > len(payloads):
            raise next(iter(self.unreadable.values()))

    def refuse(self, rule: str, *records: Mapping[str, Any]) -> None:
        """Refuse records under a rule's name."""
        if records:
            self.refused.setdefault(rule, []).extend(map(dict, records))

    def kept(self, kind: str, records: Any, where: str) -> list[dict[str, Any]]:
        """The records that keep the contract `kind`, others are refused; ContractError if they are not a list."""
        if not isinstance(records, list):
            raise ContractError(f"{where}: {kind} is not a list")
        return self.take(examine(kind, records))

    def take(self, examined: Examined) -> list[dict[str, Any]]:
        """The records that were kept; what was refused and how they drifted is remembered."""
        for key, drift in examined.drift.items():
            self.drift[key] = drift.plus(self.drift.get(key))
        for rule, refused in examined.refused.items():
            self.refuse(rule, *refused)
        return examined.kept

    @property
    def new_fields(self) -> list[str]:
        """`record.field` of each field that no contract lists."""
        return sorted(f"{record}.{name}" for record, name, change in self.drift if change == "new_field")

    def computed(
        self, rows: pa.Table | list[dict[str, Any]], if_empty: str, outcome: str = "empty", **evidence: Any
    ) -> Computed:
        """The parser's result; without rows and refused records it is `outcome`, for the reason `if_empty`."""
        evidence = {"discarded": {rule: count for rule, count in self.discarded.items() if count}, **evidence}
        missing = tuple(Missing(entity, str(error)) for entity, error in self.unreadable.items())
        if not len(rows) and not self.refused:
            return Computed(rows=rows, outcome=outcome, reason=if_empty, evidence=evidence, missing=missing)
        return Computed(rows=rows, refused=self.refused, evidence=evidence, missing=missing)
