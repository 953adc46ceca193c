"""The model registry on disk: artefacts named by their hash, each with a card that says how it came to be.

Below the root, per system: `{system_id}/{sha256}.cbm` the artefact, `{sha256}.json` its card, and `current.json`
(`{"hash": ..., "before": [...]}`), the promoted one and those promoted before it, each once, swapped in last.
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.contracts.work import Model
from shared.errors import ContractError

CURRENT = "current.json"


class FileModels:
    """The Models port on a folder. Every file is written beside and renamed, so a reader never sees half of one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[str, Model] = {}

    def save(self, system_id: str, body: bytes, card: Mapping[str, Any], *, promote: bool = True) -> Model:
        """Keep the artefact with its card (`system_id` and `hash` are added), and promote it unless told not to."""
        digest = sha256(body).hexdigest()
        full = {**card, "system_id": system_id, "hash": digest}
        folder = self._root / system_id
        folder.mkdir(parents=True, exist_ok=True)
        _put(folder / f"{digest}.cbm", body)
        _put(folder / f"{digest}.json", _json(full))
        return self.promote(system_id, digest) if promote else Model(system_id, digest, body, full)

    def promote(self, system_id: str, digest: str) -> Model:
        """Make a kept artefact the one that predicts; what was before stays known. ContractError if unknown.

        Promoting the same ones once more in the same order, as a replay does that was killed, leaves the same pointer.
        """
        model = self.load(system_id, digest)
        pointer = self._root / system_id / CURRENT
        found = _object(pointer) if pointer.exists() else {}
        if found.get("hash") != digest:
            promoted = [*found.get("before", []), *([found["hash"]] if "hash" in found else [])]
            _put(pointer, _json({"hash": digest, "before": [h for h in promoted if h != digest]}))
        return model

    def rollback(self, system_id: str) -> Model | None:
        """Promote what was promoted before the current one; None if nothing was."""
        pointer = self._root / system_id / CURRENT
        history = _object(pointer).get("before", []) if pointer.exists() else []
        if not history:
            return None
        model = self.load(system_id, history[-1])
        _put(pointer, _json({"hash": history[-1], "before": history[:-1]}))
        return model

    def current(self, system_id: str) -> Model | None:
        """The promoted artefact of a system, None if there is none; ContractError if its files are damaged."""
        pointer = self._root / system_id / CURRENT
        if not pointer.exists():
            return None
        return self.load(system_id, _object(pointer).get("hash", ""))

    def load(self, system_id: str, digest: str) -> Model:
        """A kept artefact; ContractError if there is none of that hash or its files are damaged."""
        if digest not in self._read:
            self._read[digest] = self._load(system_id, digest)
        return self._read[digest]

    def cards(self, system_id: str | None = None) -> list[dict[str, Any]]:
        """The cards of every artefact kept, or of one system's, by system and creation time."""
        pattern = f"{system_id or '*'}/*.json"
        found = [_object(p) for p in self._root.glob(pattern) if p.name != CURRENT]
        return sorted(found, key=lambda c: (c["system_id"], c["created_at"], c["hash"]))

    def _load(self, system_id: str, digest: str) -> Model:
        folder = self._root / system_id
        path = folder / f"{digest}.cbm"
        if not path.exists():
            raise ContractError(f"the registry names model {digest} of {system_id}, which is missing: run tipoff train")
        body = path.read_bytes()
        if sha256(body).hexdigest() != digest:
            raise ContractError(f"model {digest} of {system_id} is damaged: run tipoff train")
        return Model(system_id, digest, body, _object(folder / f"{digest}.json"))


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ContractError(f"the registry file {path.name} of {path.parent.name} cannot be read") from error
    if not isinstance(found, dict):
        raise ContractError(f"the registry file {path.name} of {path.parent.name} is not an object")
    return found


def _put(path: Path, body: bytes) -> None:
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
