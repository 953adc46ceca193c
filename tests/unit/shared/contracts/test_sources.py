"""Drift of the sources: what refuses the body, what refuses a record, what is reported."""

import pytest

from shared.contracts.sources import examine
from shared.errors import ContractError
from shared.rules.teams import TEAMS, TRICODES

EVENT = {"id": "a1", "commence_time": "2024-02-23T00:00:00Z", "home_team": "x", "away_team": "y"}


def test_a_missing_field_is_frozen_or_discarded_as_the_contract_says() -> None:
    """A game without id is no box score; an event without id is refused alone, its neighbours stay."""
    with pytest.raises(ContractError, match="missing_field: gameId"):
        examine("box_game", [{}])
    found = examine("odds_event", [{}, EVENT])
    assert (found.kept, found.refused) == ([EVENT], {"missing_field": [{}]})


def test_a_wrong_type_is_a_drift_and_true_is_no_number() -> None:
    """Types are part of the contract."""
    found = examine("odds_outcome", [{"name": "Over", "price": "1.9"}, {"name": "Over", "price": True}, "Over"])
    assert {rule: len(records) for rule, records in found.refused.items()} == {"wrong_type": 2, "not_an_object": 1}


def test_a_new_field_evolves_and_is_reported() -> None:
    """A new field refuses nothing, and is reported."""
    found = examine("odds_event", [{**EVENT, "venue": "here", "sport_key": "basketball_nba"}])
    assert (len(found.kept), found.new_fields) == (1, {"odds_event.venue"})


def test_thirty_teams_have_their_real_ids() -> None:
    """Ids and names of the first, a middle and the last team are the NBA's."""
    assert len(TEAMS) == len({t.team_id for t in TEAMS.values()}) == 30
    assert (TEAMS["ATL"].team_id, TEAMS["BKN"].team_id, TEAMS["CHA"].team_id) == (1610612737, 1610612751, 1610612766)
    assert (TRICODES["Portland Trail Blazers"], TRICODES["LA Clippers"], TRICODES["Los Angeles Clippers"]) == (
        "POR", "LAC", "LAC",
    )  # fmt: skip
