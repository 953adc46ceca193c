"""What BigQuery is sent: every statement names its partitions, its values are parameters, and it says one thing."""

import re
from datetime import UTC, date, datetime

import pytest
import sqlglot
from sqlglot import exp

from shared.adapters.cloud import bigquery_sql as text
from shared.contracts.rows import tables
from shared.errors import ContractError
from shared.map.loader import pipeline_map
from shared.map.model import Unit
from shared.ports import Scope
from shared.sql import queries
from shared.sql.queries import FUNCTIONS_DIR
from tests.support.twins.warehouses import mutated

CONDITIONAL = re.compile(r"^IF EXISTS \((.*)\) THEN (.*); END IF$")
DAY = date(2024, 2, 27)
SCOPE = Scope("2024-02-27.pregame'; DROP", 2, 3, "champion", DAY, DAY)
UNITS = [u for f in pipeline_map().functions.values() for u in f.units.values()]
WRITES = [
    text.Write(table, SCOPE, staged, DAY, DAY, refused)
    for table in tables().values()
    for staged, refused in ((None, False), ("nba_staging.rows", False), ("nba_staging.rows", True))
]


def texts(unit: Unit) -> list[str]:
    """Every query text of a unit."""
    names = [n for n in (unit.query, unit.facts, *unit.inputs.values()) if n]
    return [queries.load(FUNCTIONS_DIR / unit.function / "queries" / n) for n in names]


def unguarded(tree: exp.Expr) -> list[str]:
    """Tables read without a condition on their partition in the same SELECT."""
    found = []
    for node in tree.find_all(exp.Table):
        contract = tables().get(f"{node.db}.{node.name}")
        if contract is None:
            continue
        select = node.find_ancestor(exp.Select)
        where = select.args.get("where") if select else None
        ranges = where.find_all(exp.Between) if where else ()
        if not any(isinstance(r.this, exp.Column) and r.this.name == contract.partition for r in ranges):
            found.append(contract.full_name)
    return found


def statements(script: str) -> list[str]:
    """The statements of a script that change or read rows."""
    parts = [part for line in script.split(";\n") for part in CONDITIONAL.sub(r"\1;\n\2", line.strip()).split(";\n")]
    return [p.rstrip(";") for p in parts if p.startswith(("INSERT", "DELETE", "UPDATE", "MERGE", "SELECT"))]


@pytest.mark.parametrize("unit", UNITS, ids=lambda u: f"{u.function}.{u.name}")
def test_every_read_names_its_partitions(unit: Unit) -> None:
    """No query of the map scans a table without a range of its partition, and the text still means what it did."""
    for sql in texts(unit):
        sent = text.reading(sql, unit.reads, as_of=unit.feeds_prediction)
        tree = sqlglot.parse_one(sent, read="bigquery")
        assert unguarded(tree) == []
        assert tree.sql(dialect="bigquery", comments=False) == sent


def test_an_unguarded_table_would_be_noticed() -> None:
    """The check above can fail."""
    bare = sqlglot.parse_one("SELECT * FROM nba_raw.nbac_schedule WHERE season = 2023", read="bigquery")
    assert unguarded(bare) == ["nba_raw.nbac_schedule"]


@pytest.mark.parametrize("write", WRITES, ids=lambda w: f"{w.table.name}-{w.staged}-{w.refused}")
def test_every_write_names_its_partitions(write: text.Write) -> None:
    """Whatever is deleted, merged, counted or read back is bounded on the target's partition."""
    bounds = f"`{write.table.partition}` BETWEEN @first AND @last"
    for statement in statements(write.script()):
        sqlglot.parse_one(statement, read="bigquery")
        touches = any(name in statement for name in (write.table.full_name, text.QUARANTINE))
        bounded = bounds in statement or "game_date = @from_date" in statement
        assert bounded or not touches or statement.startswith("INSERT")


@pytest.mark.parametrize("write", WRITES, ids=lambda w: f"{w.table.name}-{w.staged}-{w.refused}")
def test_values_never_enter_the_text(write: text.Write) -> None:
    """Run and dates are parameters, each of which has a value; of a scope the text names the unit's fence only."""
    script = write.script()
    assert text.parameters(script) <= set(write.parameters())
    assert "DROP" not in script
    assert str(DAY) not in script


@pytest.mark.parametrize("write", WRITES[:3], ids=lambda w: f"{w.staged}-{w.refused}")
def test_fences_come_before_effects(write: text.Write) -> None:
    """Within one transaction: the fence, then the claim's mark, then rows; reading back comes after the commit."""
    script = write.script()
    order = [script.index(part) for part in ("BEGIN TRANSACTION", text.SUPERSEDED, "UPDATE ", "COMMIT")]
    assert order == sorted(order)
    for effect in ("DELETE FROM", "MERGE INTO"):
        assert effect not in script or order[2] < script.index(effect) < order[3]
    assert script.rindex("COUNT(*) AS found") > order[3] or "SELECT 0 AS found" in script


def test_first_claims_leave_quarantine_alone() -> None:
    """A first attempt has nothing of its own in quarantine to clear."""
    first = text.Write(
        tables()["nba_raw.nbac_player_list"], Scope("r", 1, 1, "u", DAY, DAY), "s", DAY, DAY, refused=False
    )
    assert text.QUARANTINE not in first.script()


def test_an_undeclared_table_is_refused() -> None:
    """The door stands in front of BigQuery too."""
    with pytest.raises(ContractError, match="does not declare"):
        text.reading("SELECT * FROM nba_raw.nbac_schedule", {}, as_of=True)


def test_every_table_demands_its_partition() -> None:
    """The tables made for emulators are Terraform's: partitioned, and not to be scanned without a filter."""
    made = text.ddl(["champion"])
    for name, ddl in made.items():
        assert name == text.fence("champion") or "require_partition_filter = TRUE" in ddl
    assert set(made) == {*tables(), text.fence("champion")}


@pytest.mark.parametrize("unit", ["", "un'it", "a b", "x" * 201])
def test_a_unit_whose_name_is_no_tables_is_refused(unit: str) -> None:
    """The unit's name is in the text: only names that cannot end it are."""
    with pytest.raises(ContractError, match="no table can be named"):
        text.fence(unit)


def test_units_that_write_at_the_same_moment_change_no_table_together() -> None:
    """BigQuery cancels one of two that do: of eight systems seven were cancelled again and again."""
    for kind in pipeline_map().runs.values():
        for phase in kind.phases.values():
            units = [pipeline_map().unit(phase.function, name) for name in phase.units]
            changed = [
                table
                for unit in units
                if unit.writes
                for table in mutated(
                    text.Write(
                        tables()[unit.writes], Scope("r", 1, 1, unit.name, DAY, DAY), "s", DAY, DAY, True
                    ).script()
                )
            ]
            assert len(changed) == len(set(changed)), f"{kind.name}.{phase.name}"


def test_instants_are_compared_as_instants() -> None:
    """The door's as_of and dates are parameters of the guarded text."""
    sent = text.reading("SELECT game_id FROM nba_raw.nbac_schedule", {"nba_raw.nbac_schedule": 3}, as_of=True)
    assert {"from_date", "to_date", "as_of"} == text.parameters(sent)
    assert str(datetime.now(UTC).year) not in sent
