"""How large the parts of a stored document may get. Firestore keeps at most 1 MiB a document.

A verdict holds the reasons and the missing entities of its phase's units, at most ten, so a tenth of that is a unit's.
"""

from collections.abc import Mapping
from typing import Any

EVIDENCE_BYTES = 90_000  # of a completion, as JSON; more goes to the archive
NAMED = 100  # of a list in the archive so many entries stay in the completion, where the protocol reads them
MISSING_CHARS = 300  # of the reason of one missing entity
REASON_CHARS = 2_000
BODY_CHARS = 100_000  # of what is in quarantine: an event has at most 64 KiB


def cut(text: str, chars: int) -> str:
    """The text, or its beginning and how long it was."""
    return text if len(text) <= chars else f"{text[:chars]}... ({len(text)} characters)"


def counts(evidence: Mapping[str, Any]) -> dict[str, int]:
    """How many entries each list of the evidence has."""
    return {name: len(value) for name, value in evidence.items() if isinstance(value, list)}
