"""Repairs: a retry that opens nothing unnecessarily, and a generation that redoes only what has changed."""

from typing import Any

from shared.contracts.events import RunRequested, message
from shared.protocol.carry import inputs_of
from shared.rules import fanin
from tests.support.scripted_engine import DAY, NOON, POSTGAME, PREGAME, House, ended, settled


def ask(house: House, kind: str = "pregame", request_id: str = "again", **more: Any) -> None:
    """Request the day's run again and deliver every message until it ends."""
    house.ran.clear()
    event = RunRequested(request_id=request_id, kind=kind, from_date=DAY, **more)
    house.events.publish([message("nba-run-trigger", event)])
    house.run_all()


def repair(house: House, *redo: str, base: int = 1, request_id: str = "again", kind: str = "pregame") -> list[str]:
    """Redo these cells of the settled run with its `as_of`; the cells that ran."""
    as_of = house.engine.manifest(f"{DAY}.{kind}", 1).as_of
    ask(house, kind, request_id, redo=redo, base=base, as_of=as_of)
    return [r.removeprefix(f"{DAY}.{kind}.{base + 1}.") for r in house.ran]


def test_a_retry_opens_nothing_while_the_run_is_whole() -> None:
    """`not_whole` returns the current generation; `always` opens the next one."""
    house = settled(House(), "postgame")
    ask(house, "postgame", "retry", only_if="not_whole")
    assert house.engine.current_generation(POSTGAME) == 1
    assert house.ran == []
    ask(house, "postgame", "operator")
    assert house.engine.current_generation(POSTGAME) == 2


def test_a_retry_opens_the_next_generation_of_a_failed_run() -> None:
    """One failed phase is enough, and the same request opens only one."""
    house = settled(House({"scrape.nbac_schedule": ended("failed", "x")}), "postgame")
    house.script.clear()
    for _ in range(3):
        ask(house, "postgame", "retry", only_if="not_whole")
    assert house.engine.current_generation(POSTGAME) == 2
    assert set(house.outcomes(POSTGAME, 2).values()) == {"complete"}


def test_a_retry_waits_for_a_run_inside_its_deadlines() -> None:
    """A run within its deadlines needs no repair; a run past one does."""
    house = House({"raw.nbac_schedule": ended("not_ready", "early")})
    house.request("postgame")
    house.run_due()
    ask(house, "postgame", "retry", only_if="not_whole")
    assert house.engine.current_generation(POSTGAME) == 1
    house.wait(minutes=24 * 60)
    ask(house, "postgame", "retry-2", only_if="not_whole")
    assert house.engine.current_generation(POSTGAME) == 2


def test_when_a_generation_needs_no_repair() -> None:
    """Every phase went on or had nothing to do, or still has time."""
    plans = {"a": fanin.PhasePlan(("u",), None, NOON), "b": fanin.PhasePlan(("u",), None, NOON)}
    assert fanin.stands(plans, {"a": "complete", "b": "degraded"}, NOON)
    assert fanin.stands(plans, {"a": "no_games", "b": "no_games"}, NOON)
    assert not fanin.stands(plans, {"a": "complete", "b": "expired"}, NOON)
    assert not fanin.stands(plans, {"a": "complete"}, NOON)
    assert fanin.stands(plans, {"a": "complete"}, NOON.replace(hour=1))


def test_a_cell_with_the_same_hash_redoes_nothing_else() -> None:
    """When its result is the same, every later cell is carried over, with the first generation's hashes."""
    house = settled(House())
    assert repair(house, "context.upcoming_team_game_context") == ["context.upcoming_team_game_context"]
    assert set(house.outcomes(PREGAME, 2).values()) == {"complete"}
    first, second = (
        {
            i.split(f".{g}.", 1)[1]: house.state.get("completions", i).doc
            for i in house.state.ids("completions", f"{PREGAME}.{g}.")
        }
        for g in (1, 2)
    )
    assert {c: d["hash"] for c, d in first.items()} == {c: d["hash"] for c, d in second.items()}
    assert {c for c, d in second.items() if "carried_from" not in d} == {"context.upcoming_team_game_context"}


def test_a_changed_hash_redoes_exactly_what_reads_it() -> None:
    """New lines redo the context that reads them, and a new context the cells that read it; nothing else."""
    house = settled(House())
    house.script["raw.odds_api_game_lines"] = ended("ok", digest="new")
    ran = repair(house, "raw.odds_api_game_lines")
    assert ran == ["raw.odds_api_game_lines", "context.upcoming_team_game_context"]
    house.script["context.upcoming_team_game_context"] = ended("ok", digest="new too")
    ran = repair(house, "context.upcoming_team_game_context", base=2, request_id="third")
    assert ran == [
        "context.upcoming_team_game_context",
        "factors.player_composite_factors",
        "features.ml_feature_store_v2",
    ]


def test_a_chain_of_repairs_keeps_the_generation_that_did_the_work() -> None:
    """Carried over twice, a completion still names the generation that did it."""
    house = settled(House())
    repair(house, "ensemble.ensemble_v1")
    repair(house, "ensemble.ensemble_v1", base=2, request_id="third")
    stored = house.state.get("completions", f"{PREGAME}.3.scrape.nbac_schedule")
    assert stored is not None
    assert stored.doc["carried_from"] == 1


def test_another_as_of_carries_over_no_cell_behind_the_door() -> None:
    """A unit that reads through the as_of door may read other rows with another `as_of`."""
    house = settled(House())
    ask(house, redo=("ensemble.ensemble_v1",), base=1, as_of=house.clock.now().replace(hour=20))
    done = {r.split(".")[3] for r in house.ran}
    assert done == {"quotes", "context", "caches", "factors", "features", "predict", "ensemble"}


def test_a_repair_planned_on_another_generation_is_refused() -> None:
    """The run has a newer generation since the plan: the request is quarantined with the reason, and opens nothing."""
    house = settled(House())
    ask(house, request_id="schedule")
    repair(house, "raw.odds_api_game_lines", base=1)
    assert house.engine.current_generation(PREGAME) == 2
    assert "planned on another" in house.quarantined()[0]


def test_inputs_are_derived_from_reads_and_writes() -> None:
    """Bytes by feed, rows by table; only of earlier phases."""
    house = House()
    assert inputs_of(house.map, "pregame", "raw", "odds_api_game_lines") == (
        ("reference", "nbac_schedule"), ("reference", "nbac_player_list"), ("scrape", "odds_api_game_lines"),
    )  # fmt: skip
    assert ("raw", "odds_api_game_lines") in inputs_of(house.map, "pregame", "context", "upcoming_team_game_context")
    assert inputs_of(house.map, "pregame", "scrape", "nbac_schedule") == ()


def read_again(house: House, request_id: str) -> list[str]:
    """What a schedule with `redo` asks for; the cells that ran."""
    ask(house, "postgame", request_id, redo=("scrape.nbac_gamebook_player_stats",))
    current = f"{POSTGAME}.{house.engine.current_generation(POSTGAME)}."
    assert all(r.startswith(current) for r in house.ran)
    return [r.removeprefix(current) for r in house.ran]


def test_cells_without_a_base_are_done_again_on_what_stands() -> None:
    """Box scores read again and unchanged: nothing else runs; changed, what reads them runs, with the as_of that stood."""
    house = settled(House(), "postgame")
    assert read_again(house, "monday") == ["scrape.nbac_gamebook_player_stats"]
    assert read_again(house, "monday") == []
    house.script["scrape.nbac_gamebook_player_stats"] = ended("ok", digest="corrected")
    house.script["raw.nbac_gamebook_player_stats"] = ended("ok", digest="corrected")
    ran = read_again(house, "tuesday")
    assert ran[:2] == ["scrape.nbac_gamebook_player_stats", "raw.nbac_gamebook_player_stats"]
    assert "scrape.nbac_schedule" not in ran
    manifests = [house.engine.manifest(POSTGAME, generation) for generation in (1, 2, 3)]
    assert len({m.as_of for m in manifests}) == 1
    assert [m.base for m in manifests] == [None, 1, 2]


def test_cells_without_a_base_wait_for_nothing_and_repair_no_run_in_progress() -> None:
    """A run in progress reads everything anyway; one that was never opened is opened whole."""
    house = House({"raw.nbac_schedule": ended("not_ready", "early")})
    house.request("postgame")
    house.run_due()
    ask(house, "postgame", "again", redo=("scrape.nbac_gamebook_player_stats",))
    assert house.engine.current_generation(POSTGAME) == 1
    never = House()
    assert len(read_again(never, "first")) == len(never.engine.manifest(POSTGAME, 1).cells)
