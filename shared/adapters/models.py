"""The model registry on disk: artefacts named by their hash, each with a card that says how it came to be.

Below the root, per system: `{system_id}/{sha256}.cbm` the artefact, `{sha256}.json` its card, and `current.json`
(`{"hash": ..., "before": [...]}`), the promoted one and those promoted before it, each once, swapped in last.
"""

import json
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.contracts.work import Model
from shared.errors import ContractError

CURRENT = "current.json"


class Registry:
    """The Models port on files that `read` gives by name, None where there is none; `repair` says what to do if bad."""

    def __init__(self, read: Callable[[str], bytes | None], repair: str) -> None:
        self._read, self._repair = read, repair
        self._loaded: dict[str, Model] = {}

    def current(self, system_id: str) -> Model | None:
        """The promoted artefact of a system, None if there is none; ContractError if its files are damaged."""
        pointer = self._object(system_id, CURRENT)
        return None if pointer is None else self.load(system_id, str(pointer.get("hash", "")))

    def load(self, system_id: str, digest: str) -> Model:
        """A kept artefact; ContractError if there is none of that hash or its files are damaged."""
        if digest not in self._loaded:
            body, card = self._read(f"{system_id}/{digest}.cbm"), self._object(system_id, f"{digest}.json")
            if body is None or card is None:
                raise ContractError(
                    f"the registry names model {digest} of {system_id}, which is missing: {self._repair}"
                )
            if sha256(body).hexdigest() != digest:
                raise ContractError(f"model {digest} of {system_id} is damaged: {self._repair}")
            self._loaded[digest] = Model(system_id, digest, body, card)
        return self._loaded[digest]

    def _object(self, system_id: str, name: str) -> dict[str, Any] | None:
        """The JSON object in a file; None without the file."""
        try:
            body = self._read(f"{system_id}/{name}")
            content = {} if body is None else json.loads(body)
        except (OSError, ValueError) as error:
            raise ContractError(f"the registry file {name} of {system_id} cannot be read") from error
        if not isinstance(content, dict):
            raise ContractError(f"the registry file {name} of {system_id} is not an object")
        return None if body is None else content


class FileModels(Registry):
    """The registry in a folder. Every file is written beside and renamed, so a reader never sees half of one."""

    def __init__(self, root: Path) -> None:
        super().__init__(
            lambda name: (root / name).read_bytes() if (root / name).exists() else None, "run tipoff train"
        )
        self._root = root

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
        promoted = self.promoted(system_id)
        if promoted[-1:] != [digest]:
            before = [h for h in promoted if h != digest]
            _put(self._root / system_id / CURRENT, _json({"hash": digest, "before": before}))
        return model

    def rollback(self, system_id: str) -> Model | None:
        """Promote what was promoted before the current one; None if nothing was."""
        history = (self._object(system_id, CURRENT) or {}).get("before", [])
        if not history:
            return None
        model = self.load(system_id, history[-1])
        _put(self._root / system_id / CURRENT, _json({"hash": history[-1], "before": history[:-1]}))
        return model

    def promoted(self, system_id: str) -> list[str]:
        """The hashes that were promoted, the one in use last; empty before the first promotion."""
        pointer = self._object(system_id, CURRENT)
        return [*pointer.get("before", []), pointer["hash"]] if pointer else []

    def cards(self, system_id: str | None = None) -> list[dict[str, Any]]:
        """The cards of every artefact kept, or of one system's, by system and creation time."""
        pattern = f"{system_id or '*'}/*.json"
        files = [p for p in self._root.glob(pattern) if p.name != CURRENT]
        cards = [card for p in files if (card := self._object(p.parent.name, p.name)) is not None]
        return sorted(cards, key=lambda c: (c["system_id"], c["created_at"], c["hash"]))


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


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
