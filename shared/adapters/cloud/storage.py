"""The Archive and Models ports on a bucket, over fsspec; the same code on Cloud Storage, on files and in memory."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from typing import Any

import fsspec
from fsspec.exceptions import FSTimeoutError

from shared.adapters.models import CURRENT
from shared.contracts.work import Model
from shared.errors import ContractError, StoreUnavailable

REQUEST_TIMEOUT_S = 30.0


def bucket(url: str, endpoint: str = "") -> tuple[fsspec.AbstractFileSystem, str]:
    """The filesystem of a URL (`gs://bucket/prefix`, `file:///folder`, ...) and the path in it.

    With an `endpoint` the bucket is an emulator's and nobody is asked who we are.
    """
    if not url.startswith(("gs://", "gcs://")):
        filesystem, path = fsspec.core.url_to_fs(url, auto_mkdir=True)
        return filesystem, str(path)
    import aiohttp
    from gcsfs.core import GCSFileSystem  # the extended one first asks another service what kind of bucket this is

    options: dict[str, Any] = {"endpoint_url": endpoint, "token": "anon"} if endpoint else {}
    timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
    return GCSFileSystem(requests_timeout=timeout, **options), url.split("://", 1)[1].rstrip("/")


class BucketArchive:
    """Raw bytes below a path, named by their hash: `ab/abcdef...`, as the file twin names them."""

    def __init__(self, filesystem: fsspec.AbstractFileSystem, root: str) -> None:
        self._filesystem, self._root = filesystem, root

    def put(self, body: bytes) -> str:
        """Keep the bytes, once: an object that is there is never written again; returns their sha256."""
        digest = sha256(body).hexdigest()
        with _errors(), suppress(FileExistsError):
            self._filesystem.pipe_file(self._path(digest), body, mode="create")
        return digest

    def get(self, sha256_hex: str) -> bytes:
        """The bytes of that hash; ContractError if they are missing or damaged."""
        body = _read(self._filesystem, self._path(sha256_hex))
        if body is None:
            raise ContractError(f"the archive has no object {sha256_hex}")
        if sha256(body).hexdigest() != sha256_hex:
            raise ContractError(f"archive object {sha256_hex} is damaged")
        return body

    def _path(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}"


class BucketModels:
    """The Models port on a copy of the registry's folder: `shared/adapters/models.py` says what is in it."""

    def __init__(self, filesystem: fsspec.AbstractFileSystem, root: str) -> None:
        self._filesystem, self._root = filesystem, root
        self._read: dict[str, Model] = {}

    def current(self, system_id: str) -> Model | None:
        """The promoted artefact of a system, None if there is none; ContractError if its files are damaged."""
        pointer = _read(self._filesystem, f"{self._root}/{system_id}/{CURRENT}")
        if pointer is None:
            return None
        digest = str(_object(pointer, system_id).get("hash", ""))
        if digest not in self._read:
            self._read[digest] = self._load(system_id, digest)
        return self._read[digest]

    def _load(self, system_id: str, digest: str) -> Model:
        name = f"{self._root}/{system_id}/{digest}"
        body, card = _read(self._filesystem, f"{name}.cbm"), _read(self._filesystem, f"{name}.json")
        if body is None or card is None:
            raise ContractError(f"the registry names model {digest} of {system_id}, which is missing: copy it again")
        if sha256(body).hexdigest() != digest:
            raise ContractError(f"model {digest} of {system_id} is damaged: copy it again")
        return Model(system_id, digest, body, _object(card, system_id))


def _read(filesystem: fsspec.AbstractFileSystem, path: str) -> bytes | None:
    with _errors():
        try:
            return bytes(filesystem.cat_file(path))
        except FileNotFoundError:
            return None


def _object(body: bytes, system_id: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise ContractError(f"a registry file of {system_id} cannot be read") from error
    if not isinstance(found, dict):
        raise ContractError(f"a registry file of {system_id} is not an object")
    return found


@contextmanager
def _errors() -> Iterator[None]:
    """What the store says, apart from `there is` and `there is not`, may be mended by the next attempt."""
    import aiohttp
    import requests
    from gcsfs.retry import ChecksumError, HttpError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except (FileExistsError, FileNotFoundError):
        raise
    except (
        OSError,
        HttpError,
        ChecksumError,
        FSTimeoutError,
        GoogleAuthError,
        aiohttp.ClientError,
        requests.RequestException,
    ) as error:
        raise StoreUnavailable(f"the bucket did not do it: {error!r}") from error
