"""The evidence of a completion: in its document while that is small, else whole in the archive.

A backfill lists thousands of answers, more than a document of Firestore holds (shared/rules/limits.py). The document
then names the object, counts its lists, and keeps the beginning of `missing`, which the protocol reads.
"""

import json
from collections.abc import Mapping
from typing import Any

from shared.ports import Archive, Doc
from shared.rules import limits

IN_ARCHIVE = "in_archive"


def kept(evidence: Mapping[str, Any], archive: Archive) -> Mapping[str, Any]:
    """What the completion's document holds: the evidence, or a reference to it."""
    body = json.dumps(evidence).encode()
    if len(body) <= limits.EVIDENCE_BYTES:
        return evidence
    reference = {"sha256": archive.put(body), "bytes": len(body), "counts": limits.counts(evidence)}
    return {IN_ARCHIVE: reference, "missing": evidence.get("missing", [])[: limits.NAMED]}


def evidence_of(completion: Doc, archive: Archive) -> Mapping[str, Any]:
    """The whole evidence of a stored completion."""
    evidence: Mapping[str, Any] = completion["evidence"]
    if IN_ARCHIVE not in evidence:
        return evidence
    whole: Mapping[str, Any] = json.loads(archive.get(evidence[IN_ARCHIVE]["sha256"]))
    return whole
