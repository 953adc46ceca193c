"""What must happen although no message comes: deadlines, unsent events, units whose time had not come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.events import Message, UnitRequested
from shared.map.model import PipelineMap
from shared.ports import Clock, Events, State, Stored
from shared.protocol.outbox import Outbox
from shared.protocol.runs import Runs
from shared.protocol.verdicts import Verdicts
from shared.rules import fanin


@dataclass(frozen=True)
class Sweeper:
    """Goes over everything that is open."""

    map: PipelineMap
    state: State
    events: Events
    clock: Clock
    runs: Runs
    verdicts: Verdicts
    outbox: Outbox

    def sweep(self) -> dict[str, int]:
        """Rule on phases complete or past their deadline, send what stayed unsent, ask again for what was too early.

        A complete phase is ruled on by whoever completes it; here for the one whose last look died with its message.
        """
        now = self.clock.now()
        unsent_before = now - timedelta(seconds=self.map.engine["unsent_after_s"])
        sent = 0
        for stored in self.state.find("manifests", "unsent"):
            if datetime.fromisoformat(stored.doc["opened_at"]) <= unsent_before:
                self.runs.resume(stored)
                sent += 1
        for stored in self.state.find("verdicts", "unsent"):
            if datetime.fromisoformat(stored.doc["settled_at"]) <= unsent_before:
                self.outbox.relay("verdicts", stored)
                sent += 1
        asked_again = sum(map(self._ask_again, self.state.find("waiting", "waiting")))
        ruled = sum(map(self._rule, self.state.find("runs", "open")))
        return {"sent": sent, "asked_again": asked_again, "runs_ruled_on": ruled}

    def _ask_again(self, waiting: Stored) -> bool:
        """Ask for a unit that was too early, until it is done, ruled on or superseded; only then forget it.

        Forgetting as soon as it is asked would lose a unit that finds itself too early again in that very moment.
        """
        asked = Message(**waiting.doc["message"])
        event = asked.event()
        assert isinstance(event, UnitRequested)
        over = (
            event.generation < self.runs.current_generation(event.run_id)
            or self.state.get("completions", event.event_id) is not None
            or self.state.get("verdicts", f"{event.run_id}.{event.generation}.{event.phase}") is not None
        )
        if over:
            self.state.delete("waiting", waiting.id)
        else:
            self.events.publish([asked])
        return not over

    def _rule(self, run: Stored) -> int:
        """Look at each phase that is asked for and not ruled on, or to be handed down; of how many a verdict stands."""
        manifest = self.runs.manifest(run.id, run.doc["generation"])
        kind = self.map.runs[manifest.kind]
        verdicts = self.state.get_many("verdicts", [f"{manifest.id}.{p}" for p in manifest.phases])
        outcome = {name: verdicts.get(f"{manifest.id}.{name}", {}).get("outcome") for name in manifest.phases}
        ruled = 0
        for name in manifest.phases:
            before = kind.phases[name].after
            asked = before is None or outcome[before] in fanin.GOES_ON
            stopped = outcome[name] is not None and outcome[name] not in fanin.GOES_ON
            if stopped or (outcome[name] is None and asked):
                ruled += self.verdicts.look(manifest, name)
        if None not in outcome.values():
            self.runs.close(manifest)
        return ruled
