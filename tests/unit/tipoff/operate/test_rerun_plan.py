"""A rerun's plan says what runs, what follows and what stands, and why; the comparison says what came of it."""

from typing import Any

import pytest

from shared.map.loader import pipeline_map
from shared.protocol.manifest import Manifest
from tests.support.scripted_engine import House, settled
from tipoff.operate.rerun_plan import Asked, Plan, compare, make_plan

MAP = pipeline_map()


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    house = settled(House())
    return house.engine.manifest("2024-02-26.pregame", 1)


def whole(manifest: Manifest, **changed: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    """Every cell done by the present code; `changed` cells (phase__unit) otherwise, None for missing."""
    doc = {"outcome": "ok", "reason": "", "hash": "h", "code_hash": "c", "seconds": 1.0, "bytes": 1000}
    done = {f"{p}.{u}": doc for p, plan in manifest.phases.items() for u in plan.units}
    for name, change in changed.items():
        cell = name.replace("__", ".")
        if change is None:
            del done[cell]
        else:
            done[cell] = {**doc, **change}
    return done


def planned(
    manifest: Manifest,
    done: dict[str, dict[str, Any]],
    written_since: dict[str, str] | None = None,
    models: tuple[str, ...] = (),
    **asked: str,
) -> Plan:
    code = dict.fromkeys(done, "c")
    return make_plan(MAP, manifest, done, {}, code, asked=Asked(**asked), written_since=written_since, models=models)


def test_nothing_to_do_when_all_stands(manifest: Manifest) -> None:
    """Each filter finds nothing in a run that is whole and made by the present code."""
    for only in ("failed", "missing", "stale"):
        assert planned(manifest, whole(manifest), only=only).redo == ()


def test_each_filter_finds_its_own(manifest: Manifest) -> None:
    """Failed, missing and stale cells, with their reasons; what never ended runs in any case, as nothing stands for it."""
    done = whole(
        manifest,
        scrape__odds_api_game_lines={"outcome": "failed", "reason": "boom"},
        ensemble__ensemble_v1=None,
        predict__moving_average={"code_hash": "old"},
    )
    assert planned(manifest, done, only="failed").redo == ("scrape.odds_api_game_lines", "ensemble.ensemble_v1")
    assert planned(manifest, done, only="missing").redo == ("ensemble.ensemble_v1",)
    stale = planned(manifest, done, only="stale")
    assert set(stale.redo) == {"predict.moving_average", "ensemble.ensemble_v1"}
    why = {c.name: c.why for c in planned(manifest, done).cells}
    assert why["scrape.odds_api_game_lines"] == "failed: boom"
    assert why["ensemble.ensemble_v1"] == "missing: it has not ended"
    assert why["predict.moving_average"] == "stale: made by other code"


def test_what_reads_a_moving_cell_follows_and_the_rest_stands(manifest: Manifest) -> None:
    """Following is transitive; beside the path everything stands."""
    plan = planned(manifest, whole(manifest), phase="caches")
    does = {c.name: c.does for c in plan.cells}
    assert plan.redo == ("caches.player_daily_cache_top_up",)
    assert does["factors.player_composite_factors"] == does["predict.moving_average"] == "follows"
    assert does["context.upcoming_player_game_context"] == does["scrape.nbac_schedule"] == "stands"
    assert not plan.fetches


def test_an_estimate_is_what_it_took_before(manifest: Manifest) -> None:
    """Seconds and bytes of what runs, and with all that may follow; unknown cells add nothing."""
    plan = planned(manifest, whole(manifest, ensemble__ensemble_v1=None), phase="predict")
    followers = sum(c.does == "follows" for c in plan.cells)
    runs = len(plan.redo)
    assert plan.estimate("runs") == (runs - 1.0, 1000 * (runs - 1))
    assert plan.estimate("runs", "follows") == (runs - 1.0 + followers, 1000 * (runs - 1 + followers))


def test_another_run_that_wrote_since_makes_stale(manifest: Manifest) -> None:
    """The reason names it."""
    since = {"predict.moving_average": "2024-02-26.postgame.2"}
    plan = planned(manifest, whole(manifest), only="stale", written_since=since)
    assert plan.redo == ("predict.moving_average",)
    assert "2024-02-26.postgame.2 has written" in next(c.why for c in plan.cells if c.does == "runs")
    for asked in ({"only": "failed"}, {"kind": "postgame"}, {"phase": "raw", "only": "failed"}):
        assert planned(manifest, whole(manifest), since, **asked).redo == plan.redo, "whatever is asked for"


def test_a_part_that_is_missing_is_fetched_and_parsed_again(manifest: Manifest) -> None:
    """Whether the answer or its rows were incomplete; the feeds that are whole stand."""
    part = {"outcome": "partial", "reason": "SAC at LAL: 403"}
    plan = planned(manifest, whole(manifest, raw__odds_api_game_lines=part), only="failed")
    assert plan.redo == ("scrape.odds_api_game_lines", "raw.odds_api_game_lines")
    assert plan.fetches
    assert {c.why for c in plan.cells if c.does == "runs"} == {"part is missing: SAC at LAL: 403"}


def test_a_system_whose_model_came_later_is_done_again(manifest: Manifest) -> None:
    """Once there is a model, predictions that lacked it count as failed; a formula without a source does not."""
    no_model = {"outcome": "no_source", "reason": "no trained model: run tipoff train"}
    done = whole(manifest, predict__champion=no_model, predict__zone_matchup_v1=no_model)
    assert planned(manifest, done, only="failed").redo == ()
    assert planned(manifest, done, models=("champion",), only="failed").redo == ("predict.champion",)


def test_a_kind_is_where_to_look(manifest: Manifest) -> None:
    """Nothing of another kind of run is done but what reads a change."""
    done = whole(manifest, predict__champion={"outcome": "failed"})
    assert planned(manifest, done, kind="postgame", only="failed").redo == ()
    assert planned(manifest, done, kind="pregame", only="failed").redo == ("predict.champion",)


def test_the_comparison_names_each_result(manifest: Manifest) -> None:
    """Carried, unchanged, changed, new, failed and not ended are six different things."""
    before = whole(manifest, ensemble__ensemble_v1=None)
    after = whole(
        manifest,
        scrape__nbac_schedule={"carried_from": 1},
        predict__moving_average={"hash": "other"},
        scrape__nbac_player_list={"outcome": "failed"},
        scrape__nbac_injury_report=None,
    )
    results = {c.name: c.result for c in compare(manifest, before, after)}
    assert results["scrape.nbac_schedule"] == "carried"
    assert results["features.ml_feature_store_v2"] == "unchanged"
    assert results["predict.moving_average"] == "changed"
    assert results["ensemble.ensemble_v1"] == "new"
    assert results["scrape.nbac_player_list"] == "failed"
    assert results["scrape.nbac_injury_report"] == "did not end"
