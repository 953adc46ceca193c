"""How a unit ends by its rows: refused rows are a failure that names the rules, never reported as no rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pytest

from functions.analytics import core as analytics
from functions.precompute import core as precompute
from functions.predict import core as predict
from functions.scrape import core as scrape
from shared.contracts.events import UnitRequested
from shared.ports import Written
from shared.rules.leases import Claim
from shared.settings import Settings
from shared.work.fetch import FetchStep
from shared.work.job import Ended, Job
from shared.work.steps import ComputeStep, QueryStep
from tests.support.scripted_engine import NOON, House

CORES = {"analytics": analytics, "precompute": precompute}


@dataclass
class Answering:
    """A warehouse with a next slate, given facts, and a given result of every write."""

    facts: Mapping[str, int]
    written: Written

    def query(self, sql: str, reads: Any, params: Any, *, as_of: bool) -> pa.Table:
        if "next_date" in sql:
            return pa.table({"next_date": [params["from_date"]]})
        return pa.Table.from_pylist([dict(self.facts)])

    def write(self, table: Any, rows: Any, scope: Any) -> Written:
        return self.written


class NoModels:
    """A registry without any model."""

    def current(self, system_id: str) -> None:
        del system_id


def ends(phase: str, function: str, unit: str, facts: Mapping[str, int], written: Written) -> Ended:
    """How the unit of a postgame run ends."""
    return QueryStep(function, CORES[function]).run(job("postgame", phase, function, unit, Answering(facts, written)))


def job(kind: str, phase: str, function: str, unit: str, answers: Answering) -> Job:
    """A claimed unit of a run on this warehouse."""
    house = House()
    run = house.request(kind)
    house.run_all()
    event = UnitRequested(run_id=run, generation=1, phase=phase, unit=unit, to=function)
    manifest, app = house.engine.manifest(run, 1), replace(house.app, tables=answers, models=NoModels())
    return Job(event, Claim("w", 1, NOON), manifest, house.map.unit(function, unit), app)


def written(found: int, **refused: int) -> Written:
    """A write with this many rows in the table, and this many refused by each rule."""
    return Written(found + sum(refused.values()), found, "hash", refused, 8)


@pytest.mark.parametrize(
    ("unit", "facts"),
    [
        ("player_shot_zone_analysis", {"with_locations": 9}),
        ("player_daily_cache_top_up", {"missing": 2}),
        ("player_daily_cache", {}),
    ],
)
def test_refused_rows_are_never_reported_as_no_rows(unit, facts):
    """Without rows the facts decide; if all are refused, even one row, the unit fails and names the rule."""
    assert ends("caches", "precompute", unit, facts, written(2)).outcome == "ok"
    assert "refused" not in ends("caches", "precompute", unit, facts, written(0)).reason
    one = ends("caches", "precompute", unit, facts, written(0, whole_share=1))
    assert (one.outcome, one.reason) == ("failed", "1 of 1 rows refused: whole_share")


def test_refused_rows_do_not_fail_a_unit_unless_they_are_more_than_half():
    """The others stand; a document of which most is refused is not what it claims to be."""
    facts = {"with_locations": 9}
    assert ends("caches", "precompute", "player_shot_zone_analysis", facts, written(1, share=1)).outcome == "ok"
    assert ends("caches", "precompute", "player_shot_zone_analysis", facts, written(1, share=2)).outcome == "failed"
    assert ends("caches", "precompute", "player_shot_zone_analysis", facts, written(100, share=100)).outcome == "ok"


def test_overruled_rows_never_fail_a_unit():
    """Another row of their key stands: three opinions of one thing are not a document that is mostly wrong."""
    facts = {"with_locations": 9}
    assert ends("caches", "precompute", "player_shot_zone_analysis", facts, written(1, overruled=2)).outcome == "ok"


@pytest.mark.parametrize("refused", [{}, {"whole_team": 22}])
def test_a_team_level_without_a_team_blocks_with_a_typed_reason(refused):
    """Without rows, or with all of them refused: the player level must not be built."""
    facts = {"games": 11, "teams": 22, "players": 282}
    ended = ends("team", "analytics", "team_offense_game_summary", facts, written(0, **refused))
    assert (ended.outcome, ended.expected, ended.refused) == ("blocked", 22, refused)
    assert ended.reason.startswith("no_whole_teams: ")


def test_a_trained_system_without_a_model_has_no_source():
    """No other formula replaces the model: the outcome is no_source, and the reason names the command."""
    asked = job("pregame", "predict", "predict", "catboost_v8", Answering({}, written(0)))
    ended = ComputeStep("predict", predict).run(asked)
    assert (ended.outcome, ended.found) == ("no_source", 0)
    assert "tipoff train" in ended.reason


def test_a_feed_that_the_source_does_not_offer_ends_as_no_source(tmp_path):
    """Nothing is fetched, and the reason names the source and the feed."""
    asked = job("pregame", "scrape", "scrape", "nbac_player_list", Answering({}, written(0)))
    settings = Settings(source="history", data=tmp_path)
    ended = FetchStep("scrape", scrape).run(replace(asked, app=replace(asked.app, settings=settings)))
    reason = "the source history does not offer nbac_player_list"
    assert (ended.outcome, ended.reason, ended.found) == ("no_source", reason, 0)
