"""The protocol under crashes and refusals: what is unsent is sent, what is early is asked again, the end is the same."""

from itertools import count

import pytest

from shared.contracts.events import RunRequested
from shared.errors import StoreUnavailable
from shared.work.job import Ended, Job
from tests.support.scripted_engine import DAY, POSTGAME, PREGAME, House, Killed, ended, settled


def test_the_sweep_sends_what_stayed_unsent() -> None:
    """A verdict or manifest whose publisher died is sent by a sweep, but not before the publisher had its time."""
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


def test_an_alert_is_said_once() -> None:
    """The first time answers True; then the alert stands and is not said again."""
    house = House()
    assert house.engine.alert("a", "something is wrong", "tipoff status")
    assert not house.engine.alert("a", "something is wrong", "tipoff status")


def test_a_unit_that_is_too_early_is_asked_again_until_it_is_ready() -> None:
    """Each sweep asks again, however often it is still too early; once it is done it is forgotten."""
    house = House()
    early = [3]

    def not_yet(job: Job) -> Ended:
        early[0] -= 1
        return Ended("not_ready", "box scores are not final") if early[0] >= 0 else Ended("ok", hash="x")

    house.script["scrape.nbac_gamebook_player_stats"] = not_yet
    settled(house, "postgame")
    for left in (2, 1, 0):
        assert early[0] == left
        assert house.outcomes(POSTGAME) == {}
        assert house.engine.sweep()["asked_again"] == 1
        house.run_all()
    assert set(house.outcomes(POSTGAME).values()) == {"complete"}
    assert house.engine.sweep()["asked_again"] == 0
    assert house.state.find("waiting", "waiting") == []


def test_too_early_again_in_the_moment_of_being_asked_is_not_lost() -> None:
    """The unit answers before the sweep that asked it has finished: the next sweep still asks."""
    house = House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")})
    settled(house, "postgame")

    def at_once(moment: str) -> None:
        if moment == "after":
            house.events.fail = lambda _: None
            house.run_due()

    house.events.fail = at_once
    house.engine.sweep()
    assert house.engine.sweep()["asked_again"] == 1


def test_a_sweep_that_cannot_ask_asks_next_time() -> None:
    """A broker that refuses makes the sweep fail loudly; what was waiting still is."""
    house = settled(House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")}), "postgame")

    def refuse(_: str) -> None:
        raise StoreUnavailable("no broker")

    house.events.fail = refuse
    with pytest.raises(StoreUnavailable):
        house.engine.sweep()
    house.events.fail = lambda _: None
    assert house.engine.sweep()["asked_again"] == 1


def test_waiting_ends_with_the_phase() -> None:
    """Once its phase is ruled on, or its generation superseded, nobody asks for the unit any more."""
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
    """What must be equal whatever happened on the way; and every message of the plain run was sent at least once."""
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
    """Any one publish fails, having handed over nothing or everything: redelivery or the sweep sends it; the end is equal."""
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
