"""The model registry: artefacts named by their hash, whole or absent, and the promoted one found."""

from hashlib import sha256

import pytest

from shared.adapters.models import FileModels
from shared.errors import ContractError

CARD = {"created_at": "2024-02-27T00:00:00+00:00", "features": ["a"]}


def test_saved_is_current_and_survives_the_process(tmp_path):
    """What was saved last is what another process finds, with its card and its hash."""
    FileModels(tmp_path).save("s", b"first", CARD)
    FileModels(tmp_path).save("s", b"second", CARD)
    found = FileModels(tmp_path).current("s")
    assert found is not None
    assert (found.body, found.hash) == (b"second", sha256(b"second").hexdigest())
    assert found.card == {**CARD, "system_id": "s", "hash": found.hash}


def test_a_running_process_sees_a_new_promotion(tmp_path):
    """The pointer is read each time; only bytes are remembered."""
    reader, writer = FileModels(tmp_path), FileModels(tmp_path)
    writer.save("s", b"first", CARD)
    assert reader.current("s").body == b"first"
    writer.save("s", b"second", CARD)
    assert reader.current("s").body == b"second"


def test_no_model_is_none(tmp_path):
    """A system never trained has no current model."""
    assert FileModels(tmp_path / "nowhere").current("s") is None


def test_saving_the_same_again_changes_nothing(tmp_path):
    """The same bytes and card leave the same files."""
    registry = FileModels(tmp_path)
    registry.save("s", b"body", CARD)
    before = {p.name: p.read_bytes() for p in (tmp_path / "s").iterdir()}
    registry.save("s", b"body", CARD)
    assert {p.name: p.read_bytes() for p in (tmp_path / "s").iterdir()} == before
    assert not list(tmp_path.rglob("*.tmp"))


def test_cards_are_listed_in_order(tmp_path):
    """Every artefact kept is listed, by system and time."""
    registry = FileModels(tmp_path)
    registry.save("b", b"1", CARD)
    registry.save("a", b"2", {**CARD, "created_at": "2024-03-01T00:00:00+00:00"})
    registry.save("a", b"3", CARD)
    assert [(c["system_id"], c["created_at"][:7]) for c in registry.cards()] == [
        ("a", "2024-02"),
        ("a", "2024-03"),
        ("b", "2024-02"),
    ]
    assert len(registry.cards("b")) == 1


def test_promoting_the_same_once_more_in_order_leaves_the_same_pointer(tmp_path):
    """A replay that is killed and resumed promotes its models again from the first: no entry is there twice."""
    registry = FileModels(tmp_path)
    made = [registry.save("s", body, CARD, promote=False).hash for body in (b"1", b"2", b"3")]
    for digest in made:
        registry.promote("s", digest)
    pointer = tmp_path / "s" / "current.json"
    once = pointer.read_bytes()
    for again in (made, made[1:], [made[0], *made]):
        for digest in again:
            registry.promote("s", digest)
        assert pointer.read_bytes() == once
    assert [registry.rollback("s").hash, registry.rollback("s").hash, registry.rollback("s")] == [
        made[1],
        made[0],
        None,
    ]


@pytest.mark.parametrize("damage", ["bytes", "missing", "pointer", "list"])
def test_damage_is_named_never_served(tmp_path, damage):
    """Altered bytes, a missing artefact or an unreadable pointer are errors that say so, not predictions."""
    model = FileModels(tmp_path).save("s", b"body", CARD)
    artefact, pointer = tmp_path / "s" / f"{model.hash}.cbm", tmp_path / "s" / "current.json"
    if damage == "bytes":
        artefact.write_bytes(b"other")
    elif damage == "missing":
        artefact.unlink()
    else:
        pointer.write_text("{" if damage == "pointer" else "[]")
    with pytest.raises(ContractError):
        FileModels(tmp_path).current("s")
