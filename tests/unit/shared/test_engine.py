"""The protocol through the one path `handle`: one verdict per phase, at-least-once events, effects once."""

from collections import Counter
from itertools import count

import pytest

from shared.contracts.events import Message, RunRequested, UnitRequested, message
from shared.errors import Conflict, ContractError, LeaseHeld, SourceUnavailable, StoreUnavailable, UnknownUnit
from shared.job import Ended, Job
from tests.unit.shared.house import DAY, House, Killed, ended, raises

PREGAME = f"{DAY}.pregame"
POSTGAME = f"{DAY}.postgame"


def _event(unit: str, phase: str = "scrape", generation: int = 1, to: str = "scrape") -> UnitRequested:
    return UnitRequested(run_id=PREGAME, generation=generation, phase=phase, unit=unit, to=to)


def _asked(event: UnitRequested) -> Message:
    return message("nba-scrape-trigger", event)


def _settled(house: House, kind: str = "pregame") -> House:
    house.request(kind)
    house.run_all()
    return house


def test_a_run_settles_every_phase_of_the_map_once() -> None:
    """Each unit runs once, each phase is complete, every outbox is sent, the run is settled, nothing is held back."""
    for kind in ("pregame", "postgame", "backfill"):
        house = _settled(House(), kind)
        run, phases = f"{DAY}.{kind}", house.map.runs[kind].phases
        assert house.outcomes(run) == dict.fromkeys(phases, "complete")
        assert Counter(house.ran) == Counter(f"{run}.1.{p.name}.{u}" for p in phases.values() for u in p.units)
        assert [s.id for s in house.state.find("runs", "settled")] == [run]
        assert house.state.find("verdicts", "unsent") == house.state.find("manifests", "unsent") == []
        assert house.quarantined() == []
        assert house.queue.counts()["dead"] == house.queue.counts()["redeliveries"] == 0


# -- duplicates and strangers ---------------------------------------------------------------------------------------


def test_duplicates_change_nothing() -> None:
    """Every message delivered three times, at once and after the end: the same verdicts, each unit done once."""
    plain, house = _settled(House()), House()
    house.request()
    while (delivery := house.queue.lease()) is not None:
        for _ in range(3):
            house.handle(delivery.message)
        house.queue.ack(delivery)
    for again in list(house.events.published):
        house.handle(again)
    assert house.verdicts(PREGAME) == plain.verdicts(PREGAME)
    assert Counter(house.ran) == Counter(plain.ran)
    assert house.engine.current_generation(PREGAME) == 1


def test_another_result_for_the_same_unit_is_quarantined() -> None:
    """A second completion with a different hash is a Conflict; the first stands, and the phase is looked at all the same."""
    house = House()
    manifest = house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = _event("nbac_schedule")
    house.engine.complete(event, {"outcome": "ok", "reason": "", "hash": "one"})
    house.engine.complete(event, {"outcome": "ok", "reason": "again", "hash": "one"})
    with pytest.raises(Conflict):
        house.engine.complete(event, {"outcome": "ok", "reason": "", "hash": "two"})
    assert house.state.get_many("completions", [event.event_id])[event.event_id]["hash"] == "one"
    assert manifest.phases["scrape"].critical == ("nbac_schedule",)


def test_a_conflict_is_acknowledged_with_the_whole_completion_kept() -> None:
    """Two workers whose results differ: the loser's goes to quarantine by way of handle, nothing comes again."""
    house = House()

    def slow(job: Job) -> Ended:
        job.app.engine.complete(job.event, {"outcome": "ok", "reason": "", "hash": "from the other worker"})
        return Ended("ok", hash="mine")

    house.script["scrape.nbac_schedule"] = slow
    _settled(house)
    (held,) = house.state.find("quarantine", "held")
    assert held.doc["completion"]["hash"] == "mine"
    assert house.outcomes(PREGAME)["scrape"] == "complete"
    assert house.queue.counts()["redeliveries"] == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (_event("no_such_unit"), "scrape.no_such_unit is not in the manifest"),
        (_event("nbac_schedule", phase="no_such_phase"), "no_such_phase.nbac_schedule is not in the manifest"),
        (_event("nbac_schedule", generation=7), "has no generation 7"),
        (RunRequested(request_id="x", kind="no_such_kind"), "no run kind no_such_kind"),
        (
            RunRequested(request_id="x", kind="pregame", from_date=DAY, to_date=DAY.replace(day=1)),
            "ends before it starts",
        ),
    ],
)
def test_what_the_manifest_does_not_name_is_quarantined(event: UnitRequested | RunRequested, reason: str) -> None:
    """Unknown units, phases, generations, kinds and impossible windows are kept with their reason, and acknowledged."""
    house = _settled(House())
    before = house.verdicts(PREGAME)
    house.handle(message("nba-scrape-trigger", event))
    (held,) = house.quarantined()
    assert reason in held
    assert house.verdicts(PREGAME) == before


def test_garbage_is_quarantined_whole() -> None:
    """A message that is no event of ours is kept with its body; delivered again it is kept once."""
    house = House()
    garbage = Message(id="x", topic="nba-run-trigger", to="scrape", data='{"type": "nonsense"}')
    house.handle(garbage)
    house.handle(garbage)
    (held,) = house.state.find("quarantine", "held")
    assert held.doc["body"] == garbage.data
    assert "not an event of ours" in held.doc["reason"]


def test_a_message_for_another_subscriber_is_left_alone() -> None:
    """A topic's other subscribers get copies too: they do nothing with them."""
    house = House()
    house.request()
    house.run_due()
    wanted = next(m for m in house.events.published if m.to == "process_raw")
    ran = list(house.ran)
    stranger = House()
    stranger.handle(wanted.model_copy(update={"to": "analytics"}))
    assert house.ran == ran
    assert stranger.quarantined() == []


# -- failures -------------------------------------------------------------------------------------------------------


def test_a_unit_that_fails_for_good_fails_its_phase_at_once() -> None:
    """A permanent error completes the unit as failed, with quarantine; what needs it is blocked, with a typed reason."""
    house = _settled(House({"team.team_offense_game_summary": raises(ContractError("bad rows"))}), "postgame")
    verdicts = house.verdicts(POSTGAME)
    assert verdicts["team"]["outcome"] == "failed"
    assert verdicts["team"]["failed"] == ["team_offense_game_summary"]
    assert verdicts["player"]["reason"] == "blocked: team is failed"
    for below in ("player", "grading_gate", "grade", "track_record", "caches"):
        assert verdicts[below]["outcome"] == "failed"
    assert house.quarantined() == ["ContractError: bad rows"]
    assert [s.id for s in house.state.find("runs", "settled")] == [POSTGAME]


def test_a_failed_unit_outside_the_critical_set_degrades() -> None:
    """The run goes on without it, and every later unit is told that it works on degraded input."""
    house = _settled(House({"scrape.odds_api_game_lines": ended("failed", "no answer")}))
    outcomes = house.outcomes(PREGAME)
    assert outcomes.pop("scrape") == "degraded"
    assert set(outcomes.values()) == {"complete"}
    told = {e.phase: e.upstream for e in house.units()}
    assert told.pop("scrape") == "complete"
    assert set(told.values()) == {"degraded"}


def test_no_games_is_a_state_of_its_own() -> None:
    """A day without games settles every phase as no_games, without asking, without an alarm."""
    house = _settled(House({"reference.nbac_schedule": ended("no_games", "the schedule has none")}))
    outcomes = house.outcomes(PREGAME)
    assert outcomes.pop("scrape") == "complete"
    assert set(outcomes.values()) == {"no_games"}
    assert {e.phase for e in house.units()} == {"scrape", "reference"}
    assert house.state.find("alerts", "open") == []


def test_a_gate_that_blocks_says_why() -> None:
    """A blocked gate fails its phase with the gate's sentence; the other branch goes on."""
    house = _settled(House({"grading_gate.grading_readiness": ended("blocked", "coverage 40 %")}), "postgame")
    verdicts = house.verdicts(POSTGAME)
    assert verdicts["grading_gate"]["reason"] == "grading_readiness: coverage 40 %"
    assert verdicts["grade"]["reason"] == "blocked: grading_gate is failed"
    assert verdicts["caches"]["outcome"] == "complete"


@pytest.mark.parametrize("error", [SourceUnavailable("slow down"), ZeroDivisionError("a bug of ours")])
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    """Retryable and unknown errors are raised, the claim is given back, and the redelivery succeeds."""
    house = _settled(House({"scrape.nbac_schedule": raises(error, times=2)}))
    assert set(house.outcomes(PREGAME).values()) == {"complete"}
    assert house.queue.counts()["redeliveries"] == 2
    claim = house.state.get("claims", f"{PREGAME}.1.scrape.nbac_schedule")
    assert claim is not None
    assert claim.doc["token"] == 3


def test_what_never_passes_is_a_dead_letter_and_the_deadline_rules() -> None:
    """After the last attempt the message is dead; the sweep then rules that the phase expired, and alerts nobody twice."""
    house = _settled(House({"scrape.nbac_schedule": raises(ZeroDivisionError("always"))}))
    assert [i for _, i, _ in house.queue.dead_letters()] == [f"{PREGAME}.1.scrape.nbac_schedule"]
    assert house.outcomes(PREGAME) == {}
    house.wait(minutes=30)
    house.engine.sweep()
    house.run_all()
    assert house.outcomes(PREGAME)["scrape"] == "expired"
    assert set(house.outcomes(PREGAME).values()) == {"expired", "failed"}


# -- deadlines ------------------------------------------------------------------------------------------------------


def test_before_the_deadline_a_sweep_rules_on_nothing() -> None:
    """Sweeping early, however often, changes no verdict and asks nobody again."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    house.wait(minutes=9)
    for _ in range(3):
        assert house.engine.sweep() == {"sent": 0, "asked_again": 0, "runs_ruled_on": 0}
    assert house.outcomes(PREGAME) == {}


def test_at_the_deadline_the_critical_set_decides() -> None:
    """With the critical unit there the phase is degraded and goes on; without it, expired and everything below failed."""
    for there, outcome in ((["nbac_schedule"], "degraded"), (["nbac_player_list"], "expired")):
        house = House()
        house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
        for unit in there:
            house.handle(_asked(_event(unit)))
        house.wait(minutes=10)
        house.engine.sweep()
        assert house.outcomes(PREGAME)["scrape"] == outcome
        assert house.verdicts(PREGAME)["scrape"]["missing"]
        asked = {e.phase for e in house.units()}
        assert asked == ({"scrape", "reference"} if outcome == "degraded" else {"scrape"})
        assert (house.outcomes(PREGAME).get("ensemble") == "failed") == (outcome == "expired")


def test_a_late_unit_is_not_begun() -> None:
    """After the verdict of its deadline a unit that comes at last is acknowledged without work."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    house.wait(minutes=10)
    house.engine.sweep()
    ruled = house.verdicts(PREGAME)
    house.run_due()
    assert house.ran == []
    assert house.verdicts(PREGAME) == ruled


def test_a_late_completion_is_kept_and_changes_nothing() -> None:
    """A unit begun in time and finished too late is recorded; the verdict stands."""
    house = House()

    def slow(job: Job) -> Ended:
        house.wait(minutes=11)
        house.engine.sweep()
        return Ended("ok", hash="late")

    house.script["scrape.nbac_schedule"] = slow
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = _event("nbac_schedule")
    house.handle(_asked(event))
    assert house.outcomes(PREGAME)["scrape"] == "expired"
    assert house.state.get_many("completions", [event.event_id])[event.event_id]["hash"] == "late"


# -- claims ---------------------------------------------------------------------------------------------------------


def test_a_unit_is_done_by_one_worker_at_a_time() -> None:
    """While a claim is good others are told to come again; given back, the next token is granted at once."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = _event("nbac_schedule")
    first = house.engine.begin(event, "one")
    assert first is not None
    with pytest.raises(LeaseHeld, match="one until"):
        house.engine.begin(event, "two")
    house.engine.release(event, first)
    second = house.engine.begin(event, "two")
    assert second is not None
    assert (first.token, second.token) == (1, 2)
    house.engine.release(event, first)
    with pytest.raises(LeaseHeld, match="two until"):
        house.engine.begin(event, "three")


def test_a_dead_workers_claim_ends_with_its_lease() -> None:
    """When the lease is over the next worker gets the claim with a higher token."""
    house = House()
    house.engine.open_run(RunRequested(request_id="r", kind="pregame", from_date=DAY))
    event = _event("nbac_schedule")
    house.engine.begin(event, "one")
    house.wait(seconds=house.map.engine["claim_lease_s"])
    second = house.engine.begin(event, "two")
    assert second is not None
    assert second.token == 2


# -- generations ----------------------------------------------------------------------------------------------------


def test_the_same_request_finds_the_same_generation() -> None:
    """However often and however late a request is delivered, it opened one generation."""
    house = _settled(House())
    request = RunRequested(request_id="first", kind="pregame", from_date=DAY)
    assert house.engine.open_run(request).generation == 1
    other = request.model_copy(update={"request_id": "second"})
    assert [house.engine.open_run(r).generation for r in (other, request, other)] == [2, 1, 2]
    assert house.engine.current_generation(PREGAME) == 2


def test_an_older_generation_does_nothing_more() -> None:
    """Once superseded, its units are dropped wherever they are; what it was ruled stands; the new one settles."""
    house = House()
    house.request()
    for _ in range(4):
        delivery = house.queue.lease()
        assert delivery is not None
        house.deliver(delivery)
    before = house.verdicts(PREGAME)
    house.engine.open_run(RunRequested(request_id="again", kind="pregame", from_date=DAY))
    house.run_all()
    assert house.verdicts(PREGAME) == before
    assert set(house.outcomes(PREGAME, 2).values()) == {"complete"}
    assert len(house.outcomes(PREGAME, 2)) == len(house.map.runs["pregame"].phases)
    assert [s.id for s in house.state.find("runs", "settled")] == [PREGAME]


def test_a_manifest_never_changes() -> None:
    """The expectations of a generation are those of its opening, whatever is asked later under the same request."""
    house = House()
    request = RunRequested(request_id="r", kind="pregame", from_date=DAY)
    first = house.engine.open_run(request)
    house.wait(minutes=5)
    assert house.engine.open_run(request) == first
    with pytest.raises(UnknownUnit):
        house.engine.manifest(PREGAME, 2)


# -- telling --------------------------------------------------------------------------------------------------------


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


# -- too early ------------------------------------------------------------------------------------------------------


def test_a_unit_that_is_too_early_is_asked_again_until_it_is_ready() -> None:
    """Each sweep asks again, however often it is still too early; once it is done it is forgotten."""
    house = House()
    early = [3]

    def not_yet(job: Job) -> Ended:
        early[0] -= 1
        return Ended("not_ready", "box scores are not final") if early[0] >= 0 else Ended("ok", hash="x")

    house.script["scrape.nbac_gamebook_player_stats"] = not_yet
    _settled(house, "postgame")
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
    _settled(house, "postgame")

    def at_once(moment: str) -> None:
        if moment == "after":
            house.events.fail = lambda _: None
            house.run_due()

    house.events.fail = at_once
    house.engine.sweep()
    assert house.engine.sweep()["asked_again"] == 1


def test_a_sweep_that_cannot_ask_asks_next_time() -> None:
    """A broker that refuses makes the sweep fail loudly; what was waiting still is."""
    house = _settled(House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")}), "postgame")

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
    _settled(late, "postgame")
    late.wait(minutes=60)
    late.engine.sweep()
    assert late.outcomes(POSTGAME)["scrape"] == "expired"
    assert late.engine.sweep()["asked_again"] == 0

    superseded = House({"scrape.nbac_gamebook_player_stats": ended("not_ready", "too early")})
    _settled(superseded, "postgame")
    superseded.engine.open_run(RunRequested(request_id="again", kind="postgame", from_date=DAY))
    assert superseded.engine.sweep()["asked_again"] == 0


# -- crashes --------------------------------------------------------------------------------------------------------


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
    _settled(plain, kind)
    assert {"manifest.create", "run.advance", "claim.create", "completion.create", "completion.created"} <= set(points)
    assert {"verdict.create", "verdict.created", "outbox.publish", "outbox.published", "run.close"} <= set(points)
    for number in range(len(points)):
        house, calls = House(claim_lease_s=60), count()

        def die(_: str, calls: "count[int]" = calls, number: int = number) -> None:
            if next(calls) == number:
                raise Killed

        house.engine.point = die
        _settled(house, kind)
        _same_end(house, plain, f"{DAY}.{kind}")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refused_publish_changes_nothing(moment: str) -> None:
    """Any one publish fails, having handed over nothing or everything: redelivery or the sweep sends it; the end is equal."""
    plain = _settled(House())
    for number in range(1, 1 + len(plain.state.ids("verdicts", PREGAME))):
        house, calls = House(), count()
        house.request()

        def refuse(at: str, calls: "count[int]" = calls, number: int = number) -> None:
            if at == moment and next(calls) == number:
                raise StoreUnavailable("no broker")

        house.events.fail = refuse
        house.run_all()
        _same_end(house, plain, PREGAME)
