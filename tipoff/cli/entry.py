"""The console script: the command line, in a process whose allocators suit many small plans.

Planning and running a query allocates and frees thousands of small blocks, and two threads do so at once: mimalloc
does that faster than the C library. It takes its place only when a process starts, so the command starts itself again
with it, in the same process and before anything is imported that takes time.

DuckDB's vectors come from a jemalloc of its own, which keeps twenty of a size and none above 32 KiB: a plan of a
hundred operators over a hundred columns asks for thousands, of up to 1.3 MB. It also looks through what it keeps at
every 64 KiB. It reads its settings when DuckDB is imported (https://jemalloc.net/jemalloc.3.html#tuning).
"""

import os
import sys
import sysconfig
from io import TextIOWrapper
from pathlib import Path

PRELOAD = "LD_PRELOAD"
VECTORS = "DUCKDB_JE_MALLOC_CONF"
KEEP_VECTORS = (
    "narenas:1,tcache_nslots_large:2000,lg_tcache_max:22,tcache_gc_incr_bytes:16777216,"
    "dirty_decay_ms:30000,muzzy_decay_ms:30000"
)


def allocators() -> dict[str, str]:
    """The variables by which a process gets the allocators; without those that are not to be had here."""
    library = Path(sysconfig.get_path("platlib"), "cmeel.prefix/lib/libmimalloc.so")
    preload = {PRELOAD: str(library)} if sys.platform == "linux" and library.exists() else {}
    return {**preload, VECTORS: KEEP_VECTORS}


def main() -> None:
    """Run the command line; allocators that the environment names are kept."""
    wanted = allocators()
    if PRELOAD in wanted and PRELOAD not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**wanted, **os.environ})  # noqa: S606
    if PRELOAD in wanted and os.environ[PRELOAD] == wanted[PRELOAD]:
        del os.environ[PRELOAD]  # of this process alone, not of what it starts
    os.environ.setdefault(VECTORS, wanted[VECTORS])
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that the terminal's encoding lacks
    try:
        from tipoff.cli.main import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while modules are imported
        code = 130
    sys.exit(code)
