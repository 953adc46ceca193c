"""A function of the chain that does not come up is said at once, with its last words."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.cloud_chain import Served
from tools.emulators.ports import free_port


def test_a_function_that_ended_is_said(tmp_path: Path) -> None:
    """Not waited for, and not taken for alive because another process answers."""
    log = tmp_path / "grade.log"
    with log.open("wb") as said:
        process = subprocess.Popen([sys.executable, "-c", "exit('no interface\\nno port')"], stderr=said)
        process.wait()
    with pytest.raises(RuntimeError, match=r"^grade ended with code 1: no port$"):
        Served(free_port(), process, log).wait_until_alive()
