"""`tipoff up --feeds-from`: the real service on the real clock, with a local server in place of every source."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.adapters.local.files import HomeFiles
from shared.contracts.sources import SITES
from shared.map.loader import pipeline_map
from tests.support.local import runs
from tests.support.places import ROOT

PATIENCE_S = 180.0


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with SIGTERM."""
    with process:
        try:
            yield process
        finally:
            process.terminate()


def fetched(up: subprocess.Popen[str], home: Path) -> Mapping[str, Any]:
    """The completions of scrape units, by unit, once each of a pregame run is there."""
    wanted = set(pipeline_map().runs["pregame"].phases["scrape"].units)
    give_up_at = time.monotonic() + PATIENCE_S
    while up.poll() is None and time.monotonic() < give_up_at:
        done = runs.documents(home, "completions", "") if HomeFiles(home).state.exists() else {}
        by_unit = {i.split(".")[-1]: doc for i, doc in done.items() if ".pregame.1.scrape." in i}
        if set(by_unit) == wanted:
            return by_unit
        time.sleep(0.5)
    raise AssertionError(f"not fetched in {PATIENCE_S} s: {wanted}")


def test_a_local_server_stands_for_every_source(tmp_path: Path) -> None:
    """The service says where its feeds come from, and each feed of the latest pregame run is fetched there."""
    home = tmp_path / "home"
    command = [sys.executable, "-m", "tipoff.sample", "0"]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        with ended(runs.start("up", "--home", home, "--feeds-from", url)) as up:
            done = fetched(up, home)
            up.terminate()
            said, _ = up.communicate()
    assert f"feeds from {url}, for every site" in said
    assert {unit: doc["outcome"] for unit, doc in done.items()} == dict.fromkeys(done, "ok")
    assert {a["source"] for doc in done.values() for a in doc["evidence"]["artifacts"]} == set(SITES)
