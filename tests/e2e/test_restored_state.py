"""State files of an earlier day beside a newer warehouse: the run says so, and a rerun ends well."""

import json
from pathlib import Path
from typing import Any

from shared.contracts.events import RunRequested
from tests.support.local import runs
from tests.support.local.runs import LAST, Copy, Opened

RUN = f"{LAST}.pregame"
PREDICTIONS = (
    f"SELECT generation, COUNT(*) FROM nba_predictions.player_prop_predictions WHERE run_id = '{RUN}' GROUP BY 1"
)
Replayed = tuple[Path, dict[str, Any]]


def again(home: Opened, request_id: str) -> int:
    """Ask for the run once more, as of the same moment, and see it through; its generation."""
    manifest = home.app.engine.manifest(RUN, home.app.engine.current_generation(RUN))
    request = RunRequested(request_id=request_id, kind="pregame", from_date=LAST, to_date=LAST, as_of=manifest.as_of)
    home.replay.runtime.request(request)
    home.replay.runtime.settle(RUN, home.replay.clock)
    return home.app.engine.current_generation(RUN)


def test_a_rerun_after_restoring_the_state_ends_well(folder: Path, replayed: Replayed, copy: Copy) -> None:
    """Three generations later the state of the first is put back: the next one passes the fences, and is whole."""
    root = copy(replayed[0])
    before = {file.name: file.read_bytes() for file in root.glob("state.db*")}
    home = runs.open_home(root, folder)
    assert [again(home, f"r{n}") for n in (2, 3)] == [2, 3]
    home.close()
    for file in root.glob("state.db*"):
        file.unlink()
    for name, body in before.items():
        (root / name).write_bytes(body)
    redone = ["--kind", "pregame", "--phase", "factors", "--yes", "--data", folder, "--source", "history"]
    code, out, err = runs.here("rerun", LAST, *redone, "--home", root, "--json")
    assert code == 0, err
    assert json.loads(out)["done"][0]["run_id"] == f"{RUN}.4"
    home = runs.open_home(root, folder)
    (alert,) = [s.doc for s in home.app.state.find("alerts", "open") if s.doc["kind"] == "behind"]
    assert "the warehouse holds rows of generation 3, the state's newest is 2" in alert["sentence"]
    outcomes = {d["outcome"] for i, d in runs.documents(root, "verdicts", f"{RUN}.4.").items()}
    home.close()
    assert outcomes <= {"complete", "degraded"}
    made = dict(runs.rows(root, PREDICTIONS))
    assert made[4] == made[1]
