"""What keeps DuckDB from opening or using its file, as an error that says what to do.

DuckDB has one type, IOException, for a file that is locked, damaged, or on a full disk. Where a commit meets that, it
is a TransactionException, and a FatalException once DuckDB has given up on the file. So the operating system is asked;
only damage is known by DuckDB's own text.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import duckdb

from shared.errors import FileDamaged, FileUnusable, HomeInUse, UserError

ROOM = 1 << 20  # bytes; a checkpoint of what a killed process left in the log needs about as much
DAMAGE = "Corrupt database file"  # DuckDB's words for a block whose checksum is wrong; test_warehouse.py meets them


@contextmanager
def opening(path: Path | None, *, read_only: bool) -> Iterator[None]:
    """Raise what DuckDB says about opening the file as HomeInUse, FileUnusable or FileDamaged."""
    try:
        yield
    except duckdb.Error as error:
        raise error if path is None else _opening_problem(path, error, read_only=read_only) from error


@contextmanager
def using(path: Path | None) -> Iterator[None]:
    """Raise what DuckDB says about a file that it has open as FileUnusable or FileDamaged."""
    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        raise error if path is None else _problem(path, error) from error


def _opening_problem(path: Path, error: Exception, *, read_only: bool) -> UserError:
    try:
        if path.exists():
            with path.open("rb" if read_only else "r+b") as file:
                fcntl.lockf(file, (fcntl.LOCK_SH if read_only else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        if not read_only:
            _need_room(path)
    except BlockingIOError:
        return HomeInUse(f"{path} is in use by another tipoff process; stop it or use another --home")
    except OSError as problem:
        return FileUnusable(path, problem.strerror)
    return FileDamaged(path, _first_line(error))


def _problem(path: Path, error: Exception) -> UserError:
    """The file itself is left alone: closing it a second time would release the lock that this process has on it."""
    try:
        _need_room(path)
    except OSError as problem:
        return FileUnusable(path, problem.strerror)
    return (FileDamaged if DAMAGE in str(error) else FileUnusable)(path, _first_line(error))


def _need_room(path: Path) -> None:
    """OSError if nothing can be written beside the file."""
    with TemporaryFile(dir=path.parent) as room:
        room.write(bytes(ROOM))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
