"""The busiest day stays within BigQuery's quotas, writers of one table get through, and the page says so."""

from dataclasses import replace

import pytest

from benchmarks.cloud_day import (
    BEGIN,
    COST,
    DAYS_PLAYED,
    END,
    INJURIES,
    QUOTAS,
    WRITERS,
    asked,
    day,
    follows,
    play,
    section,
    worst,
)
from shared.map.loader import pipeline_map
from tests.support.places import ROOT


def test_the_page_is_current() -> None:
    """docs/cost.md has what the map gives now; `make docs` writes it."""
    shown = COST.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()
    assert shown == section(pipeline_map()), "make docs"
    assert COST.is_relative_to(ROOT)


def test_the_busiest_day_is_within_every_quota() -> None:
    """With 26 scheduled pregame runs and the loop; half of each quota is left."""
    found = day(pipeline_map())
    assert found.generations >= 52
    assert set(asked(found)) == set(QUOTAS)
    assert {what: n for what, n in asked(found).items() if n > QUOTAS[what] / 2} == {}


def test_what_follows_from_an_injury_report_reaches_the_predictions() -> None:
    """The context that reads it, the features after that, and every system; not the box scores."""
    after = follows(pipeline_map(), "pregame", INJURIES)
    assert {"upcoming_player_game_context", "ml_feature_store_v2", "moving_average", "ensemble_v1"} <= after
    assert not {"nbac_player_list", "player_quotes"} & after
    assert follows(pipeline_map(), "pregame", "nba_raw.none") == set()


@pytest.mark.parametrize("deletes", [False, True])
def test_each_of_sixteen_writers_gets_through(deletes: bool) -> None:
    """Within the time-out of the function that writes, in every simulated burst: none gives up."""
    timeout_s = min(f.timeout_s for f in pipeline_map().functions.values() if any(u.writes for u in f.units.values()))
    p = worst(play(WRITERS, seed, deletes=deletes) for seed in range(DAYS_PLAYED))
    assert p.gave_up == 0
    assert p.seconds < timeout_s


def test_a_burst_can_be_too_wide() -> None:
    """With ten times the writers some give up: the simulation can fail."""
    assert worst(play(10 * WRITERS, seed, deletes=True) for seed in range(3)).gave_up > 0
    assert asked(replace(day(pipeline_map()), widest=50))["calls of one method per second"] > 100
