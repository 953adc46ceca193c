"""The command line runs with its allocators, in the process that was started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tipoff.cli.entry import KEEP_VECTORS, PRELOAD, VECTORS, allocators

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="mimalloc and DuckDB's jemalloc are for Linux alone")
TELLING = """
import os, sys
print(os.getpid(), os.environ.get("LD_PRELOAD"), *sys.argv[1:], flush=True)
from tipoff.cli.entry import main
main()
"""
CLEAN = {k: v for k, v in os.environ.items() if k not in (PRELOAD, VECTORS)}


def told(*arguments: str, **settings: str) -> list[str]:
    """What is said by a process that runs the console script with these arguments."""
    command = [sys.executable, "-c", TELLING, *arguments]
    done = subprocess.run(command, env={**CLEAN, **settings}, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


@on_linux
def test_it_starts_again_once_as_the_same_process():
    """Whoever kills or waits for the command has its process id; the arguments arrive as they were."""
    first, second, answer = told("--version")
    number, none, argument = first.split()
    assert (none, argument) == ("None", "--version")
    assert second == f"{number} {allocators()[PRELOAD]} --version"
    assert answer.startswith("tipoff ")


def test_a_preloaded_library_of_ones_own_is_kept():
    """Nothing is started again."""
    only, _ = told("--version", LD_PRELOAD="libm.so.6")
    assert only.split()[1] == "libm.so.6"


def test_where_there_is_no_such_library_the_command_runs_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Another system, or an installation that lacks it."""
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    assert PRELOAD not in allocators()
    monkeypatch.undo()
    monkeypatch.setattr("sys.platform", "darwin")
    assert PRELOAD not in allocators()


@on_linux
def test_memory_comes_from_mimalloc():
    """It says its version when it is told to be verbose."""
    environ = {**CLEAN, "MIMALLOC_VERBOSE": "1", PRELOAD: allocators()[PRELOAD]}
    command = [sys.executable, "-c", "pass"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert "mimalloc" in done.stderr


def imported_with(settings: str) -> int:
    """How a process ends that imports DuckDB and is to stop at a setting its allocator does not know."""
    environ = {**os.environ, VECTORS: f"abort_conf:true,{settings}"}
    command = [sys.executable, "-c", "import duckdb"]
    return subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60).returncode


@on_linux
def test_duckdb_knows_every_setting_of_its_allocator():
    """A name that it does not know is passed over; told to stop at one, it stops."""
    assert imported_with(KEEP_VECTORS) == 0
    assert imported_with(f"{KEEP_VECTORS},nonsense:1") != 0


def test_the_allocators_settings_are_there_before_duckdb_is():
    """It reads them once, when it is imported; whoever has set some of their own keeps them."""
    telling = f"""
import os, sys
from tipoff.cli import entry
sys.argv[1:] = ["--version"]
assert "duckdb" not in sys.modules
try:
    entry.main()
except SystemExit:
    print(os.environ[{VECTORS!r}], os.environ.get({PRELOAD!r}))
"""
    preload = {k: v for k, v in allocators().items() if k == PRELOAD}
    for own in ({}, {VECTORS: "narenas:2"}):
        environ = {**CLEAN, **preload, **own}
        done = subprocess.run(
            [sys.executable, "-c", telling], env=environ, capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout.splitlines()[-1] == f"{own.get(VECTORS, KEEP_VECTORS)} None", (
            "what it starts inherits no library"
        )
