"""What Tables promises, on every twin."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from shared.contracts.rows import table
from shared.errors import ContractError, Fenced, StaleGeneration, Unportable
from shared.ports import Query, Scope, Tables, Written
from tests.support.twins.warehouses import (
    DAY,
    KNOWN,
    LIST,
    PREDICTIONS,
    QUARANTINE,
    SCHEDULE,
    SYSTEMS,
    game,
    ids,
    listed,
    pmf,
    prediction,
    read,
    refused,
    write,
)  # fmt: skip

AS_OF = {"from_date": DAY, "to_date": DAY, "as_of": KNOWN}


def test_repeat_changes_nothing(tables: Tables) -> None:
    """The same write again, in any order, leaves the same rows and reports the same hash."""
    first = write(tables, [listed(1), listed(2)])
    again = write(tables, [listed(2), listed(1)], token=2)
    assert first == again
    assert (2, 2) == (first.expected, first.found)
    assert [1, 2] == ids(tables)


def test_the_same_claim_may_write_again(tables: Tables) -> None:
    """A write whose answer was lost is made once more with the same claim: nothing doubles."""
    assert write(tables, [listed(1)]) == write(tables, [listed(1)])
    assert [1] == ids(tables)


def test_replace_removes_what_is_gone(tables: Tables) -> None:
    """A replaced window holds only the new rows; without any, none; other days are not touched."""
    before = DAY - timedelta(days=1)
    write(tables, [listed(9, list_date=before)], days=(before, before))
    write(tables, [listed(1), listed(2)])
    assert write(tables, [listed(2)], token=2).found == 1
    assert [2] == ids(tables)
    assert write(tables, [], token=3).found == 0
    assert [9] == [r["player_id"] for r in read(tables, f"SELECT player_id FROM {LIST}", LIST, days=(before, DAY))]


def test_other_content_has_another_hash(tables: Tables) -> None:
    """A changed value changes the hash; who wrote it does not."""
    first = write(tables, [listed(1)])
    assert first.hash != write(tables, [listed(1, team="NYK")], token=2).hash
    assert first.hash == write(tables, [listed(1)], generation=2).hash


def test_bad_rows_are_kept_with_their_rule(tables: Tables) -> None:
    """A NULL where one is required and a repeated key are quarantined whole, under the first rule; good rows pass."""
    written = write(tables, [listed(1), listed(1), listed(2, player_name=None), listed(3)])
    assert {"duplicate_key": 1, "required:player_name": 1} == dict(written.refused)
    assert (4, 2) == (written.expected, written.found)
    assert [1, 3] == ids(tables)
    (_, duplicate), (_, lacking) = refused(tables)
    assert '"player_id":1' in duplicate
    assert '"player_id":2' in lacking
    assert '"team":"BOS"' in lacking


def test_an_overruled_row_is_kept_beside_the_one_that_stands(tables: Tables) -> None:
    """The row that stands is in the table, marked; the overruled one is whole in quarantine, under that rule."""
    rows = [listed(1, contradiction="newest"), listed(1, team="NYK", contradiction="overruled")]
    written = write(tables, rows)
    assert ({"overruled": 1}, 1) == (dict(written.refused), written.found)
    assert ["newest"] == ids(tables, column="contradiction")
    ((rule, row),) = refused(tables)
    assert rule == "overruled"
    assert '"team":"NYK"' in row


def test_which_duplicate_stays_is_not_chance(tables: Tables) -> None:
    """Of rows that share a key the same one stays, in whatever order they come."""
    rows = [listed(1, team=team) for team in ("BOS", "NYK", "DEN", "UTA")]
    write(tables, rows)
    first = ids(tables, column="team")
    write(tables, rows[::-1], token=2)
    assert first == ids(tables, column="team")
    assert len(refused(tables)) == 3


def test_checks_of_the_contract_apply(tables: Tables) -> None:
    """An All-Star game id never enters the schedule; a check that is NULL refuses nothing."""
    written = write(tables, [game("0032300001"), game("0022300001")], name=SCHEDULE)
    assert {"league_game": 1} == dict(written.refused)
    assert ["0022300001"] == ids(tables, SCHEDULE, "game_id")
    without_line = write(tables, [prediction(1, "unit", p_over=None)], name=PREDICTIONS)
    assert not without_line.refused


def test_repaired_attempt_clears_its_quarantine(tables: Tables) -> None:
    """Rows refused by an earlier attempt of the same unit do not stay when the repeat is clean; another unit's do."""
    write(tables, [prediction(1, "other", market=None)], name=PREDICTIONS, unit="other")
    assert write(tables, [listed(1), listed(1)]).refused
    write(tables, [listed(1)], token=2)
    assert ["required:market"] == [rule for rule, _ in refused(tables)]


def test_older_token_is_fenced(tables: Tables) -> None:
    """A worker whose claim was taken over cannot write any more, nor leave anything in quarantine."""
    write(tables, [listed(1)], token=2)
    with pytest.raises(Fenced) as error:
        write(tables, [listed(2), listed(2)], token=1)
    assert error.value.token == 2
    assert [1] == ids(tables)
    assert [] == refused(tables)


def test_older_generation_is_refused(tables: Tables) -> None:
    """A superseded generation cannot overwrite the newer one, whatever its token; another unit or run is free."""
    write(tables, [listed(1)], generation=2)
    with pytest.raises(StaleGeneration) as error:
        write(tables, [listed(2)], generation=1, token=9)
    assert error.value.generation == 2
    assert [1] == ids(tables)
    assert write(tables, [listed(3)], generation=1, unit="another").found == 1


def test_merge_keeps_the_first_known_at(tables: Tables) -> None:
    """A merged row seen again unchanged keeps the moment it first became known, and the run that brought it."""
    write(tables, [game("0022300001")], name=SCHEDULE)
    again = write(tables, [game("0022300001", KNOWN + timedelta(hours=1))], name=SCHEDULE, generation=2)
    assert again.found == 1
    (stands,) = read(tables, f"SELECT known_at, generation FROM {SCHEDULE}", SCHEDULE)
    assert {"known_at": KNOWN, "generation": 1} == stands


def test_merge_takes_changed_and_new_rows(tables: Tables) -> None:
    """A merged row whose content changed is replaced with its own known_at, a new one added; the rest stays."""
    write(tables, [game("0022300001"), game("0022300002")], name=SCHEDULE)
    later = KNOWN + timedelta(hours=1)
    arriving = [game("0022300001", later, game_status="postponed"), game("0022300003", later)]
    assert write(tables, arriving, name=SCHEDULE, generation=2).found == 2
    stand = read(
        tables, f"SELECT game_id, game_status, known_at, generation FROM {SCHEDULE} ORDER BY game_id", SCHEDULE
    )
    assert stand == [
        {"game_id": "0022300001", "game_status": "postponed", "known_at": later, "generation": 2},
        {"game_id": "0022300002", "game_status": "scheduled", "known_at": KNOWN, "generation": 1},
        {"game_id": "0022300003", "game_status": "scheduled", "known_at": later, "generation": 2},
    ]


def test_a_merged_row_that_breaks_a_check_is_kept_apart(tables: Tables) -> None:
    """It is refused with its rule whether it would be new or replace another; the others are merged all the same."""
    write(tables, [game("0022300001"), game("0022300002")], name=SCHEDULE)
    arriving = [game("0022300001", away_team="BOS"), game("0012300003"), game("0022300002", game_status="postponed")]
    written = write(tables, arriving, name=SCHEDULE, generation=2)
    assert (written.found, written.refused) == (1, {"league_game": 1, "two_teams": 1})
    stand = read(tables, f"SELECT game_id, game_status, generation FROM {SCHEDULE} ORDER BY game_id", SCHEDULE)
    assert stand == [
        {"game_id": "0022300001", "game_status": "scheduled", "generation": 1},
        {"game_id": "0022300002", "game_status": "postponed", "generation": 2},
    ]


def test_merge_of_nothing_changes_nothing(tables: Tables) -> None:
    """No rows to merge leave the table as it is, and still count as that generation's write."""
    write(tables, [game("0022300001")], name=SCHEDULE)
    assert write(tables, [], name=SCHEDULE, generation=2).found == 0
    assert ["0022300001"] == ids(tables, SCHEDULE, "game_id")
    with pytest.raises(StaleGeneration):
        write(tables, [], name=SCHEDULE, generation=1)


def test_units_share_a_table(tables: Tables) -> None:
    """Each system replaces its own predictions only."""
    write(tables, [prediction(1, "a"), prediction(2, "a")], name=PREDICTIONS, unit="a")
    write(tables, [prediction(1, "b")], name=PREDICTIONS, unit="b")
    assert write(tables, [prediction(3, "a")], name=PREDICTIONS, unit="a", token=2).found == 1
    found = read(tables, f"SELECT system_id, player_id FROM {PREDICTIONS} ORDER BY 1, 2", PREDICTIONS)
    assert [("a", 3), ("b", 1)] == [tuple(r.values()) for r in found]


def test_sixteen_units_write_one_table_at_once(tables: Tables) -> None:
    """Twice, as after a lost answer: each ends with its own rows, and none with an error."""

    def put(system: str) -> Written:
        return write(tables, [prediction(n, system) for n in range(3)], name=PREDICTIONS, unit=system)

    with ThreadPoolExecutor(len(SYSTEMS)) as pool:
        assert [w.found for w in pool.map(put, SYSTEMS * 2)] == [3] * 2 * len(SYSTEMS)
    assert ids(tables, PREDICTIONS, "system_id") == sorted(SYSTEMS * 3)


def test_old_and_new_code_write_one_table(tables: Tables) -> None:
    """While a release is rolled out: rows of code that does not know a column yet have NULL there, and new code reads both."""
    new = table(LIST)
    old = replace(new, columns=tuple(c for c in new.columns if c.name != "player_code_lookup"))
    tables.write(old, old.to_arrow([listed(1)]), Scope("2024-02-27.pregame", 1, 1, "unit", DAY, DAY))
    assert read(tables, f"SELECT player_id, player_code_lookup FROM {LIST}", LIST) == [
        {"player_id": 1, "player_code_lookup": None}
    ]
    write(tables, [listed(2, player_code_lookup="jsmith")], token=2)
    found = read(tables, f"SELECT player_id, player_code_lookup FROM {LIST}", LIST)
    assert found == [{"player_id": 2, "player_code_lookup": "jsmith"}]
    tables.write(old, old.to_arrow([listed(3)]), Scope("2024-02-27.pregame", 1, 3, "unit", DAY, DAY))
    assert ids(tables) == [3]


def test_only_the_newest_generation_is_read(tables: Tables) -> None:
    """Where generations are kept, a query sees each unit's newest one; the older rows still stand."""
    write(tables, [prediction(1, "a")], name=PREDICTIONS, unit="a")
    write(tables, [prediction(1, "b")], name=PREDICTIONS, unit="b")
    assert write(tables, [prediction(2, "a")], name=PREDICTIONS, unit="a", generation=2).found == 1
    found = read(tables, f"SELECT system_id, player_id, generation FROM {PREDICTIONS} ORDER BY 1", PREDICTIONS)
    assert [("a", 2, 2), ("b", 1, 1)] == [tuple(r.values()) for r in found]


def test_values_come_back_as_they_went(tables: Tables) -> None:
    """Every type of the contracts, at its edges, is read back equal; NULL stays NULL."""
    there = prediction(
        2**62, "unit", player_name="Dončić — ½ 'quoted' \\ \"\n", predicted_points=0.1 + 0.2, points_pmf=pmf(0.1, 1e-300),
        as_of=datetime(2024, 2, 25, 1, 2, 3, 456789, tzinfo=UTC), line=None, bookmaker="", over_price=-110,
    )  # fmt: skip
    assert write(tables, [there], name=PREDICTIONS).found == 1
    names = [n for n in there if n != "system_id"]
    (found,) = read(tables, f"SELECT {', '.join(names)} FROM {PREDICTIONS}", PREDICTIONS)
    assert {n: there[n] for n in names} == found


def test_a_query_is_written_without_passing_a_core(tables: Tables) -> None:
    """A query's rows are put into another table, computed and typed as the contract says."""
    write(tables, [game("0022300001"), game("0022300002", game_status="postponed")], name=SCHEDULE)
    sql = """
        SELECT game_date AS list_date, CAST(season AS INT64) AS player_id, @name AS player_name, 'x' AS player_lookup, CAST(NULL AS STRING) AS player_code_lookup,
          home_team AS team, known_at, known_at_source, source, contradiction
        FROM nba_raw.nbac_schedule WHERE game_status = 'scheduled'
    """
    params: dict[str, Any] = {**AS_OF, "name": "O'Neal", "unused": object()}
    written = write(tables, Query(sql, {SCHEDULE: 0}, params, as_of=True))
    assert (1, 1) == (written.expected, written.found)
    assert ["O'Neal"] == ids(tables, column="player_name")


def test_nothing_later_than_as_of(tables: Tables) -> None:
    """A row known a microsecond after as_of does not exist behind the door; without it, it does."""
    late = KNOWN + timedelta(microseconds=1)
    write(tables, [game("0022300001"), game("0022300002", late)], name=SCHEDULE)
    sql = f"SELECT game_id FROM {SCHEDULE} ORDER BY game_id"
    behind = tables.query(sql, {SCHEDULE: 0}, AS_OF, as_of=True)
    assert ["0022300001"] == behind["game_id"].to_pylist()
    assert ["0022300001", "0022300002"] == ids(tables, SCHEDULE, "game_id")


def test_only_declared_days_are_read(tables: Tables) -> None:
    """A table is seen back to the days declared for it, and not a day further."""
    days = [DAY - timedelta(days=n) for n in range(4)]
    write(tables, [listed(n, list_date=day) for n, day in enumerate(days)], days=(days[-1], days[0]))
    found = tables.query(f"SELECT player_id FROM {LIST} ORDER BY 1", {LIST: 2}, AS_OF, as_of=False)
    assert [0, 1, 2] == found["player_id"].to_pylist()


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        (f"SELECT game_id FROM {SCHEDULE}", ContractError),
        (f"SELECT player_id FROM {LIST} WHERE team = @nobody", ContractError),
        (f"SELECT FORMAT('%d', player_id) AS text FROM {LIST}", Unportable),
    ],
)
def test_queries_that_break_the_rules(tables: Tables, sql: str, error: type[Exception]) -> None:
    """An undeclared table, a missing parameter and SQL that the warehouses disagree on are refused by name."""
    with pytest.raises(error):
        tables.query(sql, {LIST: 0}, AS_OF, as_of=True)


def test_no_rows_have_types_too(tables: Tables) -> None:
    """An empty answer has the columns and types of a full one."""
    sql = f"SELECT list_date, player_id, team, known_at, 1.5 AS share, TRUE AS yes FROM {LIST}"
    empty = tables.query(sql, {LIST: 0}, AS_OF, as_of=True)
    write(tables, [listed(1)])
    full = tables.query(sql, {LIST: 0}, AS_OF, as_of=True)
    assert (0, 1) == (empty.num_rows, full.num_rows)
    assert empty.schema.names == full.schema.names
    assert empty.schema.types == full.schema.types


def test_rows_that_do_not_fit_are_a_contract_error(tables: Tables) -> None:
    """Rows that lack a column of the contract, or hold another type, are refused by name."""
    contract, scope = table(LIST), Scope("run", 1, 1, "unit", DAY, DAY)
    rows = contract.to_arrow([listed(1)])
    with pytest.raises(ContractError, match="lack team"):
        tables.write(contract, rows.drop_columns(["team"]), scope)
    at = rows.schema.get_field_index("player_id")
    with pytest.raises(ContractError, match="do not fit"):
        tables.write(contract, rows.set_column(at, "player_id", [["many"]]), scope)


def test_twins_report_the_same(request: pytest.FixtureRequest) -> None:
    """The same rows, good, bad and repeated, are reported alike to the last letter: hash, counts and rules."""
    here, there = request.getfixturevalue("duckdb_tables"), request.getfixturevalue("bigquery_tables")
    steps: list[dict[str, Any]] = [
        {"rows": [listed(1), listed(1, team="NYK"), listed(2, team=None), listed(3)]},
        {"rows": [game("0022300001"), game("x"), game("0022300002", season=None)], "name": SCHEDULE},
        {"rows": [game("0022300001", away_team="MIA")], "name": SCHEDULE, "generation": 2},
        {"rows": [prediction(1, "unit", points_pmf=pmf(0.25, 0.75)), prediction(2, "unit", predicted_points=99.0),
                  prediction(3, "unit", points_pmf=[1.0]), prediction(4, "unit", points_pmf=None)], "name": PREDICTIONS},
        {"rows": [], "token": 4},
    ]  # fmt: skip
    for step in steps:
        assert write(here, **step) == write(there, **step)
    for name in (LIST, SCHEDULE, PREDICTIONS):
        columns = ", ".join(c.name for c in table(name).columns)
        sql = f"SELECT {columns} FROM {name} ORDER BY {table(name).key[0]}"
        assert read(here, sql, name) == read(there, sql, name)
    counted = f"SELECT unit, table_name, rule, COUNT(*) AS n FROM {QUARANTINE} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    assert read(here, counted, QUARANTINE) == read(there, counted, QUARANTINE)


def test_days_are_dates_of_the_contract(tables: Tables) -> None:
    """A leap day and the turn of a year are days like any other."""
    days = (date(2024, 2, 29), date(2023, 12, 31), date(2024, 1, 1))
    for unit, day in zip(SYSTEMS, days, strict=False):
        assert write(tables, [listed(1, list_date=day)], days=(day, day), unit=unit).found == 1
    found = read(tables, f"SELECT COUNT(*) AS n FROM {LIST}", LIST, days=(date(2023, 12, 31), date(2024, 2, 29)))
    assert found == [{"n": 3}]
