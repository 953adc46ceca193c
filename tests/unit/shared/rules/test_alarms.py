"""Each rule finds its own cause alone, and states it in one sentence with a command."""

from datetime import UTC, datetime, timedelta

from shared.rules import alarms
from shared.rules.alarms import Firing, PhaseSeen, RunSeen

NOW = datetime(2024, 2, 26, 18, tzinfo=UTC)


def run(**outcomes: str | None) -> RunSeen:
    """A run of a chain of phases, each due an hour ago."""
    phases, before = {}, None
    for name, outcome in outcomes.items():
        phases[name] = PhaseSeen(NOW - timedelta(hours=1), outcome, "because", before)
        before = name
    return RunSeen("2024-02-26.pregame", "pregame", "2024-02-26", 3, NOW - timedelta(hours=2), phases)


def test_a_failure_is_reported_where_it_began() -> None:
    """A phase that failed because of an earlier one is no root; the sentence and the command name the run."""
    seen = run(a="complete", b="expired", c="failed", d="failed")
    assert alarms.roots(seen) == ["b"]
    assert [alarms.root_of(seen, p) for p in "bcd"] == ["b", "b", "b"]
    assert alarms.root_of(run(a=None, b="failed"), "b") == "b"
    finding = alarms.failed_phase(seen, "b")
    assert finding.id == "2024-02-26.pregame.3.b.expired"
    assert finding.sentence == "2024-02-26.pregame b is expired: because"
    assert finding.command == "tipoff rerun 2024-02-26 --kind pregame --only failed"
    assert not seen.is_whole
    assert run(a="complete", b="degraded", c="no_games").is_whole


def test_a_window_is_repaired_as_a_window() -> None:
    """A backfill is requested again."""
    command = alarms.mending("2024-01-01_2024-02-01.backfill", "backfill", "2024-01-01", "--only failed")
    assert command == "tipoff request backfill 2024-01-01 --to 2024-02-01"


def test_a_run_behind_the_warehouse_says_why_and_what_opens_the_next() -> None:
    """The generations of both, and the request for the run's own window."""
    finding = alarms.behind("2024-02-26.pregame", "pregame", 1, 5)
    assert (finding.id, finding.about) == ("2024-02-26.pregame.behind.5", "2024-02-26.pregame")
    assert finding.sentence == (
        "2024-02-26.pregame: the warehouse holds rows of generation 5, the state's newest is 1: the state was lost or"
        " restored. Generation 6 is opened by the next sweep"
    )
    assert finding.command == "tipoff request pregame 2024-02-26"


def test_a_schedule_is_silent_without_a_run_opened_since_its_tick() -> None:
    """Never opened, or opened before the tick; for a retry a run of any age suffices."""
    tick = Firing("pregame", NOW, "2024-02-26.pregame", "pregame", "2024-02-26", needs_generation=True)
    retry = Firing("retry", NOW, "2024-02-26.pregame", "pregame", "2024-02-26", needs_generation=False)
    never, old = alarms.silent_schedule(tick, None), alarms.silent_schedule(tick, run(a="complete"))
    assert never is not None
    assert "was never opened" in never.sentence
    assert never.command == "tipoff request pregame 2024-02-26"
    assert old is not None
    assert "its last run opened at 2024-02-26 16:00Z" in old.sentence
    assert alarms.silent_schedule(retry, run(a="complete")) is None
    assert alarms.silent_schedule(retry, None) is not None
    young = RunSeen("r", "pregame", "d", 1, NOW, {})
    assert alarms.silent_schedule(tick, young) is None


def test_a_run_is_stuck_well_after_a_deadline_without_a_verdict() -> None:
    """A sweep has some time to rule; a verdict of any kind ends the finding."""
    stuck = alarms.stuck_run(run(a="complete", b=None), NOW, 60)
    assert stuck is not None
    assert "b has no verdict since its deadline at 17:00Z" in stuck.sentence
    assert alarms.stuck_run(run(a="complete", b=None), NOW, 61) is None
    assert alarms.stuck_run(run(a="failed", b="failed"), NOW, 0) is None


def test_an_event_is_unsent_after_its_time() -> None:
    """From the limit on, not before."""
    since = NOW - timedelta(seconds=30)
    told = alarms.unsent_events("verdicts", "v", 2, since, NOW, 30)
    assert told is not None
    assert told.sentence.startswith("2 events of verdict v are unsent for 30 s")
    assert alarms.unsent_events("verdicts", "v", 2, since, NOW, 31) is None


def test_a_feed_is_quiet_when_it_used_to_bring_rows() -> None:
    """Enough game days without rows after one with rows; a feed that never had rows is not quiet."""
    days = [("01", 5), ("02", 7), ("03", 0), ("05", 0), ("06", 0)]
    quiet = alarms.quiet_feed("pregame", "odds", days, 3)
    assert quiet is not None
    assert quiet.id == "quiet.pregame.odds.03"
    assert quiet.sentence == "odds has brought nothing on 3 game days since 03; the last rows are of 02"
    assert quiet.command == "tipoff rerun 06 --kind pregame --phase scrape"
    assert alarms.quiet_feed("pregame", "odds", days, 4) is None
    assert alarms.quiet_feed("pregame", "odds", days[2:], 3) is None
    assert alarms.quiet_feed("pregame", "odds", [*days, ("07", 1)], 1) is None
    assert alarms.quiet_feed("pregame", "odds", [], 1) is None
