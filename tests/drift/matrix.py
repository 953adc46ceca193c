"""Every feed's payload under every mutation, and what becomes of its rows: `python -m tests.drift.matrix` prints it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from functions.process_raw.feeds.frame import Outcome, Row, read_payload
from tests.drift.mutations import MUTATIONS, Mutation
from tests.support.feed_payloads import Seed, seeds

SAME = "same"  # the rows of the whole payload; or none, for the same reason
NULL = "null"  # the same rows, a value that may be null is null in some of them
FEWER = "fewer"  # some rows are missing, the others are the same or have nulls
REFUSED = "refused"  # no row, and a reason
WRONG = "WRONG"  # a row that the whole payload does not have: never allowed
SILENT = "SILENT"  # rows are missing, and nothing says so: never allowed


@dataclass(frozen=True)
class Cell:
    """What one mutation made of one payload at each place."""

    seed: str
    mutation: str
    results: tuple[tuple[str, str, Outcome], ...]  # place, result, outcome

    @property
    def counts(self) -> Counter[str]:
        return Counter(result for _, result, _ in self.results)


def cells(some: tuple[Seed, ...] | None = None, mutations: tuple[Mutation, ...] = MUTATIONS) -> Iterator[Cell]:
    """The cells of the matrix, seed by seed."""
    for seed in some or seeds():
        whole = read_payload(seed.feed, seed.body)
        for mutation in mutations:
            yield Cell(seed.name, mutation.name, tuple(_results(seed, whole, mutation)))


def _results(seed: Seed, whole: Outcome, mutation: Mutation) -> Iterator[tuple[str, str, Outcome]]:
    for place, body in mutation.bodies(seed):
        found = read_payload(seed.feed, body)
        yield place, result(whole, found), found


def result(whole: Outcome, found: Outcome) -> str:
    """How the rows found compare with those of the whole payload."""
    if found.rule:
        return WRONG if found.has_rows else SAME if found.rule == whole.rule else REFUSED
    worst = SAME
    for table in sorted({*whole.rows, *found.rows}):
        expected, rows = whole.rows.get(table, []), found.rows.get(table, [])
        matched = [_match(row, expected) for row in rows]
        if any(match is None for match in matched):
            return WRONG
        if len(rows) < len(expected):
            worst = FEWER if found.refused or found.discarded else SILENT
        elif worst == SAME and any(row not in expected for row in rows):
            worst = NULL
    return worst


def _match(row: Row, expected: list[Row]) -> Row | None:
    """The row of the whole payload that this one is, but for nulls; None if there is none."""
    return next((e for e in expected if all(v is None or v == e[n] for n, v in row.items())), None)


def table() -> str:
    """The matrix as text: per payload and mutation the results, and how many places gave each."""
    short = {SAME: "=", NULL: "n", FEWER: "-", REFUSED: "x", WRONG: "WRONG", SILENT: "SILENT"}
    lines = ["= same rows, n a null, - fewer rows with their reason, x refused with its reason; counts of places", ""]
    by_seed: dict[str, list[Cell]] = {}
    for cell in cells():
        by_seed.setdefault(cell.seed, []).append(cell)
    for seed, of_seed in by_seed.items():
        lines.append(seed)
        for cell in of_seed:
            counts = "  ".join(f"{short[r]} {n}" for r, n in sorted(cell.counts.items()))
            lines.append(f"    {cell.mutation:<16} {counts}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201
