"""What Archive promises, on every twin."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from shared.adapters.cloud.storage import Bucket, BucketArchive, BucketModels
from shared.adapters.local.archive import FileArchive
from shared.adapters.models import FileModels
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
    """A missing object is an error that names the hash and is not retried."""
    with pytest.raises(ContractError, match="no object 0000"):
        archive.get("0" * 64)


@pytest.mark.parametrize("twin", ["files", "fsspec"])
def test_damage_is_a_contract_error(twin: str, tmp_path: Path) -> None:
    """An object that was changed is not handed out."""
    archive = FileArchive(tmp_path) if twin == "files" else BucketArchive(Bucket(f"file://{tmp_path}"))
    digest = archive.put(b"raw")
    next(tmp_path.rglob(digest)).write_bytes(b"changed")
    with pytest.raises(ContractError, match="damaged"):
        archive.get(digest)


def test_twins_lay_objects_out_alike(tmp_path: Path) -> None:
    """What the file twin wrote the bucket twin reads, and the other way round: an archive can be copied up."""
    files, copied = FileArchive(tmp_path), BucketArchive(Bucket(f"file://{tmp_path}"))
    assert copied.get(files.put(b"one")) == b"one"
    assert files.get(copied.put(b"two")) == b"two"


def test_an_object_is_never_written_again() -> None:
    """Writes create objects and never replace them: the writer may lack the permission to replace."""
    bucket = Bucket(f"memory://{uuid4().hex}")
    bucket.create("name", b"first")
    bucket.create("name", b"second")
    assert bucket.read("name") == b"first"


def test_a_store_that_fails_may_mend() -> None:
    """What is neither there nor not there is worth another attempt."""

    class Failing(fsspec.AbstractFileSystem):  # type: ignore[misc]
        def cat_file(self, *_: object, **__: object) -> bytes:
            raise OSError("Forbidden")

    bucket = Bucket("memory://x")
    bucket.filesystem = Failing()
    with pytest.raises(StoreUnavailable):
        BucketArchive(bucket).get("0" * 64)


def test_models_are_read_from_a_copy_of_the_registry(tmp_path: Path) -> None:
    """The promoted artefact of a registry that was copied up is the one that predicts; what is missing is said."""
    files, copied = FileModels(tmp_path), BucketModels(Bucket(f"file://{tmp_path}"))
    assert copied.current("catboost_v8") is None
    files.save("catboost_v8", b"older", {"created_at": "1"})
    files.save("catboost_v8", b"newer", {"created_at": "2"})
    assert copied.current("catboost_v8") == files.current("catboost_v8")
    files.rollback("catboost_v8")
    assert copied.current("catboost_v8") == files.current("catboost_v8")


@pytest.mark.parametrize("harm", ["{}", "nonsense", "[]"])
def test_a_damaged_registry_is_a_contract_error(tmp_path: Path, harm: str) -> None:
    """A pointer that points nowhere or cannot be read predicts nothing."""
    FileModels(tmp_path).save("catboost_v8", b"model", {})
    (tmp_path / "catboost_v8" / "current.json").write_text(harm)
    with pytest.raises(ContractError):
        BucketModels(Bucket(f"file://{tmp_path}")).current("catboost_v8")


def test_a_damaged_model_is_a_contract_error(tmp_path: Path) -> None:
    """An artefact whose bytes are not its name's is not loaded."""
    model = FileModels(tmp_path).save("catboost_v8", b"model", {})
    (tmp_path / "catboost_v8" / f"{model.hash}.cbm").write_bytes(b"changed")
    with pytest.raises(ContractError, match="damaged"):
        BucketModels(Bucket(f"file://{tmp_path}")).current("catboost_v8")
