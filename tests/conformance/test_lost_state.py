"""The state is lost, the warehouse is not: on every twin of the warehouse the run passes its fences and is whole."""

from typing import Any

from shared.contracts.rows import table
from shared.ports import Scope, Tables
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, PREGAME, Behaviour, House
from tests.support.twins.warehouses import LIST, listed

CELL = "reference.nbac_player_list"


def writes(tables: Tables, claims: list[tuple[int, int]]) -> Behaviour:
    """A unit that writes a row under its claim, as a step does; the generations and tokens that it wrote with."""

    def behave(job: Job) -> Ended:
        scope = Scope(job.manifest.run_id, job.manifest.generation, job.claim.token, "unit", DAY, DAY)
        contract = table(LIST)
        written = tables.write(contract, contract.to_arrow([listed(1, list_date=DAY)]), scope)
        claims.append((scope.generation, scope.token))
        return Ended("ok", found=written.found, hash=written.hash)

    return behave


def settled(house: House) -> House:
    """The house after a run, with a sweep whenever nothing is queued."""
    house.request()
    for _ in range(3):
        house.run_all()
        house.engine.sweep()
    return house


def test_generations_pass_the_fences_of_a_lost_state(tables: Tables) -> None:
    """The warehouse has generation 3 of the unit: generation 1 of the new state is refused, and 4 is opened."""
    claims: list[tuple[int, int]] = []
    put(tables, generation=3)
    house = settled(House({CELL: writes(tables, claims)}))
    assert claims == [(4, 1)]
    assert set(house.outcomes(PREGAME, 4).values()) == {"complete"}
    assert [s.doc["about"] for s in house.state.find("alerts", "open")] == [PREGAME]


def test_claims_pass_the_fences_of_a_lost_state(tables: Tables) -> None:
    """The warehouse has token 6 of generation 1: the next claim has 7."""
    claims: list[tuple[int, int]] = []
    put(tables, token=6)
    house = settled(House({CELL: writes(tables, claims)}))
    assert claims == [(1, 7)]
    assert set(house.outcomes(PREGAME).values()) == {"complete"}


def put(tables: Tables, **claim: Any) -> None:
    """What the lost state's runs have written."""
    contract, scope = table(LIST), Scope(PREGAME, claim.get("generation", 1), claim.get("token", 1), "unit", DAY, DAY)
    tables.write(contract, contract.to_arrow([listed(9, list_date=DAY)]), scope)
