"""The console script: the command line, in a process whose allocator suits many small plans.

Planning and running a query allocates and frees thousands of small blocks. By default glibc keeps seven of a size in
reach of a thread and gives memory back to the system as soon as it can. It reads its tunables only when a process
starts (https://sourceware.org/glibc/manual/latest/html_node/Memory-Allocation-Tunables.html), so the command starts
itself again with them, in the same process and before anything is imported that takes time.
"""

import os
import sys

TUNABLES = ":".join(
    f"glibc.malloc.{name}={value}"
    for name, value in {
        "tcache_count": 65_535,  # blocks of a size within a thread's reach
        "mmap_threshold": 32 << 20,  # bytes from which a block comes from the system and goes back to it
        "trim_threshold": 256 << 20,  # free bytes from which a heap is given back
    }.items()
)


def main() -> None:
    """Run the command line; whoever has set tunables of their own keeps them."""
    if "CS_GNU_LIBC_VERSION" in os.confstr_names and "GLIBC_TUNABLES" not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "GLIBC_TUNABLES": TUNABLES})  # noqa: S606
    from tipoff.cli import main as run

    run()
