"""One bad answer costs its game: the others' grades are byte-equal, the gap is named, and healed it is as if never."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.contracts.events import Delivery, RunRequested
from shared.map.loader import pipeline_map
from shared.settings import Settings
from shared.work.monitor import inspect
from tests.support.local import runs
from tests.support.local.runs import Copy
from tipoff.local import calendar
from tipoff.local.runtime import LocalRuntime
from tipoff.sample import Fault, League, SampleServer, serve

Demo = tuple[Path, dict[str, Any]]
BOX = "/static/json/liveData/boxscore/boxscore_{}.json"
COUNTS = """
    SELECT game_id, system_id, outcome, COUNT(*) FROM nba_predictions.prediction_accuracy
    WHERE generation = ? AND game_date = ? GROUP BY ALL ORDER BY ALL
"""
GRADES = """
    SELECT * EXCLUDE (run_id, generation, graded_at, known_at) FROM nba_predictions.prediction_accuracy
    WHERE generation = ? AND game_id != ? ORDER BY ALL
"""


@dataclass
class Source:
    """The sample sources over HTTP, on a clock of their own, for a home that the demo made."""

    home: Path
    clock: VirtualClock
    server: SampleServer

    def run(self, kind: str, day: date, faults: dict[str, Fault], healed_after: float = 24) -> None:
        """Run the day once more now, where these answers go wrong for so many hours."""
        healed_at = self.clock.now() + timedelta(hours=healed_after)
        self.server.faults.update(faults)
        settings = Settings(home=self.home, source="nba", base_urls=self.server.base_urls)
        app = build_local(settings, self.clock, HttpFeeds(self.server.base_urls, attempts=1), memory_limit="500MB")
        now = self.clock.now()
        request = RunRequested(request_id=f"at-{now:%d%H}", kind=kind, from_date=day, to_date=day, as_of=now)

        def heal(_: Delivery) -> None:
            if self.clock.now() >= healed_at:
                self.server.faults.clear()

        runtime = LocalRuntime(app, app.events, heal)
        runtime.request(request)
        runtime.settle(f"{day}.{kind}", self.clock)
        inspect(app)
        app.close()

    def asked(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(self.server.requests)


@contextmanager
def source(home: Path, at: datetime) -> Iterator[Source]:
    """The sources from that moment on."""
    clock = VirtualClock(at)
    with serve(League(7), clock) as server:
        yield Source(home, clock, server)


def grade_again(home: Path, day: date, faults: dict[str, Fault], healed_after: float = 24) -> Counter[str]:
    """Run the day's postgame once more the morning after; what was asked how often."""
    with source(home, calendar.morning(day + timedelta(days=1), pipeline_map())) as sources:
        sources.run("postgame", day, faults, healed_after)
        return sources.asked()


def grades(home: Path, generation: int, without: str = "") -> list[tuple[Any, ...]]:
    """The grades of a generation of the day's run, but for one game's."""
    return runs.rows(home, GRADES, generation, without)


def pending(home: Path, generation: int, game_id: str) -> list[tuple[Any, ...]]:
    """The outcomes of a game's predictions with their reasons, each once."""
    return runs.rows(
        home,
        "SELECT DISTINCT outcome, pending_reason FROM nba_predictions.prediction_accuracy"
        " WHERE generation = ? AND game_id = ?",
        generation,
        game_id,
    )


def first_game(day: date) -> str:
    """The id of a game of the day."""
    return next(g for g in League(7).games if g.fixture.game_date == day).fixture.game_id


def verdicts(home: Path, day: date, generation: int) -> dict[str, dict[str, Any]]:
    """The verdicts of a generation of the day's postgame by phase."""
    found = runs.documents(home, "verdicts", f"{day}.postgame.{generation}.")
    return {i.rsplit(".", 1)[1]: d for i, d in found.items()}


def sentences(home: Path) -> list[str]:
    """The alerts about what is missing."""
    return [d["sentence"] for d in runs.documents(home, "alerts").values() if d["kind"] == "missing"]


def test_a_box_score_that_never_comes(demo: Demo, copy: Copy) -> None:
    """Its predictions are pending, all others graded as before; it alone is asked for, then one alert names it."""
    home, day = copy(demo[0]), date.fromisoformat(demo[1]["day"])
    game = first_game(day)
    boxes = grade_again(home, day, {f"boxscore_{game}": Fault(status=403)})
    assert boxes.pop(BOX.format(game)) == 7
    assert {n for path, n in boxes.items() if "boxscore" in path} == {1}
    assert verdicts(home, day, 8)["raw"]["outcome"] == "degraded"
    assert game in verdicts(home, day, 8)["raw"]["reason"]
    assert grades(home, 2, game) == grades(home, 1, game)
    assert pending(home, 2, game) == [("pending", "no_box_score")]
    assert len(grades(home, 2)) == len(grades(home, 1))
    assert grades(home, 8) == [], "nothing that was graded was graded again"
    (alert,) = sentences(home)
    assert game in alert
    with source(home, calendar.morning(day + timedelta(days=2), pipeline_map())) as sources:
        sources.run("postgame", day, {})
    assert set(verdicts(home, day, 9)) == set(verdicts(home, day, 1))
    assert {d["outcome"] for d in verdicts(home, day, 9).values()} == {"complete"}
    assert len(grades(home, 9)) == len(grades(home, 1))


@pytest.mark.parametrize("fault", [Fault(status=403), Fault(body="truncate"), Fault(body="block_page")])
def test_a_box_score_that_comes_two_hours_late(demo: Demo, copy: Copy, fault: Fault) -> None:
    """It alone is asked for again by itself, and graded with all others as if it had been there from the start."""
    home, day = copy(demo[0]), date.fromisoformat(demo[1]["day"])
    game = first_game(day)
    asked = grade_again(home, day, {f"boxscore_{game}": fault}, healed_after=2)
    assert asked.pop(BOX.format(game)) == 5, "at 0, 15, 45, 105 and 225 minutes"
    assert {n for path, n in asked.items() if "boxscore" in path} == {1}
    assert sum(n for path, n in asked.items() if "scheduleLeague" in path) == 2, "once for each of two feeds"
    assert {d["outcome"] for d in verdicts(home, day, 6).values()} == {"complete"}
    assert grades(home, 6) == grades(home, 1)
    assert sentences(home) == []
    assert runs.documents(home, "waiting", f"{day}.postgame.6") == {}


def test_one_game_of_three_that_comes_late(demo: Demo, copy: Copy) -> None:
    """Grading waits two hours and a half for it, then grades the two others; the third when it is there."""
    home, day = copy(demo[0]), date.fromisoformat(demo[1]["day"]) + timedelta(days=1)
    games = [g.fixture for g in League(7).games if g.fixture.game_date == day]
    game = games[0].game_id
    tip = min(g.tip for g in games)
    with source(home, tip - timedelta(minutes=30)) as sources:
        sources.run("pregame", day, {})
        sources.clock.advance_to(calendar.morning(day + timedelta(days=1), pipeline_map()))
        sources.run("postgame", day, {f"boxscore_{game}": Fault(status=403)}, healed_after=5)
    early = [verdicts(home, day, n) for n in (1, 2, 3)]
    assert all("grading_gate" not in v for v in early), "it waits for the game, which is asked for meanwhile"
    gate = verdicts(home, day, 4)["grading_gate"]
    assert (gate["outcome"], game in gate["reason"]) == ("degraded", True)
    graded = runs.rows(home, COUNTS, 4, day)
    assert (len(games), {g for g, _, o, _ in graded if o != "pending"}) == (3, {g.game_id for g in games[1:]})
    last = runs.rows(home, COUNTS, 6, day)
    assert {g for g, _, o, _ in last if o != "pending"} == {g.game_id for g in games}
    assert [r for r in last if r[0] != game] == [r for r in graded if r[0] != game]
    predicted = "SELECT COUNT(*) FROM nba_predictions.player_prop_predictions WHERE game_date = ?"
    assert [(sum(n for *_, n in last),)] == runs.rows(home, predicted, day)
