"""What a monitor calls wrong: pure rules over what was planned, what is there, and the time.

Each finding is one cause, told in one sentence with the command that mends it. Its id is the same for as long as the
cause lasts, so that it is said once and can be taken back when it is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.rules.fanin import GOES_ON

PHASE, SCHEDULE, UNSENT, STUCK, QUIET = "phase", "schedule", "unsent", "stuck", "quiet"
LASTING = (SCHEDULE, UNSENT, STUCK, QUIET)  # gone as soon as a look does not find them; a failed phase needs a repair


@dataclass(frozen=True)
class Finding:
    """One cause: its id, its kind, the run or document it is about, one sentence, one command."""

    id: str
    kind: str
    about: str
    sentence: str
    command: str


@dataclass(frozen=True)
class PhaseSeen:
    """A phase as it stands: `outcome` None without a verdict, `after` the phase before it."""

    deadline_at: datetime
    outcome: str | None
    reason: str
    after: str | None


@dataclass(frozen=True)
class RunSeen:
    """The current generation of a run. `day` is its first game date."""

    run_id: str
    kind: str
    day: str
    generation: int
    opened_at: datetime
    phases: Mapping[str, PhaseSeen]

    @property
    def is_whole(self) -> bool:
        """Whether every phase went on or had nothing to do."""
        return all(p.outcome in (*GOES_ON, "no_games") for p in self.phases.values())


@dataclass(frozen=True)
class Firing:
    """A schedule's latest firing that had its time; one that asks only for what is not whole needs only a run."""

    schedule: str
    at: datetime
    run_id: str
    kind: str
    day: str
    needs_generation: bool


def mending(run_id: str, kind: str, day: str, options: str) -> str:
    """The command that repairs a run."""
    first, _, last = run_id.partition(".")[0].partition("_")
    return f"tipoff request {kind} {first} --to {last}" if last else f"tipoff rerun {day} --kind {kind} {options}"


def roots(run: RunSeen) -> list[str]:
    """The failed or expired phases that no phase before them dragged along."""
    return [
        name
        for name, p in run.phases.items()
        if p.outcome in ("failed", "expired") and (p.after is None or run.phases[p.after].outcome in GOES_ON)
    ]


def root_of(run: RunSeen, phase: str) -> str:
    """The phase in which the failure of `phase` began."""
    before = run.phases[phase].after
    if before is None or run.phases[before].outcome in (*GOES_ON, None):
        return phase
    return root_of(run, before)


def failed_phase(run: RunSeen, phase: str) -> Finding:
    """A failed or expired phase; its id names the generation, as its verdict's does."""
    seen = run.phases[phase]
    return Finding(
        f"{run.run_id}.{run.generation}.{phase}.{seen.outcome}",
        PHASE,
        run.run_id,
        f"{run.run_id} {phase} is {seen.outcome}: {seen.reason}",
        mending(run.run_id, run.kind, run.day, "--only failed"),
    )


def silent_schedule(firing: Firing, run: RunSeen | None) -> Finding | None:
    """A schedule that should have opened a run, and no generation of it is as young as that."""
    if run is not None and (not firing.needs_generation or run.opened_at >= firing.at):
        return None
    last = f"its last run opened at {run.opened_at:%Y-%m-%d %H:%M}Z" if run else "the run was never opened"
    sentence = f"schedule {firing.schedule} should have asked for {firing.run_id} at {firing.at:%H:%M}Z: {last}"
    command = f"tipoff request {firing.kind} {firing.day}"
    return Finding(f"schedule.{firing.schedule}.{firing.run_id}", SCHEDULE, firing.run_id, sentence, command)


def stuck_run(run: RunSeen, now: datetime, after_min: int) -> Finding | None:
    """A phase whose deadline passed long ago without a verdict, although a sweep should have ruled on it."""
    late = [
        n for n, p in run.phases.items() if p.outcome is None and now >= p.deadline_at + timedelta(minutes=after_min)
    ]
    if not late:
        return None
    sentence = f"{run.run_id} {late[0]} has no verdict since its deadline at {run.phases[late[0]].deadline_at:%H:%M}Z"
    command = mending(run.run_id, run.kind, run.day, "--only missing")
    return Finding(f"stuck.{run.run_id}.{run.generation}", STUCK, run.run_id, sentence, command)


def unsent_events(
    collection: str, doc_id: str, events: int, since: datetime, now: datetime, after_s: int
) -> Finding | None:
    """A document whose events nobody could send for too long."""
    if now - since < timedelta(seconds=after_s):
        return None
    age = int((now - since).total_seconds())
    sentence = (
        f"{events} events of {collection.removesuffix('s')} {doc_id} are unsent for {age} s: the queue takes none"
    )
    return Finding(f"unsent.{collection}.{doc_id}", UNSENT, doc_id, sentence, "tipoff up")


def quiet_source(kind: str, unit: str, found: Sequence[tuple[str, int]], days: int) -> Finding | None:
    """A feed without a row on each of the last `days` game days that had rows before; `found` by day, oldest first."""
    silent = 0
    while silent < len(found) and found[-1 - silent][1] == 0:
        silent += 1
    if silent < days or silent == len(found):
        return None
    last_good, first_bad, day = found[-1 - silent][0], found[-silent][0], found[-1][0]
    sentence = f"{unit} has brought nothing on {silent} game days since {first_bad}; the last rows are of {last_good}"
    command = f"tipoff rerun {day} --kind {kind} --phase scrape"
    return Finding(f"quiet.{kind}.{unit}.{first_bad}", QUIET, unit, sentence, command)
