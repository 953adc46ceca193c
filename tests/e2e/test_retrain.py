"""`tipoff replay --retrain`: killed during training and restarted, it makes the same models."""

import json
import time
from datetime import date
from pathlib import Path

from tests.support.local import runs

FIRST, LAST = date(2024, 11, 7), date(2024, 11, 14)
TRAINED = ["2024-11-06", "2024-11-13"]  # the day before the first date, and before the one a week later
LIMIT_S = 300.0


def arguments(folder: Path, home: Path) -> list[object]:
    """Eight dates, trained before the first and again after a week."""
    return ["replay", "--data", folder, "--from", FIRST, "--to", LAST, "--home", home, "--retrain", "weekly"]


def cards(home: Path) -> list[Path]:
    """The cards of all saved models."""
    return [p for p in (home / "models").glob("*/*.json") if p.name != "current.json"]


def kill_with(count: int, command: list[object], home: Path) -> None:
    """Start the command and kill it as soon as `count` models are saved."""
    process = runs.start(*command)
    until = time.monotonic() + LIMIT_S
    try:
        while len(cards(home)) < count and process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        assert process.poll() is None, f"it ended before {count} models were saved"
    finally:
        process.kill()
        process.communicate()
    assert len(cards(home)) >= count


def models(home: Path) -> dict[str, list[str]]:
    """By system: the current hash and those before it, then every saved hash with its last training date."""
    hashes = {}
    for pointer in (home / "models").glob("*/current.json"):
        kept = [json.loads(c.read_text()) for c in cards(home) if c.parent == pointer.parent]
        trained = sorted(f"{c['trained_through']} {c['hash']}" for c in kept)
        used = json.loads(pointer.read_text())
        hashes[pointer.parent.name] = [" ".join([used["hash"], *used["before"]]), *trained]
    return hashes


def test_killed_while_training_it_makes_the_same_models(folder: Path, tmp_path: Path) -> None:
    """Killed after the first model of each training and during the second: equal hashes, promoted equally."""
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    code, _, err = runs.tipoff(*arguments(folder, calm))
    assert code == 0, err
    systems = len(models(calm))
    for count in (1, systems + 1, systems + 2):
        kill_with(count, arguments(folder, killed), killed)
    code, _, err = runs.tipoff(*arguments(folder, killed))
    assert code == 0, err
    assert models(killed) == models(calm)
    assert all([t[:10] for t in trained] == TRAINED for _, *trained in models(calm).values())
