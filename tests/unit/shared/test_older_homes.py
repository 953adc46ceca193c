"""Homes of earlier releases: opened by this one they keep their rows, gain what was added, and are written as new ones."""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
import yaml

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import tables
from tests.support.places import ROOT

RELEASES = {p.stem: p for p in sorted((ROOT / "tests" / "support" / "data" / "releases").glob("*.yaml"))}
KINDS = {"STRING": "VARCHAR", "INT64": "BIGINT", "FLOAT64": "DOUBLE", "BOOL": "BOOLEAN", "ARRAY<FLOAT64>": "DOUBLE[81]"}
MADE_UP = {  # a value of each type
    "STRING": "'a'", "INT64": "1", "FLOAT64": "1.5", "BOOL": "TRUE", "DATE": "DATE '2024-02-26'",
    "TIMESTAMP": "TIMESTAMPTZ '2024-02-26 12:00:00+00'", "ARRAY<FLOAT64>": "[0.5 FOR i IN range(81)]",
}  # fmt: skip
GONE = "gone_since"  # a column that had to have a value then and is not written now


def made(path: Path, release: Mapping[str, Mapping[str, str]]) -> None:
    """A home's warehouse as that release made it, with one row in each table."""
    with duckdb.connect(str(path)) as db:
        for name, columns in release.items():
            db.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
            given = {c: text.split() for c, text in columns.items()} | {GONE: ["STRING", "required"]}
            body = ", ".join(
                f'"{c}" {_duckdb(kind)}{" NOT NULL" if required else ""}' for c, (kind, *required) in given.items()
            )
            db.execute(f"CREATE TABLE {name} ({body})")
            db.execute(f"INSERT INTO {name} VALUES ({', '.join(MADE_UP[kind] for kind, *_ in given.values())})")


def _duckdb(kind: str) -> str:
    return {"TIMESTAMP": "TIMESTAMPTZ"}.get(kind) or KINDS.get(kind, kind)


@pytest.fixture(scope="module", params=RELEASES)
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping]:
    """A home of a release that this release has opened once, and that release's columns."""
    path = tmp_path_factory.mktemp("home") / "warehouse.duckdb"
    release = yaml.safe_load(RELEASES[request.param].read_text("utf-8"))
    made(path, release)
    DuckTables(path).close()
    return path, release


def test_an_older_home_has_every_table_and_column(home: tuple[Path, Mapping]) -> None:
    """As a new home has, with the same types; its rows are there, NULL in what was added since."""
    path, release = home
    fresh, opened = DuckTables(None), DuckTables(path)
    for name, table in tables().items():
        now = dict(opened.read(f"SELECT column_name, column_type FROM (DESCRIBE {name})", {}).to_pandas().values)
        wanted = dict(fresh.read(f"SELECT column_name, column_type FROM (DESCRIBE {name})", {}).to_pandas().values)
        assert {c: now.get(c) for c in wanted} == wanted, name
        rows = opened.read(f"SELECT * FROM {name}", {}).to_pylist()
        assert len(rows) == (name in release)
        added = {c.name for c in table.columns} - set(release.get(name, ()))
        assert {row[c] for row in rows for c in added} <= {None}
    opened.close()
    fresh.close()


def test_an_older_home_is_written_as_a_new_one(home: tuple[Path, Mapping]) -> None:
    """A column that need have no value now takes NULL there too, and so does one that is not written any more."""
    path, release = home
    opened = DuckTables(path)
    for name in release:
        described = opened.read(f'SELECT column_name, "null" FROM (DESCRIBE {name})', {}).to_pylist()
        needed = {row["column_name"] for row in described if row["null"] == "NO"}
        assert needed <= {c.name for c in tables()[name].columns if c.required}, name
    opened.close()
