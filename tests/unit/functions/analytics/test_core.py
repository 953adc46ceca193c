"""A unit of analytics states which rows are missing, and is blocked if all of them are."""

import pytest

from functions.analytics import core

NONE = {"games": 0, "teams": 0, "players": 0, "scheduled": 11}
LISTED = {"games": 11, "teams": 22, "players": 282, "scheduled": 11}


@pytest.mark.parametrize("unit", [*core.TEAM_UNITS, "player_game_summary"])
def test_no_box_score_blocks_before_the_query(unit):
    """The outcome is `blocked` with a reason, not an empty table; with box scores the query runs."""
    early = core.ready(unit, NONE)
    assert early is not None
    assert (early.outcome, early.reason.split(":")[0]) == ("blocked", "no_box_scores")
    assert core.ready(unit, LISTED) is None


@pytest.mark.parametrize("unit", [*core.TEAM_UNITS, "player_game_summary"])
def test_a_date_whose_games_are_all_called_off_blocks_nothing(unit):
    """There is nothing to summarise, and what was predicted gets its outcomes."""
    facts = {**NONE, "scheduled": 0}
    assert core.ready(unit, facts) is None
    assert core.judge(unit, facts, 0).outcome == "empty"


def test_a_unit_without_any_complete_team_is_blocked():
    """If every team is refused, the player level must not be built."""
    judged = core.judge("team_offense_game_summary", LISTED, 0)
    assert (judged.outcome, judged.expected, judged.reason.split(":")[0]) == ("blocked", 22, "no_whole_teams")


def test_missing_teams_are_in_the_reason():
    """With two teams missing the outcome is ok, and the reason counts them."""
    judged = core.judge("team_defense_game_summary", LISTED, 20)
    assert (judged.outcome, judged.reason, judged.expected) == ("ok", "20 of 22 listed teams are whole", 22)


def test_a_complete_unit_has_no_reason():
    """All listed players have a row: the reason is empty."""
    judged = core.judge("player_game_summary", LISTED, 282)
    assert (judged.outcome, judged.reason, judged.expected) == ("ok", "", 282)
