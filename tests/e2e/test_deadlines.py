"""Deadlines on the real runtime: the 15-minute sweep settles overdue phases, and every row shows the degradation."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.history_feeds import HistoryFeeds
from shared.adapters.local.queue import SqliteQueue
from shared.contracts.events import RunRequested, SweepRequested, message
from shared.contracts.work import Answer, Request
from shared.errors import SourceUnavailable
from tests.support.local import runs
from tests.support.local.runs import NEXT, Copy
from tipoff.local import calendar

RUN = f"{NEXT}.pregame"
SWEEP = timedelta(minutes=15)
Replayed = tuple[Path, dict[str, Any]]


@pytest.fixture
def opened(replayed: Replayed, folder: Path, copy: Copy) -> Iterator[runs.Opened]:
    """A home before the next date's predictions, without the caches for that date."""
    home = runs.open_home(copy(replayed[0]), folder)
    home.app.tables._db.execute("DELETE FROM nba_precompute.player_daily_cache WHERE cache_date = $1", [NEXT])  # type: ignore[attr-defined]
    yield home
    home.close()


def live(opened: runs.Opened, never: str, hours: float = 1) -> datetime:
    """Run the pregame run with a sweep every 15 minutes; the message of the unit `never` is leased and not handled."""
    queue, clock = opened.app.events, opened.replay.clock
    assert isinstance(queue, SqliteQueue)
    start = calendar.pregame_times(opened.days[NEXT], opened.app.map)[-1]
    clock.advance_to(start)
    request = RunRequested(request_id=f"{RUN}@test", kind="pregame", from_date=NEXT, to_date=NEXT, as_of=start)
    queue.publish([message("nba-run-trigger", request)])
    for number in range(int(hours * 4) + 1):
        clock.advance_to(start + number * SWEEP)
        queue.publish([message("nba-coverage-sweep", SweepRequested(at=clock.now()))])
        while (delivery := queue.lease()) is not None:
            if not delivery.message.id.endswith(never):
                opened.replay.runtime.deliver(delivery)
    return start


def outcomes(opened: runs.Opened) -> dict[str, str]:
    """The outcome of each phase that has a verdict."""
    ids = [f"{RUN}.1.{p}" for p in opened.app.map.runs["pregame"].phases]
    return {i.rsplit(".", 1)[1]: d["outcome"] for i, d in opened.app.state.get_many("verdicts", ids).items()}


def test_without_the_critical_set_it_expires_and_says_so_once(opened: runs.Opened) -> None:
    """Without the schedule: expired at the deadline, all later phases failed, one open alert with its command."""
    live(opened, "scrape.nbac_schedule", hours=2)
    by_phase = outcomes(opened)
    assert by_phase.pop("scrape") == "expired"
    assert set(by_phase.values()) == {"failed"}
    alerts = [s for s in opened.app.state.find("alerts", "open") if s.id.startswith(RUN)]
    assert [a.id for a in alerts] == [f"{RUN}.1.scrape.expired"]
    assert alerts[0].doc["sentence"] == f"{RUN} scrape is expired: deadline passed without nbac_schedule"
    assert alerts[0].doc["command"] == f"tipoff rerun {NEXT} --kind pregame --only failed"


def test_a_degraded_run_says_so_in_every_row(opened: runs.Opened, replayed: Replayed) -> None:
    """Without lines and caches the run continues with features from analytics (87), and each row shows it.

    The sweep at 15 minutes rules on scrape: the phases after it, whose deadlines count from the opening, lose no unit.
    """
    live(opened, "scrape.odds_api_player_points_props")
    by_phase = outcomes(opened)
    assert by_phase["scrape"] == "degraded"
    assert by_phase["ensemble"] == "complete"
    later = [f"{RUN}.1.{phase}" for phase in opened.app.map.runs["pregame"].phases if phase != "scrape"]
    assert [i for i, verdict in opened.app.state.get_many("verdicts", later).items() if verdict["missing"]] == []
    where = f"WHERE game_date = DATE '{NEXT}'"
    features = opened.read(
        f"SELECT cache_source, MAX(feature_quality_score) AS best, COUNT(*) AS n FROM nba_precompute.ml_feature_store_v2 {where} GROUP BY ALL"
    ).to_pylist()
    assert {f["cache_source"] for f in features} <= {"phase3", "none"}
    topped = next(f for f in features if f["cache_source"] == "phase3")
    assert topped["n"] > 50
    assert topped["best"] == pytest.approx((26 * 100 - 11 * 13) / 26, abs=6)
    rows = opened.read(
        f"SELECT DISTINCT upstream_outcome, cache_source FROM nba_predictions.player_prop_predictions {where}"
    ).to_pylist()
    assert {r["upstream_outcome"] for r in rows} == {"degraded"}
    assert "phase3" in {r["cache_source"] for r in rows}
    assert "phase4" not in {r["cache_source"] for r in rows}


def test_a_feed_that_never_answers_costs_no_later_phase(opened: runs.Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its phase is ruled on at the deadline, not when its last attempt is over: the phases after it have their time."""
    fetch = HistoryFeeds.fetch

    def without_lines(feeds: HistoryFeeds, request: Request) -> Answer:
        if request.path == "game_lines":
            raise SourceUnavailable("the site does not answer")
        return fetch(feeds, request)

    monkeypatch.setattr(HistoryFeeds, "fetch", without_lines)
    opened.run("pregame", NEXT)
    by_phase = outcomes(opened)
    assert by_phase.pop("scrape") == "degraded"
    assert set(by_phase.values()) <= {"complete", "degraded"}


def test_a_repair_makes_it_whole_and_closes_the_alert(opened: runs.Opened, folder: Path) -> None:
    """`tipoff rerun --only failed --yes` does what never came; the next sweep takes the alert back."""
    live(opened, "scrape.nbac_schedule")
    home = opened.app.settings.home
    opened.close()
    for args in (["--dry-run"], ["--yes"]):
        code, out, err = runs.here(
            "rerun", NEXT, "--home", home, "--kind", "pregame", "--only", "failed", *args,
            "--source", "history", "--data", folder, "--json",
        )  # fmt: skip
        assert code == 0, err
    changes = {c["name"]: c["result"] for c in json.loads(out)["done"][0]["changes"]}
    assert changes["scrape.nbac_schedule"] == "new"
    assert changes["scrape.odds_api_player_points_props"] == "carried"
    again = runs.open_home(home, folder)
    again.replay.clock.advance_to(datetime.fromisoformat(_opened_at(again)) + SWEEP)
    runtime = again.replay.runtime
    again.app.events.publish([message("nba-coverage-sweep", SweepRequested(at=again.app.clock.now()))])
    runtime.run_due()
    alert = again.app.state.get("alerts", f"{RUN}.1.scrape.expired")
    assert alert is not None
    assert alert.doc["state"] == "closed"
    again.close()


def _opened_at(opened: runs.Opened) -> str:
    stored = opened.app.state.get("manifests", f"{RUN}.2")
    assert stored is not None
    return str(stored.doc["opened_at"])
