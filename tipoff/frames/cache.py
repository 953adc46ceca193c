"""The cache of loaded rows: in memory, in files below the home, or off. What a writer has changed is never answered.

A key has the stamp of the home's warehouse file. While another process writes the home nothing is kept.
"""

import json
import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from shared.errors import UserError
from shared.settings import cache_mode
from tipoff.home import Home

if TYPE_CHECKING:
    import pyarrow as pa

Mode = Literal["memory", "files", "off"]
MOST = 16  # tables kept in memory
_memory: "OrderedDict[str, pa.Table]" = OrderedDict()
_chosen: list[Mode] = []


def set_cache(mode: Mode) -> None:
    """From now on keep loaded rows in `memory`, in `files` below the home, or not at all (`off`); UserError else."""
    _chosen[:] = [_checked(mode)]


def mode() -> Mode:
    """What `set_cache` chose, else the environment's TIPOFF_CACHE, else `memory`."""
    return _chosen[0] if _chosen else _checked(cache_mode(os.environ))


def _checked(name: str) -> Mode:
    if name not in get_args(Mode):
        raise UserError(f"the cache is one of {', '.join(get_args(Mode))}, not {name!r}")
    return name  # type: ignore[return-value]


def clear_cache(home: Home) -> None:
    """Forget what is in memory, and remove the home's cached files."""
    _memory.clear()
    for path in home.files.frames.glob("*.arrow"):
        path.unlink(missing_ok=True)


def of(home: Home, asked: object, read: Callable[[], "pa.Table"]) -> "pa.Table":
    """The rows that `read` gives for what is asked of the home: kept ones, if its warehouse is unchanged since."""
    chosen = mode()
    if chosen == "off" or home.files.readers.exists():
        return read()
    key = _key(home, asked)
    return _from_memory(key, read) if chosen == "memory" else _from_file(home.files.frames, key, read)


def _key(home: Home, asked: object) -> str:
    stamps = [(str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in home.files.of_rows() if p.exists()]
    return sha256(json.dumps([str(home.root.resolve()), repr(asked), stamps]).encode()).hexdigest()


def _from_memory(key: str, read: Callable[[], "pa.Table"]) -> "pa.Table":
    if key not in _memory:
        _memory[key] = read()
        while len(_memory) > MOST:
            _memory.popitem(last=False)
    _memory.move_to_end(key)
    return _memory[key]


def _from_file(folder: Path, key: str, read: Callable[[], "pa.Table"]) -> "pa.Table":
    import pyarrow as pa

    path = folder / f"{key}.arrow"
    with suppress(OSError, pa.ArrowInvalid), pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()
    rows, beside = read(), folder / f".{key}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with pa.OSFile(str(beside), "wb") as sink, pa.ipc.new_file(sink, rows.schema) as writer:
            writer.write_table(rows)
        beside.replace(path)
    except OSError as error:
        raise UserError(
            f"the cache {folder} cannot be written: {error.strerror}; tipoff.set_cache('memory')"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return rows
