"""Settings that make the warehouse faster and change no row. TIPOFF_TUNING=off leaves all of them out.

Gain: processor seconds of a date without the setting, divided by those with it; measured on 2026-11-30, on dates
from 2024-02-27 to 2024-03-31. (a) processes side by side on the same 10 to 12 dates, standard errors of 0.02 to 0.05;
(b) 56 dates of two replays, each setting on for a random half of them, standard errors of 0.1.
"""

import os
import sys
import sysconfig
from collections.abc import MutableMapping
from pathlib import Path

CHECKPOINT_AT = "256MB"  # 1.23 (b): the log is folded in every forty dates or so, not every two or three
BATCH_ROWS = 8192  # 1.57 (b): DuckDB reserves an answer's batch before it is filled, by default for a million rows
ANSWERS = 6, 4 * 1024 * 1024  # 1.30 (b): so many answers are kept, each up to so many bytes, for units that ask alike
# 1.09 (a): for a slate's few rows these cost more than they save. `join_order` is off at all times (warehouse.py).
SLATE_WITHOUT = (
    "join_order,statistics_propagation,common_subexpressions,reorder_filter,join_filter_pushdown,common_subplan"
)
SLATE_THREADS = 1  # 1.34 (b): handing a slate's few rows from thread to thread costs more than it saves
PRELOAD = "LD_PRELOAD"  # 1.12 (a): mimalloc in place of the C library's, for thousands of small blocks a query
VECTORS = "DUCKDB_JE_MALLOC_CONF"  # 1.16 (a): DuckDB's jemalloc, by default it keeps 20 of a size, none above 32 KiB
KEEP_VECTORS = (  # https://jemalloc.net/jemalloc.3.html#tuning
    "narenas:1,tcache_nslots_large:2000,lg_tcache_max:22,tcache_gc_incr_bytes:16777216,"
    "dirty_decay_ms:30000,muzzy_decay_ms:30000"
)


def allocators() -> dict[str, str]:
    """The variables by which a process gets the allocators, omitting those unavailable on this platform."""
    library = Path(sysconfig.get_path("platlib"), "cmeel.prefix/lib/libmimalloc.so")
    preload = {PRELOAD: str(library)} if sys.platform == "linux" and library.exists() else {}
    return {**preload, VECTORS: KEEP_VECTORS}


def use_allocators(environ: MutableMapping[str, str]) -> None:
    """Give this process the allocators, unless it has some; before DuckDB is imported.

    mimalloc can only be loaded when a process starts: the process starts again, with the same id and arguments.
    """
    wanted = allocators()
    if PRELOAD in wanted and PRELOAD not in environ:
        os.execve(sys.executable, sys.orig_argv, {**wanted, **environ})  # noqa: S606
    if PRELOAD in wanted and environ[PRELOAD] == wanted[PRELOAD]:
        del environ[PRELOAD]  # of this process alone, not of those it starts
    environ.setdefault(VECTORS, wanted[VECTORS])
