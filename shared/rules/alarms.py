"""What the monitor reports: pure rules over what was planned, what is stored, and the time.

Each finding is one cause, stated in one sentence with the command that repairs it. Its id stays the same while the
cause lasts, so that it is reported once and its alert can be closed when the cause is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.work import Missing
from shared.rules.asking import sentence
from shared.rules.fanin import GOES_ON

PHASE, SCHEDULE, UNSENT, STUCK, QUIET = "phase", "schedule", "unsent", "stuck", "quiet"
BEHIND, MISSING = "behind", "missing"
# Over as soon as a round does not find them; a failed phase needs a repair.
LASTING = (SCHEDULE, UNSENT, STUCK, QUIET, MISSING)


@dataclass(frozen=True)
class Finding:
    """One cause: its id, its kind, the run or document it concerns, one sentence, one command."""

    id: str
    kind: str
    about: str
    sentence: str
    command: str


@dataclass(frozen=True)
class PhaseSeen:
    """The state of a phase: `outcome` is None without a verdict, `after` is the phase before it."""

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
    """A schedule's latest firing whose grace is over; with `only_if: not_whole` a run of any age suffices."""

    schedule: str
    at: datetime
    run_id: str
    kind: str
    day: str
    needs_generation: bool


def asking(run_id: str, kind: str) -> str:
    """The command that opens a whole generation of a run."""
    first, _, last = run_id.partition(".")[0].partition("_")
    return f"tipoff request {kind} {first} --to {last}" if last else f"tipoff request {kind} {first}"


def mending(run_id: str, kind: str, day: str, options: str) -> str:
    """The command that repairs a run."""
    return asking(run_id, kind) if "_" in run_id else f"tipoff rerun {day} --kind {kind} {options}"


def behind(run_id: str, kind: str, generation: int, written: int) -> Finding:
    """The state's newest generation is older than what the warehouse holds: the state was lost or restored."""
    sentence = (
        f"{run_id}: the warehouse holds rows of generation {written}, the state's newest is {generation}: the state was"
        f" lost or restored. Generation {written + 1} is opened by the next sweep"
    )
    return Finding(f"{run_id}.{BEHIND}.{written}", BEHIND, run_id, sentence, asking(run_id, kind))


def roots(run: RunSeen) -> list[str]:
    """The failed or expired phases that did not fail because of a phase before them."""
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
    """The finding of a failed or expired phase; its id names the generation, as its verdict's does."""
    seen = run.phases[phase]
    return Finding(
        f"{run.run_id}.{run.generation}.{phase}.{seen.outcome}",
        PHASE,
        run.run_id,
        f"{run.run_id} {phase} is {seen.outcome}: {seen.reason}",
        mending(run.run_id, run.kind, run.day, "--only failed"),
    )


def silent_schedule(firing: Firing, run: RunSeen | None) -> Finding | None:
    """A schedule should have opened a run, but no generation was opened since its firing; None: all is well."""
    if run is not None and (not firing.needs_generation or run.opened_at >= firing.at):
        return None
    last = f"its last run opened at {run.opened_at:%Y-%m-%d %H:%M}Z" if run else "the run was never opened"
    sentence = f"schedule {firing.schedule} should have asked for {firing.run_id} at {firing.at:%H:%M}Z: {last}"
    command = f"tipoff request {firing.kind} {firing.day}"
    return Finding(f"schedule.{firing.schedule}.{firing.run_id}", SCHEDULE, firing.run_id, sentence, command)


def stuck_run(run: RunSeen, now: datetime, after_min: int) -> Finding | None:
    """A phase has no verdict long after its deadline, although a sweep should have ruled on it; None: all is well."""
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
    """A document's events could not be sent for too long; None: all is well."""
    if now - since < timedelta(seconds=after_s):
        return None
    age = int((now - since).total_seconds())
    sentence = (
        f"{events} events of {collection.removesuffix('s')} {doc_id} are unsent for {age} s: the queue takes none"
    )
    return Finding(f"unsent.{collection}.{doc_id}", UNSENT, doc_id, sentence, "tipoff up")


def quiet_feed(kind: str, unit: str, rows: Sequence[tuple[str, int]], days: int) -> Finding | None:
    """A feed brought no rows on the last `days` game days, but did before; `rows` per day, oldest first."""
    silent = 0
    while silent < len(rows) and rows[-1 - silent][1] == 0:
        silent += 1
    if silent < days or silent == len(rows):
        return None
    last_good, first_bad, day = rows[-1 - silent][0], rows[-silent][0], rows[-1][0]
    sentence = f"{unit} has brought nothing on {silent} game days since {first_bad}; the last rows are of {last_good}"
    command = f"tipoff rerun {day} --kind {kind} --phase scrape"
    return Finding(f"quiet.{kind}.{unit}.{first_bad}", QUIET, unit, sentence, command)


def given_up(run_id: str, unit: str, missing: Sequence[Missing], now: datetime) -> Finding | None:
    """Entities that a unit misses and nothing asks for any more; None: all are asked for again."""
    sentences = [sentence(m, now) for m in missing if m.ask_at is None]
    if not sentences:
        return None
    day, _, kind = run_id.partition(".")
    command = mending(run_id, kind, day, "--only failed")
    return Finding(f"missing.{run_id}.{unit}", MISSING, run_id, "; ".join(sentences), command)
