"""The Archive and Models ports on a bucket, over fsspec; the same code on Cloud Storage, on files and in memory."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from shared.adapters.models import Registry
from shared.errors import ContractError, StoreUnavailable

if TYPE_CHECKING:
    import fsspec

REQUEST_TIMEOUT_S = 30.0


class Bucket:
    """The folder of a URL: `gs://bucket/prefix`, `file:///folder`, `memory://name`; StoreUnavailable if it fails.

    With an `endpoint` a `gs` bucket is an emulator's, and nobody is asked who we are. The library takes over a second
    to import, so it is opened on first use: most functions have no use for a bucket.
    """

    def __init__(self, url: str, endpoint: str = "") -> None:
        self._url, self._endpoint = url, endpoint

    @cached_property
    def filesystem(self) -> "fsspec.AbstractFileSystem":
        """What fsspec opens for the URL."""
        if not self._url.startswith("gs://"):
            import fsspec

            return fsspec.core.url_to_fs(self._url, auto_mkdir=True)[0]
        import aiohttp
        from gcsfs.core import GCSFileSystem  # the extended one first asks another service what kind of bucket this is

        options: dict[str, Any] = {"endpoint_url": self._endpoint, "token": "anon"} if self._endpoint else {}
        return GCSFileSystem(requests_timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S), **options)

    def create(self, name: str, body: bytes) -> None:
        """Write the object unless there is one: its writer need not have the right to replace any."""
        with _errors(), suppress(FileExistsError):
            self.filesystem.pipe_file(self._path(name), body, mode="create")

    def read(self, name: str) -> bytes | None:
        """The object's bytes, or None if there is none."""
        with _errors():
            try:
                return bytes(self.filesystem.cat_file(self._path(name)))
            except FileNotFoundError:
                return None

    def _path(self, name: str) -> str:
        return f"{self._url.rstrip('/')}/{name}"


class BucketArchive:
    """Raw bytes below a path, named by their hash: `ab/abcdef...`, as the file twin names them."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def put(self, body: bytes) -> str:
        """Keep the bytes, once: an object that is there is never written again; returns their sha256."""
        digest = sha256(body).hexdigest()
        self._bucket.create(_name(digest), body)
        return digest

    def get(self, sha256_hex: str) -> bytes:
        """The bytes of that hash; ContractError if they are missing or damaged."""
        body = self._bucket.read(_name(sha256_hex))
        if body is None:
            raise ContractError(f"the archive has no object {sha256_hex}")
        if sha256(body).hexdigest() != sha256_hex:
            raise ContractError(f"archive object {sha256_hex} is damaged")
        return body


class BucketModels(Registry):
    """The Models port on a copy of the registry's folder."""

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(bucket.read, "copy it again")


def _name(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


@contextmanager
def _errors() -> Iterator[None]:
    """What the store says, apart from `there is` and `there is not`, may be mended by the next attempt."""
    import aiohttp
    import requests
    from fsspec.exceptions import FSTimeoutError
    from gcsfs.retry import ChecksumError, HttpError
    from google.auth.exceptions import GoogleAuthError

    theirs = (HttpError, ChecksumError, FSTimeoutError, GoogleAuthError, aiohttp.ClientError, requests.RequestException)
    try:
        yield
    except (FileExistsError, FileNotFoundError):
        raise
    except (OSError, *theirs) as error:
        raise StoreUnavailable(f"the bucket did not do it: {error!r}") from error
