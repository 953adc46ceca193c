"""Which of several rows with the same key stands.

Equal rows are one row. Where rows contradict each other the newest known one stands. Of rows known at the same time the
median of each quoted value stands, in a table without quoted values the first row. The row that stands is marked with
the rule that chose it; every other one is marked `overruled`, and the tables' check of that name keeps it whole in
`nba_orchestration.quarantined_rows`.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from shared.contracts.rows import OVERRULED
from shared.rules import odds

MARK = "contradiction"
Row = dict[str, Any]


def resolve(rows: pa.Table, key: Sequence[str], quoted: Mapping[str, str]) -> tuple[pa.Table, int]:
    """The rows, repeated keys resolved and marked in the column `contradiction`; and how many equal rows were left out.

    `quoted` names the columns of which the median may stand, each as `number`, as `american` odds or as a time of
    which the `latest` stands.
    """
    first = _firsts(rows, key)
    repeated = np.isin(first, first[first != np.arange(len(rows))])
    if not repeated.any():
        return rows, 0
    groups: dict[int, list[Row]] = {}
    for position, row in zip(first[repeated], rows.filter(pa.array(repeated)).to_pylist(), strict=True):
        distinct = groups.setdefault(position, [])
        distinct += [row] if row not in distinct else []
    settled = [row for distinct in groups.values() for row in settle(distinct, quoted)]
    identical = int(repeated.sum()) - sum(map(len, groups.values()))
    alone = rows.filter(pa.array(~repeated))
    return pa.concat_tables([alone, pa.Table.from_pylist(settled, schema=rows.schema)]), identical


def settle(rows: Sequence[Row], quoted: Mapping[str, str]) -> list[Row]:
    """The distinct rows of one key, in the order of their source: first the one that stands, then the overruled."""
    if len(rows) == 1:
        return [rows[0]]
    newest = max((row["known_at"] for row in rows if row["known_at"]), default=None)
    latest = [row for row in rows if row["known_at"] == newest]
    rule = "newest" if len(latest) == 1 else "median" if quoted else "first"
    middle = {name: middle_of([row[name] for row in latest], kind) for name, kind in quoted.items()}
    stands = {**latest[0], **middle}
    return [{**stands, MARK: rule}, *({**row, MARK: OVERRULED} for row in rows if row != stands)]


def middle_of(values: Sequence[Any], kind: str) -> Any:
    """The median of the known values, of American odds by what they pay, of times the latest; None without any."""
    known = [value for value in values if value is not None]
    if len(set(known)) <= 1:
        return known[0] if known else None
    if kind == "latest":
        return max(known)
    if kind == "american":
        return int(odds.american(np.array(np.median(odds.decimal(np.array(known, np.float64))))))
    return median(known)


def _codes(array: pa.Array) -> NDArray[np.int64]:
    """A small integer for each distinct value; null is -1."""
    codes = pc.index_in(array, value_set=pc.unique(pc.drop_null(array)))
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False), np.int64)


def _firsts(rows: pa.Table, names: Sequence[str]) -> NDArray[np.int64]:
    """For each row the position of the first row with the same values in the columns `names`."""
    group = np.zeros(len(rows), np.int64)
    for name in names:
        codes = _codes(rows.column(name).combine_chunks())
        group = np.unique(group * (codes.max(initial=-1) + 2) + codes + 1, return_inverse=True)[1].astype(np.int64)
    first = np.full(int(group.max(initial=-1)) + 1, len(rows), np.int64)
    np.minimum.at(first, group, np.arange(len(rows)))
    return np.asarray(first[group])
