"""Row contracts: one schema per table, read from `tables/*.yaml`; DDL, Arrow and BigQuery schemas follow from it.

A table's YAML gives key, partition, columns (`TYPE`, `TYPE required` or `ARRAY<FLOAT64> of LENGTH`) and checks
(GoogleSQL conditions). With `has_features` every feature of features.yaml is a column too; any column with a feature's
name must stay in the feature's range. The file is read as data: code that uses rows but no feature keeps its hash.
Every table also carries `run_id` and `generation`, added here, which name the run that wrote the row.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

TABLES_DIR = Path(__file__).parent / "tables"
FEATURES_FILE = Path(__file__).with_name("features.yaml")
SYSTEM_COLUMNS = {"run_id": "STRING required", "generation": "INT64 required"}
OVERRULED = "overruled"  # mark of a raw row whose key another row stands for (shared/rules/repeats.py), and its check

_DUCKDB = {
    "INT64": "BIGINT",
    "FLOAT64": "DOUBLE",
    "STRING": "VARCHAR",
    "BOOL": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMPTZ",
    "ARRAY<FLOAT64>": "DOUBLE[]",
}
# A length is given of an array, always: ARRAY<FLOAT64> of 81.
_COLUMN = re.compile(r"(?P<type>\w+(?P<array><\w+>)?)(?(array) of (?P<length>\d+)|(?P<required> required)?)")


@cache
def _arrow() -> "dict[str, pa.DataType]":
    """The Arrow types; Arrow is imported when first needed, not with the contracts."""
    import pyarrow as pa

    return {
        "INT64": pa.int64(),
        "FLOAT64": pa.float64(),
        "STRING": pa.string(),
        "BOOL": pa.bool_(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us", tz="UTC"),
        "ARRAY<FLOAT64>": pa.list_(pa.float64()),
    }


@dataclass(frozen=True)
class Column:
    """One column: a GoogleSQL type name, whether NULL is refused, and the length of an array."""

    name: str
    type: str
    required: bool
    length: int | None = None

    @property
    def duckdb_type(self) -> str:
        """The type's name in DuckDB.

        An array has its length: for a list without one DuckDB's log repeats up to 2,047 earlier rows with every commit.
        """
        return _DUCKDB[self.type] if self.length is None else _DUCKDB[self.type].replace("[]", f"[{self.length}]")


@dataclass(frozen=True)
class Table:
    """The contract of one table.

    `write` is `replace` (a unit's window is replaced as a whole) or `merge` (rows are added or updated by key).
    With `keep_generations` older generations stay beside newer ones; `unit_column` names the column
    by which several units share the table; `volatile` columns (clock times) do not count for the content hash. Of the
    `quoted` columns the median may stand, each by its kind (shared/rules/repeats.py).
    """

    dataset: str
    name: str
    about: str
    key: tuple[str, ...]
    partition: str
    cluster: tuple[str, ...]
    write: str
    keep_generations: bool
    volatile: tuple[str, ...]
    unit_column: str | None
    columns: tuple[Column, ...]
    checks: tuple[tuple[str, str], ...]
    quoted: tuple[tuple[str, str], ...] = ()

    def __hash__(self) -> int:
        """The hash of the name: hashing every column would take longer than a cache keyed by the table saves."""
        return hash(self.full_name)

    @property
    def full_name(self) -> str:
        """`dataset.table`."""
        return f"{self.dataset}.{self.name}"

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def has_known_at(self) -> bool:
        """Whether rows say when they became known, so that the as_of door can filter them."""
        return self.column("known_at") is not None

    @property
    def is_newest(self) -> str:
        """The window condition of rows that no newer generation replaces; of a table that keeps generations."""
        scope = f"{self.partition}, {self.unit_column}" if self.unit_column else self.partition
        return f"generation = MAX(generation) OVER (PARTITION BY {scope})"

    def arrow_schema(self, *, system: bool = True) -> "pa.Schema":
        """The Arrow schema of the table, with or without `run_id` and `generation`."""
        return _schema(self, system=system)

    def duckdb_ddl(self) -> str:
        """CREATE TABLE for DuckDB."""
        body = ", ".join(f'"{c.name}" {c.duckdb_type}{" NOT NULL" if c.required else ""}' for c in self.columns)
        return f"CREATE TABLE IF NOT EXISTS {self.full_name} ({body})"

    def bigquery_schema(self) -> list[dict[str, str]]:
        """The table's schema in BigQuery's JSON form."""
        out = []
        for c in self.columns:
            repeated = c.type.startswith("ARRAY<")
            kind = c.type[6:-1] if repeated else c.type
            mode = "REPEATED" if repeated else "REQUIRED" if c.required else "NULLABLE"
            out.append({"name": c.name, "type": kind, "mode": mode})
        return out

    def to_arrow(self, rows: list[dict[str, Any]]) -> "pa.Table":
        """Rows (dicts; missing keys are NULL) as Arrow, without the system columns."""
        import pyarrow as pa

        schema = self.arrow_schema(system=False)
        return pa.table({f.name: pa.array([r.get(f.name) for r in rows], f.type) for f in schema}, schema=schema)


@cache
def _schema(table: Table, *, system: bool) -> "pa.Schema":
    import pyarrow as pa

    types = _arrow()
    return pa.schema([pa.field(c.name, types[c.type]) for c in table.columns if system or c.name not in SYSTEM_COLUMNS])


def _column(name: str, text: str) -> Column:
    found = _COLUMN.fullmatch(text)
    if not found or found["type"] not in _DUCKDB:
        raise ValueError(f"column {name}: '{text}' is not a type of the contract")
    length = found["length"]
    return Column(name, found["type"], found["required"] is not None, None if length is None else int(length))


def _lengths(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    """A check of each array's length; a NULL array fails it, as BigQuery stores NULL as `[]`."""
    sized = [c for c in columns if c.length is not None]
    return [(f"{c.name}_length", f"COALESCE(ARRAY_LENGTH({c.name}), 0) = {c.length}") for c in sized]


def _ranges(columns: tuple[Column, ...], features: dict[str, Any]) -> list[tuple[str, str]]:
    ranges = {c.name: features[c.name]["range"] for c in columns if "range" in features.get(c.name, {})}
    return [(f"{name}_in_range", f"{name} BETWEEN {low} AND {high}") for name, (low, high) in ranges.items()]


def _table(dataset: str, name: str, raw: dict[str, Any], features: dict[str, Any]) -> Table:
    further = dict.fromkeys(features if raw.get("has_features") else (), "FLOAT64")
    columns = tuple(_column(n, t) for n, t in {**raw["columns"], **further, **SYSTEM_COLUMNS}.items())
    names = {c.name for c in columns}
    partition, key = raw["partition"], tuple(raw["key"])
    unknown = {partition, *key, *raw.get("cluster", ())} - names
    if unknown or raw["write"] not in ("replace", "merge"):
        raise ValueError(f"table {dataset}.{name}: unknown columns {sorted(unknown)} or write mode {raw['write']}")
    return Table(
        dataset=dataset,
        name=name,
        about=raw["about"],
        key=key,
        partition=partition,
        cluster=tuple(raw.get("cluster", ())),
        write=raw["write"],
        keep_generations=raw.get("keep_generations", False),
        volatile=tuple(raw.get("volatile", ())),
        unit_column=raw.get("unit_column"),
        columns=columns,
        checks=(*raw.get("checks", {}).items(), *_ranges(columns, features), *_lengths(columns)),
        quoted=tuple(raw.get("quoted", {}).items()),
    )


@cache
def tables() -> dict[str, Table]:
    """Every table by its full name, in a stable order."""
    sections = _read(FEATURES_FILE)["features"].values()
    features = {name: entry for section in sections for name, entry in section.items()}
    datasets = {path.stem: _read(path) for path in sorted(TABLES_DIR.glob("*.yaml"))}
    made = [_table(dataset, name, raw, features) for dataset, named in datasets.items() for name, raw in named.items()]
    return {table.full_name: table for table in made}


def _read(path: Path) -> dict[str, Any]:
    import yaml

    raw: dict[str, Any] = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    return raw


def names_of(dataset: str) -> frozenset[str]:
    """The names of the dataset's tables, without reading any other dataset."""
    return frozenset(_read(TABLES_DIR / f"{dataset}.yaml"))


def table(full_name: str) -> Table:
    """The contract of one table; KeyError names the table if there is none."""
    return tables()[full_name]
