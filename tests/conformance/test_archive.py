"""What Archive promises, on every twin."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from shared.adapters.cloud.storage import BucketArchive, bucket
from shared.adapters.local.archive import FileArchive
from shared.errors import ContractError, StoreUnavailable
from shared.ports import Archive

BODIES = [b"", b"raw", bytes(range(256)) * 4096, "Dončić".encode()]


@pytest.mark.parametrize("body", BODIES, ids=len)
def test_bytes_come_back_as_they_went(archive: Archive, body: bytes) -> None:
    """Any bytes are kept under their sha256 and read back equal."""
    digest = archive.put(body)
    assert sha256(body).hexdigest() == digest
    assert body == archive.get(digest)


def test_the_same_bytes_again(archive: Archive) -> None:
    """Putting the same bytes twice gives one name, and they are still there."""
    assert archive.put(b"raw") == archive.put(b"raw")
    assert archive.get(sha256(b"raw").hexdigest()) == b"raw"


def test_many_writers_of_the_same_bytes(archive: Archive) -> None:
    """Threads that put the same bytes at once all succeed, and one whole object stands there."""
    body = b"x" * 100_000
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: archive.put(body), range(8)))
    assert {sha256(body).hexdigest()} == digests
    assert archive.get(digests.pop()) == body


def test_absence_is_a_contract_error(archive: Archive) -> None:
    """An object that is not there is said by hash: asking again cannot help."""
    with pytest.raises(ContractError, match="no object 0000"):
        archive.get("0" * 64)


@pytest.mark.parametrize("twin", ["files", "fsspec"])
def test_damage_is_a_contract_error(twin: str, tmp_path: Path) -> None:
    """An object that was changed is not handed out."""
    archive = FileArchive(tmp_path) if twin == "files" else BucketArchive(*bucket(f"file://{tmp_path}"))
    digest = archive.put(b"raw")
    next(tmp_path.rglob(digest)).write_bytes(b"changed")
    with pytest.raises(ContractError, match="damaged"):
        archive.get(digest)


def test_twins_lay_objects_out_alike(tmp_path: Path) -> None:
    """What the file twin wrote the bucket twin reads, and the other way round: an archive can be copied up."""
    files, copied = FileArchive(tmp_path), BucketArchive(*bucket(f"file://{tmp_path}"))
    assert copied.get(files.put(b"one")) == b"one"
    assert files.get(copied.put(b"two")) == b"two"


def test_an_object_is_never_written_again() -> None:
    """The bucket is asked to create, never to replace: its writer may not have the right to."""
    memory, root = fsspec.filesystem("memory"), f"/{uuid4().hex}"
    archive = BucketArchive(memory, root)
    digest = archive.put(b"raw")
    created = memory.modified(f"{root}/{digest[:2]}/{digest}")
    archive.put(b"raw")
    assert created == memory.modified(f"{root}/{digest[:2]}/{digest}")


def test_a_store_that_fails_may_mend() -> None:
    """What is neither there nor not there is worth another attempt."""

    class Failing(fsspec.AbstractFileSystem):  # type: ignore[misc]
        def cat_file(self, *_: object, **__: object) -> bytes:
            raise OSError("Forbidden")

    with pytest.raises(StoreUnavailable):
        BucketArchive(Failing(), "x").get("0" * 64)
