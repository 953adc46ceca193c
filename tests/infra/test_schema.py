"""What a release may change of the deployed schema, and that the contracts ask for no more."""

import copy
from typing import Any

import pytest
import yaml

from tools.schema import MIGRATIONS, SNAPSHOT, problems, written

TABLE, COLUMN = "nba_raw.nbac_schedule", "nba_raw.nbac_schedule.home_team"
DEPLOYED: dict[str, Any] = {
    TABLE: {
        "partition": "game_date",
        "cluster": [],
        "columns": {"game_date": "DATE REQUIRED", "home_team": "STRING REQUIRED", "arena": "STRING NULLABLE"},
    }
}


def changed(**columns: str | None) -> dict[str, Any]:
    """The schema with other columns; None removes one."""
    wanted = copy.deepcopy(DEPLOYED)
    merged = {**wanted[TABLE]["columns"], **columns}
    wanted[TABLE]["columns"] = {c: t for c, t in merged.items() if t is not None}
    return wanted


def test_the_contracts_can_be_rolled_out() -> None:
    """Between the last release and this one there are only changes in place, and those with a migration."""
    deployed = yaml.safe_load(SNAPSHOT.read_text("utf-8"))
    migrations = yaml.safe_load(MIGRATIONS.read_text("utf-8"))
    assert problems(deployed, written(), migrations) == [], (
        "make the column NULLABLE, or write terraform/migrations.yaml"
    )


@pytest.mark.parametrize(
    "wanted",
    [
        changed(),
        changed(attendance="INT64 NULLABLE"),
        changed(officials="STRING REPEATED"),
        changed(home_team="STRING NULLABLE"),
        {**DEPLOYED, "nba_raw.new": {"partition": "game_date", "cluster": [], "columns": {"a": "STRING REQUIRED"}}},
    ],
    ids=["nothing", "a nullable column", "a repeated column", "a relaxed column", "a table"],
)
def test_what_old_code_bears_is_rolled_out(wanted: dict[str, Any]) -> None:
    """Old code goes on beside it: nothing that it writes or reads is gone or asked for."""
    assert problems(DEPLOYED, wanted, {}) == []


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        (changed(attendance="INT64 REQUIRED"), f"{TABLE}.attendance"),
        (changed(home_team=None), COLUMN),
        (changed(home_team="INT64 REQUIRED"), COLUMN),
        (changed(home_team="INT64 NULLABLE"), COLUMN),
        (changed(arena="STRING REQUIRED"), f"{TABLE}.arena"),
        (changed(arena="STRING REPEATED"), f"{TABLE}.arena"),
        ({}, TABLE),
        ({TABLE: {**DEPLOYED[TABLE], "partition": "known_on"}}, TABLE),
    ],
    ids=["required", "removed", "retyped", "retyped and relaxed", "tightened", "repeated", "no table", "partition"],
)
def test_what_loses_rows_needs_a_migration(wanted: dict[str, Any], refused: str) -> None:
    """Refused by name without one, accepted with one; a migration that nothing needs is refused too."""
    (problem,) = problems(DEPLOYED, wanted, {})
    assert problem.startswith(f"{refused}: ")
    assert problems(DEPLOYED, wanted, {refused: "copied into a new table first"}) == []
    assert problems(DEPLOYED, DEPLOYED, {refused: "not needed"}) != []
