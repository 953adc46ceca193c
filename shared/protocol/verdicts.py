"""One verdict per phase: read its completions, rule, publish, and rule on the phases that will never start.

Before it: a unit's completion, or the sweep. The rules are pure (shared/rules/fanin.py). After it: the unit requests of
the next phases and, where the monitor subscribes, a PhaseSettled event.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from shared.contracts.events import PhaseSettled, message
from shared.map.model import PipelineMap
from shared.ports import Clock, Doc, State, Stored, read_back
from shared.protocol.manifest import Manifest, unit_requests
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs
from shared.rules import fanin


@dataclass(frozen=True)
class Verdicts:
    """Rules on phases. The first verdict created stands; every process continues with that one."""

    map: PipelineMap
    state: State
    clock: Clock
    runs: Runs
    outbox: Outbox
    point: Callable[[str], None]

    def evaluate_after(self, manifest: Manifest, phase: str, unit: str, outcome: str) -> None:
        """Evaluate the phase of a unit that ended, unless one other unit's missing completion says to wait."""
        witness = fanin.witness(manifest.phases[phase], unit, outcome, self.clock.now())
        if witness is None or self.state.get("completions", f"{manifest.id}.{phase}.{witness}") is not None:
            self.evaluate(manifest, phase)

    def evaluate(self, manifest: Manifest, phase: str) -> bool:
        """Rule on the phase if its completions suffice or its deadline has passed, and send its verdict's events.

        Returns whether the phase has a verdict.
        """
        verdict_id = f"{manifest.id}.{phase}"
        stored = self.state.get("verdicts", verdict_id)
        if stored is None:
            after = self.map.runs[manifest.kind].phases[phase].after
            before = self._read(f"{manifest.id}.{after}").doc if after else None
            plan = manifest.phases[phase].asked_for(datetime.fromisoformat(before["settled_at"]) if before else None)
            now = self.clock.now()  # before the read: what it does not return was still missing at this moment
            results = self._results(verdict_id, plan)
            ruling = fanin.judge(plan, results, now)
            if ruling is None:
                return False
            upstream = fanin.upstream(before["upstream"] if before else "complete", ruling.outcome)
            gaps = {unit: list(result.gaps) for unit, result in results.items() if result.gaps}
            stored = self._settle(manifest, phase, ruling, upstream, gaps)
        self._follow(manifest, phase, stored)
        return True

    def _results(self, verdict_id: str, plan: fanin.PhasePlan) -> dict[str, fanin.Result]:
        """The results of those of the plan's units that ended: read by name, never counted."""
        docs = self.state.get_many("completions", [f"{verdict_id}.{u}" for u in plan.units])
        return {i.removeprefix(f"{verdict_id}."): _result(d) for i, d in docs.items()}

    def _settle(
        self, manifest: Manifest, phase: str, ruling: fanin.Ruling, upstream: str, gaps: Doc | None = None
    ) -> Stored:
        """Create the verdict with its outgoing events inside, unless the phase has one; return the one that stands.

        `gaps` are the entities that are missing, by unit.
        """
        verdict_id = f"{manifest.id}.{phase}"
        goes_on = ruling.outcome in fanin.GOES_ON
        kind = self.map.runs[manifest.kind]
        outbox = [
            m
            for after in kind.after(phase)
            if goes_on
            for m in unit_requests(self.map, manifest.run_id, manifest.generation, kind.name, after, upstream)
        ]
        topic = kind.phases[phase].publishes
        if "coverage_monitor" in self.map.subscribers(topic):
            settled = PhaseSettled(
                run_id=manifest.run_id, generation=manifest.generation, phase=phase, outcome=ruling.outcome
            )
            outbox.append(message(topic, settled))
        doc: Doc = {
            **asdict(ruling),
            "upstream": upstream,
            "gaps": gaps or {},
            "settled_at": self.clock.now().isoformat(),
            "outbox": [m.model_dump() for m in outbox],
            "state": "unsent" if outbox else "sent",
        }
        self.point("verdict.create")
        self.state.create("verdicts", verdict_id, doc)
        self.point("verdict.created")
        return self._read(verdict_id)

    def _follow(self, manifest: Manifest, phase: str, verdict: Stored) -> None:
        """Send the verdict's events, rule on phases that will never start, close the run when all have a verdict."""
        kind = self.map.runs[manifest.kind]
        self.outbox.relay("verdicts", verdict)
        for after in kind.after(phase):
            ruling = fanin.inherited(verdict.doc["outcome"], phase)
            if ruling is not None:
                child = self.state.get("verdicts", f"{manifest.id}.{after.name}")
                child = child or self._settle(manifest, after.name, ruling, verdict.doc["upstream"])
                self._follow(manifest, after.name, child)
        if not kind.after(phase) or verdict.doc["outcome"] not in fanin.GOES_ON:
            self.runs.close(manifest)

    def _read(self, verdict_id: str) -> Stored:
        return read_back(self.state, "verdicts", verdict_id)


def _result(completion: Doc) -> fanin.Result:
    gaps = completion.get("evidence", {}).get("missing", ())
    return fanin.Result(completion["outcome"], completion["reason"], tuple(gaps))
