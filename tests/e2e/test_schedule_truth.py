"""What the source takes back, moves, calls off or corrects costs its game: the others' grades are byte-equal."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested, message
from shared.map.loader import pipeline_map
from shared.map.ticks import tick_at
from shared.rules.dates import eastern_instant
from shared.settings import Settings
from tests.support.local import runs
from tests.support.local.runs import Copy
from tipoff.local import calendar
from tipoff.local.runtime import LocalRuntime
from tipoff.sample import Fault, League, payloads, serve

Demo = tuple[Path, dict[str, Any]]
Listed = dict[str, Any]
MAP = pipeline_map()
LEAGUE = League(7)
GRADES = """
    SELECT * EXCLUDE (run_id, generation, graded_at, known_at) FROM nba_predictions.prediction_accuracy
    WHERE generation = ? AND game_id != ? ORDER BY ALL
"""
OUTCOMES = """
    SELECT DISTINCT outcome, COALESCE(void_reason, pending_reason) FROM nba_predictions.prediction_accuracy
    WHERE generation = ? AND game_id = ?
"""
STORED = """
    SELECT CAST(game_date AS VARCHAR), game_status, status_reason FROM nba_raw.nbac_schedule WHERE game_id = ? ORDER BY 1
"""
PREDICTED = (
    "SELECT DISTINCT game_id FROM nba_predictions.player_prop_predictions WHERE game_date = ? AND generation = ?"
)


class Source:
    """The sample's documents with changes: `listed` changes a game of the schedule (None: gone), `box` a box score."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.listed: Callable[[Listed], Listed | None] = lambda game: game
        self.box: Callable[[Listed, datetime], None] = lambda game, now: None
        schedule, box_score = payloads.schedule, payloads.box_score
        patch.setattr(payloads, "schedule", lambda league, now: self._schedule(schedule(league, now)))
        patch.setattr(payloads, "box_score", lambda game, now: self._box_score(box_score(game, now), now))

    def _schedule(self, body: bytes) -> bytes:
        document = json.loads(body)
        for listed in document["leagueSchedule"]["gameDates"]:
            listed["games"] = [g for g in map(self.listed, listed["games"]) if g is not None]
        return payloads.dump(document)

    def _box_score(self, body: bytes | None, now: datetime) -> bytes | None:
        if body is None:
            return None
        document = json.loads(body)
        self.box(document["game"], now)
        return payloads.dump(document)

    def change(self, game_id: str, change: Listed | None) -> None:
        """From now on the schedule lists the game with these fields changed, or (None) not at all."""
        self.listed = lambda g: g if g["gameId"] != game_id else None if change is None else {**g, **change}


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Source:
    return Source(monkeypatch)


def play(home: Path, request: RunRequested, at: datetime, faults: dict[str, Fault] | None = None) -> str:
    """Settle a requested run over HTTP at that moment; its id."""
    clock = VirtualClock(at)
    with serve(LEAGUE, clock) as server:
        server.faults.update(faults or {})
        settings = Settings(home=home, source="nba", base_urls=server.base_urls)
        app = build_local(settings, clock, HttpFeeds(server.base_urls, attempts=2), memory_limit="500MB")
        runtime = LocalRuntime(app, app.events)
        app.events.publish([message(MAP.request_topics.run, request)])
        run_id = f"{request.from_date}.{request.kind}"
        runtime.settle(run_id, clock)
        app.close()
    return run_id


def ask(home: Path, kind: str, day: date, number: int, faults: dict[str, Fault] | None = None) -> dict[str, Any]:
    """The day's run once more; its verdicts by phase."""
    at = calendar.morning(day + timedelta(days=1), MAP) if kind == "postgame" else eastern_instant(day, 18, 30)
    request = RunRequested(request_id=f"{kind}-{number}", kind=kind, from_date=day, to_date=day, as_of=at)
    return verdicts(home, play(home, request, at, faults))


def verdicts(home: Path, run_id: str) -> dict[str, Any]:
    """The verdicts of the run's current generation, by phase."""
    generation = runs.documents(home, "runs", run_id)[run_id]["generation"]
    found = runs.documents(home, "verdicts", f"{run_id}.{generation}.")
    return {i.rsplit(".", 1)[1]: d for i, d in found.items()}


def grades(home: Path, generation: int, without: str = "") -> list[tuple[Any, ...]]:
    return runs.rows(home, GRADES, generation, without)


def began(demo: Demo, copy: Copy) -> tuple[Path, date, str]:
    """A copy of the demo's home, its day, and the id of one game of that day."""
    day = date.fromisoformat(demo[1]["day"])
    return copy(demo[0]), day, LEAGUE.slate(day)[0].fixture.game_id


@pytest.mark.parametrize(
    ("change", "stored", "outcome"),
    [
        (None, ("withdrawn", "no longer listed"), ("void", "game_withdrawn")),
        ({"gameStatusText": "Postp."}, ("postponed", "Postp."), ("pending", "game_postponed")),
        ({"gameStatusText": "Susp"}, ("suspended", "Susp"), ("pending", "game_suspended")),
        ({"gameStatusText": "Cancelled"}, ("cancelled", "Cancelled"), ("void", "game_cancelled")),
    ],
)
def test_a_game_that_is_off_after_it_was_predicted(
    demo: Demo, copy: Copy, source: Source, change: Listed | None, stored: tuple[str, str], outcome: tuple[str, str]
) -> None:
    """Its predictions get a truthful outcome, all others their grades as before, and the run is whole."""
    home, day, game = began(demo, copy)
    source.change(game, change)
    phases = ask(home, "postgame", day, 2)
    assert {p["outcome"] for p in phases.values()} == {"complete"}
    (unit,) = runs.documents(home, "completions", f"{day}.postgame.2.raw.nbac_schedule").values()
    assert f"({game}): {stored[0]} ({stored[1]})" in unit["reason"]
    assert runs.rows(home, STORED, game) == [(f"{day}", *stored)]
    assert runs.rows(home, OUTCOMES, 2, game) == [outcome]
    assert grades(home, 2, game) == grades(home, 1, game)
    assert len(grades(home, 2)) == len(grades(home, 1))


@pytest.mark.parametrize("days", [1, 40])
def test_a_game_that_moves_between_its_prediction_and_its_grade(
    demo: Demo, copy: Copy, source: Source, days: int
) -> None:
    """By a day its new slate has it, by 40 the old one lacks it; it is scheduled on one date at most."""
    home, day, game = began(demo, copy)
    there = day + timedelta(days=days)
    tip = f"{there + timedelta(days=1)}T00:30:00Z"
    moved = {
        "gameDateEst": f"{there}T00:00:00Z",
        "gameDateTimeUTC": tip,
        "gameStatus": 1,
        "gameStatusText": "7:30 pm ET",
    }
    source.change(game, moved)
    ask(home, "postgame", day, 2)
    new = [(f"{there}", "scheduled", None)] if days == 1 else []
    assert runs.rows(home, STORED, game) == [(f"{day}", "moved", f"to {there}"), *new]
    assert runs.rows(home, OUTCOMES, 2, game) == [("void", "game_moved")]
    assert grades(home, 2, game) == grades(home, 1, game)


@pytest.mark.parametrize(
    "change", [None, {"ifNecessary": True}, {"gameStatusText": "TBD"}, {"gameStatusText": "P.P.D."}]
)
def test_a_game_that_is_not_certain_is_not_predicted(
    demo: Demo, copy: Copy, source: Source, change: Listed | None
) -> None:
    """The others are, and the run is as whole as without the change."""
    home, day, game = began(demo, copy)
    before = {i for (i,) in runs.rows(home, PREDICTED, day, 1)}
    source.change(game, change)
    phases = ask(home, "pregame", day, 2)
    generation = runs.documents(home, "runs", f"{day}.pregame")[f"{day}.pregame"]["generation"]
    assert {i for (i,) in runs.rows(home, PREDICTED, day, generation)} == before - {game}
    assert game in before
    assert phases["reference"]["outcome"] == "complete"


def test_a_slate_of_which_every_game_is_called_off(demo: Demo, copy: Copy, source: Source) -> None:
    """It is degraded and names the games, where a day without games is none; what was predicted gets its outcome."""
    home, day, _ = began(demo, copy)
    source.listed = lambda g: {**g, "gameStatusText": "PPD"} if g["gameDateEst"].startswith(f"{day}") else g
    phases = ask(home, "pregame", day, 2)
    assert phases["reference"]["outcome"] == "degraded"
    for game in LEAGUE.slate(day):
        name = f"{game.fixture.away} at {game.fixture.home} ({game.fixture.game_id}): postponed (PPD)"
        assert name in phases["reference"]["reason"]
    assert not {p["outcome"] for p in phases.values()} & {"no_games", "failed", "expired"}
    phases = ask(home, "postgame", day, 2)
    assert phases["raw"]["outcome"] == "degraded"
    assert not {p["outcome"] for p in phases.values()} & {"no_games", "failed", "expired"}
    found = "SELECT outcome, pending_reason, COUNT(*) FROM nba_predictions.prediction_accuracy WHERE generation = 2 GROUP BY ALL"
    assert runs.rows(home, found) == [("pending", "game_postponed", len(grades(home, 1)))]
    code, out, _ = runs.here("status", day, "--home", home)
    assert (code, "every game of these dates is off" in out) == (4, True)


def test_a_schedule_with_too_few_games_withdraws_none(demo: Demo, copy: Copy, source: Source) -> None:
    """Cut off after a few games it is valid JSON: the games stay, are named, and are graded when it is whole again."""
    home, day, game = began(demo, copy)
    source.listed = lambda g: g if g["gameId"] == game else None
    phases = ask(home, "postgame", day, 2)
    assert phases["raw"]["outcome"] == "degraded"
    assert {
        s for (s,) in runs.rows(home, "SELECT game_status FROM nba_raw.nbac_schedule WHERE game_date = ?", day)
    } == {"scheduled"}
    for other in LEAGUE.slate(day)[1:]:
        assert (
            f"{other.fixture.away} at {other.fixture.home} ({other.fixture.game_id}): kept" in phases["raw"]["reason"]
        )
    source.listed = lambda g: g
    ask(home, "postgame", day, 3)
    generation = runs.documents(home, "runs", f"{day}.postgame")[f"{day}.postgame"]["generation"]
    assert grades(home, generation) == grades(home, 1)


def test_a_box_score_that_is_not_final_is_missing_by_name(demo: Demo, copy: Copy, source: Source) -> None:
    """The schedule says final, the box score only at 07:00: the game is named, asked again by itself, and as if never."""
    home, day, game = began(demo, copy)
    seven = eastern_instant(day + timedelta(days=1), 7)
    source.box = lambda box, now: box.update(gameStatus=2) if box["gameId"] == game and now < seven else None
    at = calendar.morning(day + timedelta(days=1), MAP)
    request = RunRequested(request_id="late", kind="postgame", from_date=day, to_date=day, as_of=at)
    play(home, request, at)
    raw = runs.documents(home, "verdicts", f"{day}.postgame.2.raw")[f"{day}.postgame.2.raw"]
    assert raw["outcome"] == "degraded"
    assert f"({game}): its box score is not final yet (status 2)" in raw["reason"]
    generation = runs.documents(home, "runs", f"{day}.postgame")[f"{day}.postgame"]["generation"]
    assert grades(home, generation) == grades(home, 1)


def correct(home: Path, schedule: str, day: date, faults: dict[str, Fault] | None = None) -> dict[str, Any]:
    """What the map's schedule asks for on the morning when the date is its own; the completions of the generation."""
    morning = day - timedelta(days=MAP.schedules[schedule].day_offset)
    tick = tick_at(MAP, schedule, eastern_instant(morning, 5, 30))
    assert tick.game_date == day
    request = tick.message(MAP.request_topics).event()
    assert isinstance(request, RunRequested)
    run_id = play(home, request, tick.at, faults)
    generation = runs.documents(home, "runs", run_id)[run_id]["generation"]
    found = runs.documents(home, "completions", f"{run_id}.{generation}.")
    return {i.removeprefix(f"{run_id}.{generation}."): d for i, d in found.items()}


def done(completions: dict[str, Any]) -> set[str]:
    """The cells that were done anew."""
    return {cell for cell, doc in completions.items() if "carried_from" not in doc}


READ_AGAIN = {"scrape.nbac_gamebook_player_stats", "raw.nbac_gamebook_player_stats"}
GRADED = "SELECT generation, COUNT(*) FROM nba_predictions.prediction_accuracy GROUP BY 1 ORDER BY 1"


def test_box_scores_read_again_cost_nothing_while_they_are_the_same(demo: Demo, copy: Copy, source: Source) -> None:
    """Two and three mornings later: nothing is graded anew, no row is added, and a box score that is gone by then stays."""
    home, day, game = began(demo, copy)
    before = runs.rows(home, GRADED)
    assert done(correct(home, "corrections_2", day)) <= READ_AGAIN
    gone = {f"boxscore_{game}": Fault(status=403)}
    again = correct(home, "corrections_3", day, gone)
    assert done(again) <= READ_AGAIN
    assert {d["outcome"] for d in again.values()} <= {"ok", "no_source", "empty"}
    assert runs.rows(home, GRADED) == before
    assert runs.here("status", day, "--home", home)[0] == 0


def test_a_corrected_score_makes_a_new_generation_of_the_grades(demo: Demo, copy: Copy, source: Source) -> None:
    """Of the game with the correction they change, all others are byte-equal; the old grade stays readable."""
    home, day, game = began(demo, copy)
    first = grades(home, 1)

    def one_more(box: Listed, now: datetime) -> None:
        team = box["homeTeam"]
        if box["gameId"] == game:
            line = next(p["statistics"] for p in team["players"] if p["played"] == "1")
            line.update({name: line[name] + 1 for name in ("freeThrowsMade", "freeThrowsAttempted", "points")})
            team["score"] += 1

    source.box = one_more
    assert {"grade.prediction_accuracy", "track_record.system_daily_performance"} <= done(
        correct(home, "corrections_2", day)
    )
    assert grades(home, 1) == first
    assert len(grades(home, 2)) == len(first)
    assert grades(home, 2, game) == grades(home, 1, game)
    changed = set(grades(home, 2)) - set(first)
    assert changed
    actual = "SELECT DISTINCT player_id, actual_points FROM nba_predictions.prediction_accuracy WHERE generation = ? AND game_id = ?"
    points = [dict(runs.rows(home, actual, generation, game)) for generation in (1, 2)]
    differences = {p: points[1][p] - points[0][p] for p in points[0] if points[1][p] != points[0][p]}
    assert list(differences.values()) == [1]
    assert done(correct(home, "corrections_3", day)) <= READ_AGAIN
