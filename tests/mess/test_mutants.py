"""The old faults that `make mess-mutants` puts back can still be put back."""

import pytest

from tests.mess.faults import KINDS
from tests.mess.mutants import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_replaces_what_is_there(mutant: Mutant) -> None:
    """Its attribute exists, and so does each kind of fault that shows it."""
    owner, name, _ = mutant.swap
    assert hasattr(owner, name)
    assert mutant.faults.keys() <= KINDS.keys()
