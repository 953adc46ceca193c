"""`tipoff replay` runs with its allocators, in the process that was started; no other command starts again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.adapters.local.tuning import KEEP_VECTORS, PRELOAD, VECTORS, allocators

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="mimalloc and DuckDB's jemalloc are for Linux alone")
SCRIPT = """
import os, sys
print(os.getpid(), os.environ.get("LD_PRELOAD"), *sys.argv[1:], flush=True)
from tipoff.cli.main import main
main()
"""
CLEAN = {k: v for k, v in os.environ.items() if k not in (PRELOAD, VECTORS)}


def output_of(*arguments: str, **settings: str) -> list[str]:
    """The lines printed by a process that runs the console script with these arguments."""
    command = [sys.executable, "-c", SCRIPT, *arguments]
    done = subprocess.run(command, env={**CLEAN, **settings}, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


@on_linux
def test_it_starts_again_once_as_the_same_process():
    """A replay keeps its process id, for those that kill it or wait for it, and its arguments."""
    first, second, answer, *_ = output_of("replay", "--help")
    number, none, *arguments = first.split()
    assert (none, arguments) == ("None", ["replay", "--help"])
    assert second == f"{number} {allocators()[PRELOAD]} replay --help"
    assert answer.startswith("Usage: ")


@pytest.mark.parametrize(("arguments", "tuning"), [(["--version"], "on"), (["replay", "--help"], "off")])
def test_other_commands_and_a_replay_without_tuning_start_once(arguments: list[str], tuning: str):
    """Nothing else runs long enough to make up for a second start."""
    first, answer, *_ = output_of(*arguments, TIPOFF_TUNING=tuning)
    assert first.split()[1:] == ["None", *arguments]
    assert answer.startswith(("tipoff ", "Usage: "))


def test_a_preloaded_library_of_ones_own_is_kept():
    """Nothing is started again."""
    only, answer, *_ = output_of("replay", "--help", LD_PRELOAD="libm.so.6")
    assert only.split()[1] == "libm.so.6"
    assert answer.startswith("Usage: ")


def test_where_there_is_no_such_library_the_command_runs_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Another system, or an installation that lacks it."""
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    assert PRELOAD not in allocators()
    monkeypatch.undo()
    monkeypatch.setattr("sys.platform", "darwin")
    assert PRELOAD not in allocators()


@on_linux
def test_memory_comes_from_mimalloc():
    """It prints its version in verbose mode."""
    environ = {**CLEAN, "MIMALLOC_VERBOSE": "1", PRELOAD: allocators()[PRELOAD]}
    command = [sys.executable, "-c", "pass"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True, timeout=60)
    assert "mimalloc" in done.stderr


def imported_with(settings: str) -> int:
    """Exit code of a process that imports DuckDB and stops at a setting unknown to its allocator."""
    environ = {**os.environ, VECTORS: f"abort_conf:true,{settings}"}
    command = [sys.executable, "-c", "import duckdb"]
    return subprocess.run(command, env=environ, capture_output=True, check=False, timeout=60).returncode


@on_linux
def test_duckdb_knows_every_setting_of_its_allocator():
    """It ignores an unknown name by default; with `abort_conf` it stops at one."""
    assert imported_with(KEEP_VECTORS) == 0
    assert imported_with(f"{KEEP_VECTORS},nonsense:1") != 0


def test_the_allocators_settings_are_there_before_duckdb_is():
    """It reads them once, when it is imported; settings made by the user are kept."""
    script = f"""
import os, sys
from tipoff.cli import main
sys.argv[1:] = ["replay", "--help"]
assert "duckdb" not in sys.modules
try:
    main.main()
except SystemExit:
    print(os.environ[{VECTORS!r}], os.environ.get({PRELOAD!r}))
"""
    preload = {k: v for k, v in allocators().items() if k == PRELOAD}
    for own in ({}, {VECTORS: "narenas:2"}):
        environ = {**CLEAN, **preload, **own}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout.splitlines()[-1] == f"{own.get(VECTORS, KEEP_VECTORS)} None", (
            "what it starts inherits no library"
        )
