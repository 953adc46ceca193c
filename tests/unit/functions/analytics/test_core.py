"""A level of analytics says what it rests on, and blocks what would be built on nothing."""

import pytest

from functions.analytics import core

NONE = {"games": 0, "teams": 0, "players": 0}
NIGHT = {"games": 11, "teams": 22, "players": 282}


@pytest.mark.parametrize("unit", [*core.TEAM_UNITS, "player_game_summary"])
def test_no_box_score_blocks_before_the_query(unit):
    """Nothing to summarise is a typed answer, not an empty table."""
    early = core.ready(unit, NONE)
    assert early is not None
    assert (early.outcome, early.reason.split(":")[0]) == ("blocked", "no_box_scores")
    assert core.ready(unit, NIGHT) is None


def test_a_level_without_any_whole_team_blocks():
    """Every team refused: the player level must not be built."""
    found = core.judge("team_offense_game_summary", NIGHT, 0)
    assert (found.outcome, found.expected, found.reason.split(":")[0]) == ("blocked", 22, "no_whole_teams")


def test_missing_teams_are_said():
    """Two teams short goes on, with the count."""
    found = core.judge("team_defense_game_summary", NIGHT, 20)
    assert (found.outcome, found.reason, found.expected) == ("ok", "20 of 22 listed teams are whole", 22)


def test_a_whole_level_says_nothing():
    """As many players as listed: nothing to say."""
    found = core.judge("player_game_summary", NIGHT, 282)
    assert (found.outcome, found.reason, found.expected) == ("ok", "", 282)
