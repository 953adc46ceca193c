"""The credits that a run's paid requests cost: one document per run, against the budget that the map allows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.contracts.work import Answer, Request
from shared.errors import CreditsUsedUp, TipoffError
from shared.ports import Doc, Feeds, State
from shared.work.job import Job

NOTHING: Mapping[str, Any] = {}


@dataclass
class Ledger:
    """Counts the credits of one run, whose units may work at the same time, in a document `run` of the state.

    The document holds `budget` and `spent` (credits), `remaining` of the account as the site last stated it (None:
    never), and `ended`: why generation `ended_in` sends no further paid request (empty: it does). An expected cost is
    added before the request and corrected after it, so that neither a crash nor a second unit spends more than the
    budget. `was_used` says whether this unit had a paid request.
    """

    state: State
    run: str
    budget: int
    generation: int = 1
    was_used: bool = False

    def fetch(self, feeds: Feeds, request: Request) -> Answer:
        """The answer, with its cost counted; CreditsUsedUp, without asking, where the run may not pay for it."""
        if not request.credits:
            return feeds.fetch(request)
        self.was_used = True
        self._add(request.credits, is_allowed=False)
        try:
            answer = feeds.fetch(request)
        except CreditsUsedUp as error:
            self._add(-request.credits, {"ended": str(error), "ended_in": self.generation, "remaining": 0})
            raise
        except TipoffError:  # an answer that did not come costs nothing
            self._add(-request.credits)
            raise
        cost, remaining = answer.credits.cost, answer.credits.remaining
        left = {} if remaining is None else {"remaining": remaining}
        self._add(0 if cost is None else cost - request.credits, left)
        return answer

    def stated(self) -> Doc:
        """The document as it is now."""
        stored = self.state.get("credits", self.run)
        return (
            stored.doc if stored else {"budget": self.budget, "spent": 0, "remaining": None, "ended": "", "ended_in": 0}
        )

    def _add(self, cost: int, stated: Mapping[str, Any] = NOTHING, *, is_allowed: bool = True) -> None:
        """Add to what is spent, and what else is stated; CreditsUsedUp if a cost `is_allowed` only by the document."""
        while True:  # until no other unit changes the document between the read and the write
            stored = self.state.get("credits", self.run)
            before = stored.doc if stored else self.stated()
            after = {**before, **stated, "budget": self.budget, "spent": before["spent"] + cost}
            if not is_allowed and before["ended_in"] == self.generation:
                raise CreditsUsedUp(f"not asked: {before['ended']}")
            if not is_allowed and after["spent"] > self.budget:
                raise CreditsUsedUp(f"not asked: credit budget of {self.budget} spent (credits of the run in the map)")
            if stored is None and self.state.create("credits", self.run, after):
                return
            if stored is not None and self.state.replace("credits", self.run, after, stored.version):
                return


def ledger_of(job: Job) -> Ledger:
    """The ledger of a unit's run, which a repair shares with the generation that it builds on.

    The map's budget is for one date.
    """
    first = job.manifest
    while first.base is not None:
        first = job.app.engine.manifest(first.run_id, first.base)
    days = (first.to_date - first.from_date).days + 1
    return Ledger(job.app.state, first.id, job.app.map.runs[first.kind].credits * days, job.manifest.generation)
