"""Forty real SIGKILLs at named write points of all eight functions change no byte."""

from pathlib import Path

from shared.map.loader import pipeline_map
from tests.crash import run

KILLS = 40
SEED = 3


def test_forty_kills_change_nothing(tmp_path: Path) -> None:
    """Tables byte by byte, documents but for clock times, no message left over; every function was killed."""
    stage = run.set_stage(tmp_path, train=False)
    assert {f for f, _ in stage.pairs} >= set(pipeline_map().functions)
    results = run.run(stage, KILLS, SEED)
    assert sum(len(r.killed) for r in results) >= KILLS
    assert [r for r in results if r.differences] == []
    killed = {hit.function for r in results for hit in r.killed}
    assert killed == set(pipeline_map().functions)


def test_a_difference_is_reported(tmp_path: Path) -> None:
    """The comparison is able to fail: one byte, one document, one missing table."""
    calm = {"table": b"a", "verdicts": b"b"}
    assert run.slate.differences(calm, dict(calm)) == []
    assert run.slate.differences(calm, {"table": b"A", "verdicts": b"b"}) == ["table"]
    assert run.slate.differences(calm, {"verdicts": b"b", "more": b""}) == ["more", "table"]
