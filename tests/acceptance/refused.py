"""Count the real rows that each rule of every table refuses over all eight seasons, from one backfill.

python -m tests.acceptance.refused --data ../shared/data [--home build/refused]
"""

# ruff: noqa: T201 - prints its findings

import argparse
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from shared.contracts.rows import tables
from tests.support.local import runs

Counts = dict[str, dict[str, int]]


def fill(home: Path, data: Path) -> float:
    """Fill the home with every date of the folder as one backfill, unless it has them; wall seconds."""
    opened = runs.open_home(home, data)
    days = sorted(opened.days)
    opened.replay.fill((days[0], days[-1]))
    seconds = opened.replay.timing.filling
    opened.close()
    return seconds


def count(home: Path) -> tuple[Counts, dict[str, int], Counts]:
    """Refused rows by table and rule, rows kept by table, and rows left out by the parsers by unit and reason."""
    refused: Counts = {name: {} for name in tables()}
    sql = "SELECT table_name, rule, COUNT(*) FROM nba_orchestration.quarantined_rows GROUP BY ALL ORDER BY ALL"
    for table, rule, n in runs.rows(home, sql):
        refused[table][rule] = n
    kept = {name: runs.rows(home, f"SELECT COUNT(*) FROM {name}")[0][0] for name in tables()}
    left_out: dict[str, Counter[str]] = {}
    for unit, doc in runs.documents(home, "completions").items():
        name = unit.rpartition(".")[2]
        evidence: dict[str, Any] = doc["evidence"]
        for reason, n in {**evidence.get("discarded", {}), **parser_refusals(doc, refused, name)}.items():
            left_out.setdefault(name, Counter())[reason] += n
    return refused, kept, {name: dict(counts) for name, counts in left_out.items()}


def parser_refusals(doc: dict[str, Any], refused: Counts, unit: str) -> dict[str, int]:
    """Rows that a unit refused before its table: counted in its completion and not in quarantined rows."""
    of_tables = {rule for name, rules in refused.items() if name.endswith(f".{unit}") for rule in rules}
    return {f"refused: {rule}": n for rule, n in doc["refused"].items() if rule not in of_tables}


def show(refused: Counts, kept: dict[str, int], left_out: Counts) -> None:
    """Print every rule of every table, also those without refused rows."""
    for name, contract in tables().items():
        broken = refused[name]
        if not kept[name] and not broken:
            continue
        print(f"{name}: {kept[name]:,} rows kept, {sum(broken.values()):,} refused")
        for rule in dict.fromkeys((*(r for r, _ in contract.checks), *broken)):
            print(f"    {broken.get(rule, 0):>8,}  {rule}")
    for unit, reasons in sorted(left_out.items()):
        print(f"{unit}: left out before its table: {', '.join(f'{n:,} {r}' for r, n in sorted(reasons.items()))}")


def main() -> int:
    """Fill a home, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    with TemporaryDirectory() as scratch:
        home = asked.home or Path(scratch) / "home"
        seconds = fill(home, asked.data)
        print(f"eight seasons filled, features included, in {seconds:.1f} s")
        show(*count(home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
