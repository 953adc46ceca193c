"""Claims: which worker does a unit, as one document per unit request, taken and released by compare-and-set."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import LeaseHeld
from shared.ports import Clock, Doc, State, read_back
from shared.rules import leases


@dataclass(frozen=True)
class Claims:
    """Grants claims; of all claims on a unit request one has the highest token."""

    state: State
    clock: Clock
    lease_s: int
    point: Callable[[str], None]

    def take(self, event_id: str, owner: str) -> leases.Claim:
        """The claim for `owner`, first or next; LeaseHeld while another owner's lease lasts."""
        claim = leases.first_claim(owner, self.clock.now(), self.lease_s)
        self.point("claim.create")
        if self.state.create("claims", event_id, _doc(claim)):
            return claim
        while True:  # until no other worker changes the document between the read and the write
            stored = read_back(self.state, "claims", event_id)
            held = _claim(stored.doc)
            taken = leases.next_claim(held, owner, self.clock.now(), self.lease_s)
            if taken is None:
                raise LeaseHeld(f"{event_id} is being done by {held.owner} until {held.expires_at}")
            if self.state.replace("claims", event_id, _doc(taken), stored.version):
                return taken

    def release(self, event_id: str, claim: leases.Claim) -> None:
        """End the claim now if it is still the current one, so that the redelivery need not wait for the lease."""
        stored = self.state.get("claims", event_id)
        if stored is not None and _claim(stored.doc) == claim:
            self.state.replace("claims", event_id, _doc(leases.released(claim, self.clock.now())), stored.version)

    def skip(self, event_id: str, claim: leases.Claim, token: int) -> None:
        """End a claim that is still the current one, so that the next has a token above `token`."""
        stored = self.state.get("claims", event_id)
        if stored is not None and _claim(stored.doc) == claim:
            above = leases.Claim(claim.owner, token, self.clock.now())
            self.state.replace("claims", event_id, _doc(above), stored.version)


def _doc(claim: leases.Claim) -> dict[str, Any]:
    return {"owner": claim.owner, "token": claim.token, "expires_at": claim.expires_at.isoformat()}


def _claim(doc: Doc) -> leases.Claim:
    return leases.Claim(doc["owner"], doc["token"], datetime.fromisoformat(doc["expires_at"]))
