"""Writes validate, quarantine, replace, refuse the superseded, and read back what stands there."""

from datetime import UTC, date, datetime

import pytest

from shared.adapters.local.warehouse import DuckTables
from shared.contracts.rows import table
from shared.errors import ContractError, Fenced, StaleGeneration, UserError
from shared.ports import Scope
from tests.unit.shared.test_door import SCHEDULE, game

DAY = date(2024, 2, 27)
KNOWN = datetime(2024, 2, 26, tzinfo=UTC)
INJURIES = "nba_raw.nbac_player_list"


def listed(player_id: int, team: str = "BOS", **other) -> dict:
    """A player-list row."""
    return {
        "list_date": DAY, "player_id": player_id, "player_name": "A", "player_lookup": "a", "team": team,
        "known_at": KNOWN, "known_at_source": "published", "source": "test", **other,
    }  # fmt: skip


def write(tables, rows, *, name=INJURIES, generation=1, token=1):
    """Write rows into the day's scope."""
    contract = table(name)
    return tables.write(contract, contract.to_arrow(rows), Scope("run", generation, token, "unit", DAY, DAY))


@pytest.fixture
def tables():
    """An empty warehouse in memory."""
    found = DuckTables(None)
    yield found
    found.close()


def count(tables, name, where="TRUE") -> int:
    """Rows of a table."""
    return tables.read(f"SELECT COUNT(*) AS n FROM {name} WHERE {where}")["n"][0].as_py()


def test_repeat_changes_nothing(tables):
    """The same write again leaves the same rows and reports the same hash."""
    first = write(tables, [listed(1), listed(2)])
    again = write(tables, [listed(2), listed(1)], token=2)
    assert (first.found, first.hash) == (again.found, again.hash)
    assert count(tables, INJURIES) == 2


def test_replace_removes_what_is_gone(tables):
    """A replaced window holds only the new rows."""
    write(tables, [listed(1), listed(2)])
    assert write(tables, [listed(2)], token=2).found == 1
    assert count(tables, INJURIES) == 1


def test_other_content_has_another_hash(tables):
    """A changed value changes the hash; who wrote it does not."""
    first = write(tables, [listed(1)])
    assert first.hash != write(tables, [listed(1, team="NYK")], token=2).hash
    assert first.hash == write(tables, [listed(1)], generation=2).hash


def test_bad_rows_are_kept_with_their_rule(tables):
    """A NULL where one is required, a broken check and a repeated key are quarantined whole; good rows pass."""
    rows = [listed(1), listed(1), listed(2, player_name=None)]
    written = write(tables, rows)
    assert {"duplicate_key": 1, "required:player_name": 1} == dict(written.refused)
    assert (3, 1) == (written.expected, written.found)
    kept = tables.read("SELECT rule, row_json FROM nba_orchestration.quarantined_rows ORDER BY rule").to_pylist()
    assert ["duplicate_key", "required:player_name"] == [k["rule"] for k in kept]
    assert '"player_id":2' in kept[1]["row_json"]


def test_checks_of_the_contract_apply(tables):
    """An All-Star game id never enters the schedule."""
    written = write(tables, [game("0032300001", DAY, KNOWN), game("0022300001", DAY, KNOWN)], name=SCHEDULE)
    assert {"league_game": 1} == dict(written.refused)
    assert count(tables, SCHEDULE) == 1


def test_repaired_attempt_clears_its_quarantine(tables):
    """Rows refused by an earlier attempt of the same unit do not stay when the repeat is clean."""
    write(tables, [listed(1), listed(1)])
    write(tables, [listed(1)], token=2)
    assert count(tables, "nba_orchestration.quarantined_rows") == 0


def test_older_token_is_fenced(tables):
    """A worker whose claim was taken over cannot write any more."""
    write(tables, [listed(1)], token=2)
    with pytest.raises(Fenced):
        write(tables, [listed(2)], token=1)
    assert count(tables, INJURIES, "player_id = 1") == 1


def test_older_generation_is_refused(tables):
    """A superseded generation cannot overwrite the newer one."""
    write(tables, [listed(1)], generation=2)
    with pytest.raises(StaleGeneration):
        write(tables, [listed(2)], generation=1, token=9)


def test_merge_keeps_the_first_known_at(tables):
    """A schedule row seen again unchanged keeps the moment it first became known."""
    write(tables, [game("0022300001", DAY, KNOWN)], name=SCHEDULE)
    write(tables, [game("0022300001", DAY, KNOWN.replace(day=27))], name=SCHEDULE, generation=2)
    assert count(tables, SCHEDULE, "known_at = TIMESTAMPTZ '2024-02-26 00:00:00+00' AND generation = 1") == 1


def test_merge_takes_changed_rows(tables):
    """A schedule row whose content changed is replaced, with its own known_at."""
    write(tables, [game("0022300001", DAY, KNOWN)], name=SCHEDULE)
    moved = {**game("0022300001", DAY, KNOWN.replace(day=27)), "game_status": "postponed"}
    assert write(tables, [moved], name=SCHEDULE, generation=2).found == 1
    assert count(tables, SCHEDULE, "game_status = 'postponed' AND generation = 2") == 1


def test_rows_without_a_column_are_a_contract_error(tables):
    """Rows that lack a column of the contract are refused by name."""
    contract = table(INJURIES)
    rows = contract.to_arrow([listed(1)]).drop_columns(["team"])
    with pytest.raises(ContractError, match="lack team"):
        tables.write(contract, rows, Scope("run", 1, 1, "unit", DAY, DAY))


def test_damaged_file_is_one_clear_line(tmp_path):
    """A warehouse file that is not one says so, and what to do."""
    path = tmp_path / "warehouse.duckdb"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(UserError, match="not a readable warehouse"):
        DuckTables(path)


def test_fences_survive_reopening(tmp_path):
    """A new process still refuses what an older token would write."""
    path = tmp_path / "warehouse.duckdb"
    first = DuckTables(path)
    write(first, [listed(1)], token=5)
    first.close()
    second = DuckTables(path)
    with pytest.raises(Fenced):
        write(second, [listed(2)], token=4)
    second.close()


def test_an_older_home_gains_new_columns(tmp_path):
    """A column added to a contract appears in a file made before, NULL in the rows that were there."""
    path = tmp_path / "warehouse.duckdb"
    first = DuckTables(path)
    write(first, [listed(1)])
    first._db.execute(f"ALTER TABLE {INJURIES} DROP COLUMN team")
    first.close()
    second = DuckTables(path)
    write(second, [listed(2)], token=2)
    assert second.read(f"SELECT team FROM {INJURIES}")["team"].to_pylist() == ["BOS"]
    second.close()


def test_a_held_answer_ends_with_the_next_write(tables):
    """The same question gets the same answer while nothing was written, and the new one right after."""
    params = {"from_date": DAY, "to_date": DAY, "as_of": KNOWN}
    ask = f"SELECT player_id FROM {INJURIES}"
    write(tables, [listed(1)])
    first = tables.query(ask, {INJURIES: 0}, params, as_of=True)
    assert tables.query(ask, {INJURIES: 0}, params, as_of=True) is first
    write(tables, [listed(1), listed(2)], token=2)
    assert tables.query(ask, {INJURIES: 0}, params, as_of=True).num_rows == 2
    assert tables.query(ask, {INJURIES: 0}, {**params, "as_of": KNOWN.replace(day=25)}, as_of=True).num_rows == 0
