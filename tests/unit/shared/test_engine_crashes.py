"""The protocol under crashes and refusals: unsent events are sent, early units requested again, the end is the same."""

from itertools import count

import pytest

from shared.contracts.events import RunRequested
from shared.errors import StoreUnavailable
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, POSTGAME, PREGAME, House, Killed, ended, settled


def test_the_sweep_sends_unsent_events() -> None:
    """A verdict or manifest whose publisher died is sent by a sweep, but not before `unsent_after_s`."""
    house = House()

    def refuse(_: str) -> None:
        raise StoreUnavailable("no broker")

    house.events.fail = refuse
    with pytest.raises(StoreUnavailable):
        house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    house.events.fail = lambda _: None
    assert house.engine.sweep()["sent"] == 0
    house.wait(seconds=house.map.engine["unsent_after_s"])
    assert house.engine.sweep()["sent"] == 1
    assert house.engine.sweep()["sent"] == 0
    house.run_all()
    assert set(house.outcomes(PREGAME).values()) == {"complete"}


def test_an_alert_is_raised_once() -> None:
    """The first call returns True; while the alert is open further calls return False."""
    house = House()
    assert house.engine.alert("a", "something is wrong", "tipoff status")
    assert not house.engine.alert("a", "something is wrong", "tipoff status")


def test_a_unit_that_is_too_early_is_requested_until_it_is_ready() -> None:
    """Each sweep requests it again while it is too early; once it is done its entry is deleted."""
    house = House()
    early = [3]

    def not_yet(job: Job) -> Ended:
        early[0] -= 1
        return Ended("not_ready", "box scores are not final") if early[0] >= 0 else Ended("ok", hash="x")

    house.script["scrape.nbac_gamebook_player_stats"] = not_yet
    settled(house, "postgame")
    for left in (2, 1, 0):
        assert early[0] == left
        assert set(house.outcomes(POSTGAME)) == {"scrape_closing", "raw_closing"}  # which do not wait for it
        assert house.engine.sweep()["asked_again"] == 1
        house.run_all()
    assert set(house.outcomes(POSTGAME).values()) == {"complete"}
    assert house.engine.sweep()["asked_again"] == 0
    assert house.state.find("waiting", "waiting") == []


def test_a_unit_too_early_again_during_the_sweep_is_not_lost() -> None:
    """The unit ends before the sweep that requested it: the next sweep requests it again."""
    house = House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")})
    settled(house, "postgame")

    def at_once(moment: str) -> None:
        if moment == "after":
            house.events.fail = lambda _: None
            house.run_due()

    house.events.fail = at_once
    house.engine.sweep()
    assert house.engine.sweep()["asked_again"] == 1


def test_a_sweep_that_cannot_publish_does_so_next_time() -> None:
    """A broker that refuses makes the sweep raise; the waiting unit still waits."""
    house = settled(House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")}), "postgame")

    def refuse(_: str) -> None:
        raise StoreUnavailable("no broker")

    house.events.fail = refuse
    with pytest.raises(StoreUnavailable):
        house.engine.sweep()
    house.events.fail = lambda _: None
    assert house.engine.sweep()["asked_again"] == 1


def test_waiting_ends_with_the_phase() -> None:
    """Once its phase has a verdict, or its generation is superseded, the unit is not requested any more."""
    late = House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")})
    settled(late, "postgame")
    late.wait(minutes=60)
    late.engine.sweep()
    assert late.outcomes(POSTGAME)["scrape"] == "expired"
    assert late.engine.sweep()["asked_again"] == 0

    superseded = House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")})
    settled(superseded, "postgame")
    superseded.engine.open_run(RunRequested(request_id="again", kind="postgame", from_date=DAY))
    assert superseded.engine.sweep()["asked_again"] == 0


def _same_end(house: House, plain: House, run: str) -> None:
    """The same verdicts, a settled run, and every message of the plain run sent at least once."""
    assert house.verdicts(run) == plain.verdicts(run)
    assert [s.id for s in house.state.find("runs", "settled")] == [run]
    assert house.state.find("verdicts", "unsent") == house.state.find("manifests", "unsent") == []
    assert {m.id: m for m in house.events.published} == {m.id: m for m in plain.events.published}
    assert house.quarantined() == []
    assert house.queue.counts()["dead"] == 0


@pytest.mark.parametrize("kind", ["pregame", "postgame"])
def test_a_crash_at_any_point_changes_nothing(kind: str) -> None:
    """Killed before or after any effect, once: after a redelivery within its deadlines the run ends the same."""
    points: list[str] = []
    plain = House()
    plain.engine.point = points.append
    settled(plain, kind)
    assert {"manifest.create", "run.advance", "claim.create", "completion.create", "completion.created"} <= set(points)
    assert {"verdict.create", "verdict.created", "outbox.publish", "outbox.published", "run.close"} <= set(points)
    for number in range(len(points)):
        house, calls = House(claim_lease_s=60, ack_deadline_s=60), count()

        def die(_: str, calls: "count[int]" = calls, number: int = number) -> None:
            if next(calls) == number:
                raise Killed

        house.engine.point = die
        settled(house, kind)
        _same_end(house, plain, f"{DAY}.{kind}")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refused_publish_changes_nothing(moment: str) -> None:
    """One publish fails before or after handing over: redelivery or the sweep sends it, and the end is the same."""
    plain = settled(House())
    for number in range(1, 1 + len(plain.state.ids("verdicts", PREGAME))):
        house, calls = House(), count()
        house.request()

        def refuse(at: str, calls: "count[int]" = calls, number: int = number) -> None:
            if at == moment and next(calls) == number:
                raise StoreUnavailable("no broker")

        house.events.fail = refuse
        house.run_all()
        _same_end(house, plain, PREGAME)
