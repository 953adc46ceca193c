"""Names as keys."""

import pytest

from shared.rules.names import made_up_player_id, player_lookup


@pytest.mark.parametrize(
    ("name", "lookup"),
    [
        ("Luka Dončić", "lukadoncic"),
        ("Doncic, Luka", "lukadoncic"),
        ("P.J. Tucker", "pjtucker"),
        ("Scotty Pippen Jr.", "scottypippen"),
        ("Porter Jr., Michael", "michaelporter"),
        ("Jimmy Butler III", "jimmybutler"),
        ("Karl-Anthony Towns", "karlanthonytowns"),
        ("Dennis Schröder", "dennisschroder"),
        ("Nenê", "nene"),
        ("Royce O'Neale", "royceoneale"),
        ("V", "v"),
        ("123", ""),
    ],
)
def test_spellings_of_one_player_share_a_lookup(name: str, lookup: str) -> None:
    """Accents, order, punctuation and suffixes do not distinguish players."""
    assert player_lookup(name) == lookup


def test_a_made_up_id_is_negative_stable_and_its_own() -> None:
    """The id of a player without one depends on the lookup alone and cannot be an NBA id."""
    assert made_up_player_id("lukadoncic") == made_up_player_id("lukadoncic") < 0
    assert made_up_player_id("lukadoncic") != made_up_player_id("pjtucker")
