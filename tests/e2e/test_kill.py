"""kill -9 at any moment: the same command resumes and ends with the same bytes."""

from pathlib import Path
from typing import Any

from tests.support.local import killing, runs
from tests.support.local.runs import FIRST, LAST

SEED = 20240226
Replayed = tuple[Path, dict[str, Any]]


def test_ten_kills_end_in_the_bytes_of_an_undisturbed_run(folder: Path, replayed: Replayed, tmp_path: Path) -> None:
    """Ten SIGKILLs in filling, training, pregame and postgame; equal exports, equal verdicts, no dead letter.

    The clock is virtual: waiting for a killed process's lease would show in `predicted_at`.
    """
    calm, report = replayed
    home = tmp_path / "killed"
    fill = killing.messages_of(calm, "backfill")
    when = killing.moments(SEED, fill, killing.done(calm))
    window = ["--from", FIRST, "--to", LAST, "--home", home, "--json", tmp_path / "killed.json"]
    killed = killing.run_killed(["replay", "--data", folder, *window], home, when)
    assert len(killed) == len(when) == 10
    assert killed[0] == 0
    assert sum(n < fill for n in killed) >= 4, "filling"
    assert sum(n >= fill for n in killed) >= 5, "training, pregame and postgame"
    again = runs.replay(folder, FIRST, LAST, home)
    untimed = {k: v for k, v in again.items() if not k.startswith("seconds") and k not in ("events", "redeliveries")}
    assert untimed == {k: report[k] for k in untimed}
    assert again["dead_letters"] == 0
    assert again["redeliveries"] > 0, "no kill met a leased message: choose other moments"
    assert runs.documents(home, "verdicts") == runs.documents(calm, "verdicts")
    calm_bytes, killed_bytes = (killing.exports(h, tmp_path / f"export-{i}") for i, h in enumerate((calm, home)))
    assert calm_bytes.keys() == killed_bytes.keys()
    assert [name for name in calm_bytes if calm_bytes[name] != killed_bytes[name]] == []
    assert all(len(b) > 1000 for b in calm_bytes.values())
