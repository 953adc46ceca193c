"""The fixed list of sites, and the names that teams have at each."""

from shared.rules.teams import TEAMS, TRICODES


def test_thirty_teams_have_their_real_ids() -> None:
    """Ids and names of the first, a middle and the last team are the NBA's."""
    assert len(TEAMS) == len({t.team_id for t in TEAMS.values()}) == 30
    assert (TEAMS["ATL"].team_id, TEAMS["BKN"].team_id, TEAMS["CHA"].team_id) == (1610612737, 1610612751, 1610612766)
    assert (TRICODES["Portland Trail Blazers"], TRICODES["LA Clippers"], TRICODES["Los Angeles Clippers"]) == (
        "POR", "LAC", "LAC",
    )  # fmt: skip
