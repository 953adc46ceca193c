"""What an artefact of boosters holds."""

import json

import pytest

from functions.predict import boosters
from shared.contracts.work import Model
from shared.errors import ContractError


@pytest.mark.parametrize("body", [{}, {"boosters": {}}, {"score": "text"}])
def test_an_artefact_of_another_version_says_what_to_do(body: dict[str, object]) -> None:
    """An older layout is refused by name with the command that mends it, not met with a KeyError at midnight."""
    model = Model("champion", "a" * 64, json.dumps(body).encode(), {})
    for read in (boosters.unpack, boosters.figures):
        with pytest.raises(ContractError, match="tipoff train"):
            read(model)
