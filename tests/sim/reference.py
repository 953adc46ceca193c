"""The reference model of the protocol: what must be true after each message, without stores or queues."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared.map.loader import pipeline_map
from shared.map.model import Function, Phase, PipelineMap, RunKind, Unit

DEADLINES = {"a": 10, "b": 25, "c": 30, "d": 60}
SHARES = {"a": 10, "b": 15, "c": 20, "d": 35}  # minutes after the verdict before
UNITS = {"a": ("a0", "a1"), "b": ("b0", "b1"), "c": ("c0",), "d": ("d0", "d1")}
CRITICAL = {"a": ("a0",), "b": None, "c": (), "d": ("d1",)}
AFTER = {"a": None, "b": "a", "c": "a", "d": "b"}
FUNCTION = {"a": "scrape", "b": "work", "c": "work", "d": "work"}


def reference_map() -> PipelineMap:
    """The map of the model: a, then b and c, then d after b."""
    phases = {p: Phase(p, FUNCTION[p], UNITS[p], DEADLINES[p], f"t-{p}", AFTER[p], CRITICAL[p]) for p in UNITS}
    units = {
        f: {u: Unit(u, f, compute="x") for p in UNITS if FUNCTION[p] == f for u in UNITS[p]} for f in ("scrape", "work")
    }
    functions = {f: Function(f, (), 300, u) for f, u in units.items()}
    functions["coverage_monitor"] = Function("coverage_monitor", (), 120, {})
    runs = {"day": RunKind("day", "the reference run", phases, builds_own_slates=False)}
    return replace(pipeline_map(), hash="reference", functions=functions, runs=runs)


class Model:
    """One run: its generations, their completions and their verdicts."""

    def __init__(self, lease_s: int) -> None:
        self.lease = timedelta(seconds=lease_s)
        self.generation = 0
        self.requests: dict[str, int] = {}
        self.opened: dict[int, datetime] = {}
        self.came: dict[tuple[int, str, str], str] = {}
        self.verdicts: dict[tuple[int, str], str] = {}
        self.ruled_at: dict[tuple[int, str], datetime] = {}
        self.held: dict[tuple[int, str, str], datetime] = {}

    def request(self, name: str, now: datetime) -> None:
        """The same request opens one generation."""
        if name not in self.requests:
            self.generation += 1
            self.requests[name] = self.generation
            self.opened[self.generation] = now

    def late(self, generation: int, phase: str, now: datetime) -> bool:
        """Past the deadline, which counts from the opening, and past the phase's minutes after the verdict before."""
        before = self.ruled_at.get((generation, str(AFTER[phase])))
        has_had_its_share = before is None or now >= before + timedelta(minutes=SHARES[phase])
        return now >= self.opened[generation] + timedelta(minutes=DEADLINES[phase]) and has_had_its_share

    def unit(self, generation: int, phase: str, unit: str, outcome: str, now: datetime) -> None:
        """A message requests a unit that would now end so (`retry`, `not_ready`: no completion; `crash`: claim held)."""
        key = (generation, phase, unit)
        if generation < self.generation:
            return
        if key not in self.came:
            ruled_on = (generation, phase) in self.verdicts
            ruled_on = ruled_on and now >= self.opened[generation] + timedelta(minutes=DEADLINES[phase])
            if ruled_on or now < self.held.get(key, now):
                return
            if outcome == "crash":
                self.held[key] = now + self.lease
            if outcome in ("crash", "retry", "not_ready"):
                return
            self.came[key] = outcome
        self.evaluate(generation, phase, now)

    def evaluate(self, generation: int, phase: str, now: datetime) -> None:
        """Rule once, by the completions; later phases inherit an outcome that does not go on."""
        ruling = self.verdicts.get((generation, phase)) or self.rule(generation, phase, now)
        if ruling is None:
            return
        self.settle(generation, phase, ruling, now)
        if ruling not in ("complete", "degraded"):
            for child in (p for p in AFTER if AFTER[p] == phase):
                self.settle(generation, child, "no_games" if ruling == "no_games" else "failed", now)
                self.evaluate(generation, child, now)

    def settle(self, generation: int, phase: str, ruling: str, now: datetime) -> None:
        """The first verdict stands, with its time."""
        self.verdicts.setdefault((generation, phase), ruling)
        self.ruled_at.setdefault((generation, phase), now)

    def rule(self, generation: int, phase: str, now: datetime) -> str | None:
        came = {u: self.came.get((generation, phase, u), "missing") for u in UNITS[phase]}
        critical = {came[u] for u in (UNITS[phase] if CRITICAL[phase] is None else CRITICAL[phase])}
        stop = [o for o in came.values() if o in ("no_games", "blocked")]
        if stop:
            return "no_games" if stop[0] == "no_games" else "failed"
        if "failed" in critical:
            return "failed"
        if set(came.values()) <= {"ok", "empty"}:
            return "complete"
        if "missing" not in came.values():
            return "degraded"
        if not self.late(generation, phase, now):
            return None
        return "expired" if "missing" in critical else "degraded"

    def sweep(self, now: datetime) -> None:
        """Deadlines of the current generation, in the order of the phases."""
        for phase, before in AFTER.items():
            requested = before is None or self.verdicts.get((self.generation, before)) in ("complete", "degraded")
            if self.generation and requested and self.late(self.generation, phase, now):
                self.evaluate(self.generation, phase, now)

    def settled(self) -> bool:
        """Whether every phase of the current generation is ruled on."""
        return all((self.generation, p) in self.verdicts for p in UNITS)
