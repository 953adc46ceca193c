"""The command line runs with its allocators' settings, in the process that was started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tipoff.entry import KEEP_VECTORS, TUNABLES, VECTORS

TELLING = """
import os, sys
print(os.getpid(), os.environ.get("GLIBC_TUNABLES"), *sys.argv[1:], flush=True)
from tipoff.entry import main
main()
"""
LOADER = Path("/lib64/ld-linux-x86-64.so.2")


def told(*arguments: str, **settings: str) -> list[str]:
    """What is said by a process that runs the console script with these arguments."""
    clean = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
    command = [sys.executable, "-c", TELLING, *arguments]
    done = subprocess.run(command, env={**clean, **settings}, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in os.confstr_names, reason="needs glibc")
def test_it_starts_again_once_as_the_same_process():
    """Whoever kills or waits for the command has its process id; the arguments arrive as they were."""
    first, second, answer = told("--version")
    number, none, argument = first.split()
    assert (none, argument) == ("None", "--version")
    assert second == f"{number} {TUNABLES} --version"
    assert answer.startswith("tipoff ")


def test_tunables_of_ones_own_are_kept():
    """Nothing is started again."""
    only, _ = told("--version", GLIBC_TUNABLES="glibc.malloc.arena_max=2")
    assert only.split()[1] == "glibc.malloc.arena_max=2"


@pytest.mark.skipif(not LOADER.exists(), reason="needs glibc's loader, which lists the tunables")
def test_glibc_knows_every_tunable():
    """A name that it does not know is passed over without a word."""
    command = [LOADER, "--list-tunables"]
    listed = subprocess.run(
        command, env={"GLIBC_TUNABLES": TUNABLES}, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    values = {name: rest.split(" ")[0] for name, _, rest in (line.partition(": ") for line in listed.splitlines())}
    for setting in TUNABLES.split(":"):
        name, value = setting.split("=")
        assert int(values[name], 16) == int(value)


def imported_with(settings: str) -> int:
    """How a process ends that imports DuckDB and is to stop at a setting its allocator does not know."""
    environ = {**os.environ, VECTORS: f"abort_conf:true,{settings}"}
    command = [sys.executable, "-c", "import duckdb"]
    return subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60).returncode


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="DuckDB brings jemalloc on Linux alone")
def test_duckdb_knows_every_setting_of_its_allocator():
    """A name that it does not know is passed over; told to stop at one, it stops."""
    assert imported_with(KEEP_VECTORS) == 0
    assert imported_with(f"{KEEP_VECTORS},nonsense:1") != 0


def test_the_allocators_settings_are_there_before_duckdb_is():
    """It reads them once, when it is imported; whoever has set some of their own keeps them."""
    telling = f"""
import os, sys
from tipoff import entry
sys.argv[1:] = ["--version"]
assert "duckdb" not in sys.modules
try:
    entry.main()
except SystemExit:
    print(os.environ[{VECTORS!r}])
"""
    for own, expected in ((None, KEEP_VECTORS), ("narenas:2", "narenas:2")):
        clean = {k: v for k, v in os.environ.items() if k != VECTORS}
        environ = {**clean, "GLIBC_TUNABLES": TUNABLES, **({VECTORS: own} if own else {})}
        done = subprocess.run(
            [sys.executable, "-c", telling], env=environ, capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout.splitlines()[-1] == expected
