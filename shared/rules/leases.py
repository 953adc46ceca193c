"""Who may work on what, until when. Pure; the store's compare-and-set makes it exclusive."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Claim:
    """The right of `owner` to do one thing until `expires_at`. A higher `token` fences off every lower one."""

    owner: str
    token: int
    expires_at: datetime


def first_claim(owner: str, now: datetime, lease_s: int) -> Claim:
    """The claim when nobody held one before."""
    return Claim(owner, 1, now + timedelta(seconds=lease_s))


def next_claim(held: Claim, owner: str, now: datetime, lease_s: int) -> Claim | None:
    """The claim after `held`, with the next token; None while another owner's is still good.

    An owner may take over from himself at once: a process that was killed and started again under the same name need
    not wait for its own lease, and the higher token fences off whatever is left of it.
    """
    if now < held.expires_at and owner != held.owner:
        return None
    return Claim(owner, held.token + 1, now + timedelta(seconds=lease_s))


def released(held: Claim, now: datetime) -> Claim:
    """The claim given back: anybody may take the next token at once."""
    return Claim(held.owner, held.token, now)
