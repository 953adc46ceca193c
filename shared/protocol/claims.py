"""Who does a unit: a document per unit request, taken and given back by compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import LeaseHeld, StoreUnavailable
from shared.ports import Clock, Doc, State
from shared.rules import leases


@dataclass(frozen=True)
class Claims:
    """Grants claims; at most one holder has the highest token."""

    state: State
    clock: Clock
    lease_s: int
    point: Callable[[str], None]

    def take(self, event_id: str, owner: str) -> leases.Claim:
        """The claim, first or next; LeaseHeld while somebody else's is good."""
        claim = leases.first_claim(owner, self.clock.now(), self.lease_s)
        self.point("claim.create")
        if self.state.create("claims", event_id, _doc(claim)):
            return claim
        while True:  # it changed meanwhile: taken by another, who is then seen to hold it, or given back
            stored = self.state.get("claims", event_id)
            if stored is None:
                raise StoreUnavailable(f"claims/{event_id} was written and cannot be read")
            held = _claim(stored.doc)
            taken = leases.next_claim(held, owner, self.clock.now(), self.lease_s)
            if taken is None:
                raise LeaseHeld(f"{event_id} is being done by {held.owner} until {held.expires_at}")
            if self.state.replace("claims", event_id, _doc(taken), stored.version):
                return taken

    def give_back(self, event_id: str, claim: leases.Claim) -> None:
        """End the claim now, if it is still this one; the redelivery need not wait for the lease."""
        stored = self.state.get("claims", event_id)
        if stored is not None and _claim(stored.doc) == claim:
            self.state.replace("claims", event_id, _doc(leases.released(claim, self.clock.now())), stored.version)


def _doc(claim: leases.Claim) -> dict[str, Any]:
    return {"owner": claim.owner, "token": claim.token, "expires_at": claim.expires_at.isoformat()}


def _claim(doc: Doc) -> leases.Claim:
    return leases.Claim(doc["owner"], doc["token"], datetime.fromisoformat(doc["expires_at"]))
