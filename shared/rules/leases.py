"""Which worker may do a unit, and until when. Pure; the store's compare-and-set makes claims exclusive."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Claim:
    """The right of `owner` to do one thing until `expires_at`. A higher `token` fences off every lower one."""

    owner: str
    token: int
    expires_at: datetime


def first_claim(owner: str, now: datetime, lease_s: int) -> Claim:
    """The first claim to a thing."""
    return Claim(owner, 1, now + timedelta(seconds=lease_s))


def next_claim(held: Claim, owner: str, now: datetime, lease_s: int) -> Claim | None:
    """The claim after `held`, with the next token; None while another owner's lease lasts.

    An owner may take over its own claim at once: a process that was killed and started again under the same name does
    not wait for its own lease, and the higher token fences off what the killed process may still write.
    """
    if now < held.expires_at and owner != held.owner:
        return None
    return Claim(owner, held.token + 1, now + timedelta(seconds=lease_s))


def released(held: Claim, now: datetime) -> Claim:
    """The claim given back: any worker may take the next token at once."""
    return Claim(held.owner, held.token, now)
