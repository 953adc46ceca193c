"""Drift of the sources: what refuses the document, what a record or a value, and what is reported."""

from typing import Any

import pytest

from shared.contracts import feeds
from shared.contracts.feeds import FEEDS_DIR, Record, contract_of, examine, feed_contract, fits
from shared.contracts.payload_tables import payload_tables
from shared.errors import ContractError

EVENT = {"id": "a1", "commence_time": "2024-02-23T00:00:00Z", "home_team": "x", "away_team": "y"}


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the contract that `examine` finds."""
    return lambda **given: monkeypatch.setattr(feeds, "contract_of", lambda _: Record(**given))


def test_a_missing_field_is_frozen_or_discarded_as_the_contract_says() -> None:
    """A game without id is no box score; an event without id is refused alone, its neighbours stay."""
    with pytest.raises(ContractError, match="missing_field: gameId"):
        examine("nba_cdn.box_game", [{}])
    found = examine("odds_api.event", [{}, EVENT, {**EVENT, "id": None}])
    assert (found.kept, len(found.refused["missing_field"])) == ([EVENT], 2)


def test_a_wrong_type_is_a_drift_and_true_is_no_number() -> None:
    """Types are part of the contract."""
    found = examine("odds_api.outcome", [{"name": "Over", "price": "1.9"}, {"name": "Over", "price": True}, "Over"])
    assert {rule: len(records) for rule, records in found.refused.items()} == {"wrong_type": 2, "not_an_object": 1}


def test_a_new_field_evolves_and_is_reported_with_a_sample() -> None:
    """A new field refuses nothing; the report counts it and shows one value."""
    found = examine("odds_api.event", [{**EVENT, "venue": "here"}, {**EVENT, "venue": "there", "sport_key": "x"}])
    assert (len(found.kept), found.new_fields) == (2, {"odds_api.event.venue"})
    (drift,) = found.drift.values()
    assert (drift.change, drift.mode, drift.count, drift.sample) == ("new_field", "evolve", 2, "'here'")


@pytest.mark.parametrize("mode", ["freeze", "discard_row"])
def test_a_new_field_can_cost_the_record_or_the_document(contract: Any, mode: str) -> None:
    """The contract decides what a new field costs."""
    contract(required={"id": "whole"}, known=(), new=mode)
    if mode == "freeze":
        with pytest.raises(ContractError, match="new_field: x"):
            examine("a.b", [{"id": 1, "x": 2}])
    else:
        assert examine("a.b", [{"id": 1, "x": 2}, {"id": 3}]).kept == [{"id": 3}]


def test_an_optional_value_of_another_type_costs_the_value_or_the_row(contract: Any) -> None:
    """By default the value is dropped and reported; with discard_row the record is refused."""
    contract(required={"id": "whole"}, optional={"points": "whole"})
    found = examine("a.b", [{"id": 1, "points": "12"}, {"id": 2, "points": None}])
    assert found.kept == [{"id": 1, "points": None}, {"id": 2, "points": None}]
    assert [(d.change, d.mode, d.sample) for d in found.drift.values()] == [("wrong_type", "discard_value", "'12'")]
    contract(required={"id": "whole"}, optional={"points": "whole"}, wrong_value="discard_row")
    assert examine("a.b", [{"id": 1, "points": "12"}, {"id": 2}]).refused == {"wrong_type": [{"id": 1, "points": "12"}]}


def test_a_field_that_no_record_has_any_more_is_reported(contract: Any) -> None:
    """A renamed field shows as one absent and one new field; one record that has it is enough."""
    contract(optional={"points": "whole"})
    found = examine("a.b", [{"pts": 1}, {"pts": 2}])
    assert {(d.field, d.change) for d in found.drift.values()} == {("points", "absent_field"), ("pts", "new_field")}
    assert not examine("a.b", [{"points": 1}, {}]).drift


@pytest.mark.parametrize(
    ("value", "kind", "answer"),
    [
        (2**63, "whole", False), (2**63 - 1, "whole", True), (1.0, "whole", False), (float("inf"), "number", False),
        ("1.5", "numeric", True), ("nan", "numeric", False), ("x", "numeric", False), (2, "numeric", True),
        (None, "text", False), ([], "list", True), ({}, "object", True), (False, "flag", True), (None, "any", True),
    ],
)  # fmt: skip
def test_types(value: Any, kind: str, answer: bool) -> None:
    """A number is finite, a whole one fits into 64 bits, and text may be numeric only where the contract says so."""
    assert fits(value, kind) is answer


def test_every_contract_can_be_read_and_names_tables_and_records_that_exist() -> None:
    """A file of feeds/ is whole: each kind fills known tables, from records that exist."""
    for path in sorted(FEEDS_DIR.glob("*.yaml")):
        contract = feed_contract(path.stem)
        for kind in contract.kinds.values():
            assert set(kind.tables) <= payload_tables().keys()
            assert all(contract_of(name if "." in name else f"{path.stem}.{name}") for name in kind.records)
