"""The console script: the command line, in a process whose allocators suit many small plans.

Planning and running a query allocates and frees thousands of small blocks, and glibc keeps seven of a size in reach of
a thread. It reads its tunables only when a process starts
(https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html), so the command starts itself
again with them, in the same process and before anything is imported that takes time.

DuckDB's vectors come from a jemalloc of its own, which keeps twenty of a size and none above 32 KiB: a plan of a
hundred operators over a hundred columns asks for thousands, of up to 1.3 MB. It reads its settings when DuckDB is
imported (https://jemalloc.net/jemalloc.3.html#tuning).
"""

import os
import sys

TUNABLES = "glibc.malloc.tcache_count=2000"
VECTORS = "DUCKDB_JE_MALLOC_CONF"
KEEP_VECTORS = "narenas:1,tcache_nslots_large:2000,lg_tcache_max:22,dirty_decay_ms:5000,muzzy_decay_ms:5000"


def main() -> None:
    """Run the command line; whoever has set allocators of their own keeps them."""
    if "CS_GNU_LIBC_VERSION" in os.confstr_names and "GLIBC_TUNABLES" not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "GLIBC_TUNABLES": TUNABLES})  # noqa: S606
    os.environ.setdefault(VECTORS, KEEP_VECTORS)
    from tipoff.cli import run

    sys.exit(run(sys.argv[1:]))
