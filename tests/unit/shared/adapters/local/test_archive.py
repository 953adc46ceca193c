"""The archive keeps bytes whole under their hash, whoever writes them, and notices damage."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.adapters.local.archive import FileArchive
from shared.errors import ContractError


def test_many_writers_of_the_same_bytes(tmp_path):
    """Threads that put the same bytes at once all succeed, and one whole object stands there."""
    archive = FileArchive(tmp_path)
    for number in range(20):
        body = b"x" * 100_000 + str(number).encode()
        with ThreadPoolExecutor(8) as pool:
            digests = set(pool.map(lambda _, b=body: archive.put(b), range(8)))
        assert len(digests) == 1
        assert archive.get(digests.pop()) == body
    assert not list(tmp_path.rglob("*.tmp"))


def test_damage_and_absence_are_contract_errors(tmp_path):
    """An object that was changed, and one that is not there, are said by hash."""
    archive = FileArchive(tmp_path)
    digest = archive.put(b"raw")
    next(tmp_path.rglob(digest)).write_bytes(b"changed")
    with pytest.raises(ContractError, match="damaged"):
        archive.get(digest)
    with pytest.raises(ContractError, match="no object"):
        archive.get("0" * 64)
