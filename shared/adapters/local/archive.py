"""The Archive port on files: `ab/abcdef...`, written beside and renamed, so a file is whole or absent."""

import os
import tempfile
from hashlib import sha256
from pathlib import Path

from shared.errors import ContractError, FileUnusable


class FileArchive:
    """Raw bytes below a folder, named by their hash."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest

    def put(self, body: bytes) -> str:
        """Keep the bytes; returns their sha256."""
        digest = sha256(body).hexdigest()
        path = self._path(digest)
        try:
            if not path.exists():
                _write(path, body)
        except OSError as error:
            raise FileUnusable(path, error.strerror) from error
        return digest

    def get(self, sha256_hex: str) -> bytes:
        """The bytes of that hash; ContractError if they are missing or damaged."""
        try:
            body = self._path(sha256_hex).read_bytes()
        except FileNotFoundError as error:
            raise ContractError(f"the archive has no object {sha256_hex}") from error
        except OSError as error:
            raise FileUnusable(self._path(sha256_hex), error.strerror) from error
        if sha256(body).hexdigest() != sha256_hex:
            raise ContractError(f"archive object {sha256_hex} is damaged")
        return body


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".tmp")  # a name of its own for every writer
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    Path(beside).replace(path)
