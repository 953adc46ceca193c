"""One bad answer costs its game: the others' grades are byte-equal, the gap is named, and healed it is as if never."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested
from shared.map.loader import pipeline_map
from shared.settings import Settings
from tests.support.local import runs
from tests.support.local.runs import Copy
from tipoff.local import calendar
from tipoff.local.runtime import LocalRuntime
from tipoff.sample import Fault, League, serve

Demo = tuple[Path, dict[str, Any]]
GRADES = """
    SELECT * EXCLUDE (run_id, generation, graded_at, known_at) FROM nba_predictions.prediction_accuracy
    WHERE generation = ? AND game_id != ? ORDER BY ALL
"""


def grade_again(home: Path, day: date, faults: dict[str, Fault], only_if: str, number: int) -> None:
    """Run the day's postgame once more, over HTTP, where these answers go wrong."""
    league = League(7)
    clock = VirtualClock(calendar.morning(day + timedelta(days=1), pipeline_map()))
    with serve(league, clock) as server:
        server.faults.update(faults)
        settings = Settings(home=home, source="nba", base_urls=server.base_urls)
        app = build_local(settings, clock, HttpFeeds(server.base_urls, attempts=2), memory_limit="500MB")
        request = RunRequested(
            request_id=f"again-{number}",
            kind="postgame",
            from_date=day,
            to_date=day,
            as_of=clock.now(),
            only_if=only_if,
        )
        runtime = LocalRuntime(app, app.events)
        runtime.request(request)
        runtime.settle(f"{day}.postgame", clock)
        app.close()


def grades(home: Path, generation: int, without: str = "") -> list[tuple[Any, ...]]:
    """The grades of a generation of the day's run, but for one game's."""
    return runs.rows(home, GRADES, generation, without)


@pytest.mark.parametrize(
    "fault", [Fault(status=403), Fault(status=404), Fault(body="truncate"), Fault(body="block_page")]
)
def test_one_box_score_that_does_not_come(demo: Demo, copy: Copy, fault: Fault) -> None:
    """Its predictions are pending, all others graded as before; the next look that may fetch it makes all whole."""
    home, day = copy(demo[0]), date.fromisoformat(demo[1]["day"])
    game = next(g for g in League(7).games if g.fixture.game_date == day).fixture
    grade_again(home, day, {f"boxscore_{game.game_id}": fault}, "always", 2)
    phases = {i.rsplit(".", 1)[1]: d for i, d in runs.documents(home, "verdicts", f"{day}.postgame.2.").items()}
    assert {phases[p]["outcome"] for p in ("scrape", "raw")} <= {"degraded", "complete"}
    assert game.game_id in phases["raw"]["reason"]
    assert phases["grade"]["outcome"] == "complete"
    assert grades(home, 2, game.game_id) == grades(home, 1, game.game_id)
    pending = "SELECT DISTINCT outcome, pending_reason FROM nba_predictions.prediction_accuracy WHERE generation = 2 AND game_id = ?"
    assert runs.rows(home, pending, game.game_id) == [("pending", "no_box_score")]
    assert len(grades(home, 2)) == len(grades(home, 1))
    grade_again(home, day, {}, "not_whole", 3)
    assert grades(home, 3) == grades(home, 1)


def test_a_whole_run_is_not_asked_again(demo: Demo, copy: Copy) -> None:
    """The later schedule asks only where something is missing."""
    home, day = copy(demo[0]), date.fromisoformat(demo[1]["day"])
    grade_again(home, day, {}, "not_whole", 2)
    assert runs.documents(home, "runs", f"{day}.postgame")[f"{day}.postgame"]["generation"] == 1
