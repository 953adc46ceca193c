"""The console script: the command line, in a process whose allocator suits many small plans.

Planning and running a query allocates and frees thousands of small blocks, and glibc keeps seven of a size in reach of
a thread. It reads its tunables only when a process starts
(https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html), so the command starts itself
again with them, in the same process and before anything is imported that takes time.
"""

import os
import sys

TUNABLES = "glibc.malloc.tcache_count=2000"


def main() -> None:
    """Run the command line; whoever has set tunables of their own keeps them."""
    if "CS_GNU_LIBC_VERSION" in os.confstr_names and "GLIBC_TUNABLES" not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "GLIBC_TUNABLES": TUNABLES})  # noqa: S606
    from tipoff.cli import run

    sys.exit(run(sys.argv[1:]))
