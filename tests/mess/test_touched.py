"""What may change when an entity is disturbed is stated for every table, and read as stated."""

from shared.contracts.rows import tables
from tests.mess.touched import LINKS, Row, Touched, difference

WITHOUT = {"nba_orchestration.quarantined_rows"}  # what a run says, not what it concludes
PREDICTIONS, DAY = "nba_predictions.player_prop_predictions", "nba_predictions.system_daily_performance"
NONE = {name: {} for name in LINKS}


def test_every_table_says_what_its_rows_depend_on():
    """A new table must state it; each column it names is one of the table's."""
    assert LINKS.keys() == tables().keys() - WITHOUT
    for name, link in LINKS.items():
        columns = {c.name for c in tables()[name].columns}
        assert {*link.columns, *link.league, *link.moments} <= columns, name
        assert link.columns or link.league, name


def test_a_row_of_another_game_may_not_change():
    """The game that is touched explains its own rows, and no other one's."""
    before = {**NONE, PREDICTIONS: {("g1",): Row(("g1",), 1, 0), ("g2",): Row(("g2",), 1, 0)}}
    after = {**NONE, PREDICTIONS: {("g1",): Row(("g1",), 2, 0), ("g2",): Row(("g2",), 2, 0)}}
    found = difference(before, after)
    assert [c.key for c in found.beyond(Touched(games=frozenset({"g1"})))] == [("g2",)]
    assert [c.how for c in found.changes] == ["changed", "changed"]


def test_a_row_that_is_lost_or_new_is_a_change():
    """Both are found, and are explained only by the game that the row names."""
    before, after = (
        {**NONE, PREDICTIONS: {("a",): Row(("g1",), 1, 0)}},
        {**NONE, PREDICTIONS: {("b",): Row(("g2",), 1, 0)}},
    )
    found = difference(before, after)
    assert {(c.key, c.how) for c in found.changes} == {(("a",), "lost"), (("b",), "new")}
    assert [c.how for c in found.beyond(Touched(games=frozenset({"g1"})))] == ["new"]


def test_an_average_over_the_league_changes_only_when_something_is_touched():
    """A day's figures of a system count every game; without any touched game they may not move."""
    before, after = {**NONE, DAY: {("s",): Row((), 1, 1)}}, {**NONE, DAY: {("s",): Row((), 1, 2)}}
    found = difference(before, after)
    assert found.beyond(Touched(games=frozenset({"g1"}))) == []
    assert [c.key for c in found.beyond(Touched())] == [("s",)]


def test_a_document_reaches_only_the_raw_tables_that_are_made_of_it():
    """A disturbed box score explains no changed line of the same game."""
    touched = Touched(games=frozenset({"g1"}), documents=frozenset({"box_score"}))
    assert touched.may_change("nba_raw.nbac_gamebook_player_stats", ("g1",))
    assert not touched.may_change("nba_raw.odds_api_player_points_props", ("g1",))
