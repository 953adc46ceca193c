"""A function of the chain that ends during its start is reported at once, with its last line of output."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.cloud_chain import Served
from tools.emulators.ports import free_port


def test_a_function_that_ended_is_reported(tmp_path: Path) -> None:
    """RuntimeError without waiting, even if another process answered on its port."""
    log = tmp_path / "grade.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", "exit('no interface\\nno port')"], stderr=output)
        process.wait()
    with pytest.raises(RuntimeError, match=r"^grade ended with code 1: no port$"):
        Served(free_port(), process, log).wait_until_alive()
