"""The schema as deployed, and what a release may change of it: `python -m tools.schema` takes the new one down.

terraform/schema.yaml is what the last release has in BigQuery. A later release may add tables and NULLABLE columns and
relax REQUIRED ones: Terraform does that in place, before it changes any function, and old code goes on beside it. All
else loses rows, or fails at the first write of the old code, and needs a migration: an entry of
terraform/migrations.yaml that says how it is done, by `table.column` (or `table`).
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from shared.contracts.rows import tables
from tools import ROOT

SNAPSHOT = ROOT / "terraform" / "schema.yaml"
MIGRATIONS = ROOT / "terraform" / "migrations.yaml"
HEAD = "# What the last release has in BigQuery, written by `python -m tools.schema`. Some changes need a migration.\n"
Schema = Mapping[str, Mapping[str, Any]]


def written() -> Schema:
    """The schema that the contracts describe: per table its partition, clustering and columns, as `TYPE MODE`."""
    return {
        name: {
            "partition": table.partition,
            "cluster": list(table.cluster),
            "columns": {c["name"]: f"{c['type']} {c['mode']}" for c in table.bigquery_schema()},
        }
        for name, table in sorted(tables().items())
    }


def refusals(deployed: Schema, wanted: Schema) -> Iterator[tuple[str, str]]:
    """What of the wanted schema cannot be rolled out in place, as (table or table.column, why)."""
    for name, before in deployed.items():
        after = wanted.get(name)
        if after is None:
            yield name, "the table is removed"
            continue
        if before["partition"] != after["partition"]:
            yield (
                name,
                f"the partition changes from {before['partition']} to {after['partition']}: the table is made anew",
            )
        for column in sorted({*before["columns"], *after["columns"]}):
            if why := _refusal(before["columns"].get(column), after["columns"].get(column)):
                yield f"{name}.{column}", why


def _refusal(before: str | None, after: str | None) -> str:
    """Why a column cannot change from one type and mode to the other in place; empty if it can."""
    if before == after:
        return ""
    if after is None:
        return f"the column is removed ({before})"
    kind, mode = after.split()
    if before is None:
        return "the column is added as REQUIRED: old rows and old code have no value" if mode == "REQUIRED" else ""
    relaxed = before.split() == [kind, "REQUIRED"] and mode == "NULLABLE"
    return "" if relaxed else f"the column changes from {before} to {after}"


def problems(deployed: Schema, wanted: Schema, migrations: Mapping[str, str]) -> list[str]:
    """What is refused and has no migration, and migrations of what is not refused."""
    refused = dict(refusals(deployed, wanted))
    missing = [f"{what}: {why}" for what, why in refused.items() if what not in migrations]
    return missing + [f"{what}: its migration is not needed (any more)" for what in migrations if what not in refused]


def main() -> int:
    """Take the schema down; 1 and the reasons, if it cannot be rolled out."""
    deployed = yaml.safe_load(SNAPSHOT.read_text("utf-8")) if SNAPSHOT.exists() else {}
    if found := problems(deployed, written(), yaml.safe_load(MIGRATIONS.read_text("utf-8")) or {}):
        sys.stderr.write("\n".join([*found, f"write how it is done into {MIGRATIONS.relative_to(ROOT)}"]) + "\n")
        return 1
    text = yaml.safe_dump(dict(written()), sort_keys=False, default_flow_style=None, width=10_000)
    SNAPSHOT.write_text(HEAD + text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
