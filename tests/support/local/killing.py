"""A replay killed with SIGKILL at seeded moments of its work and started again until it is done."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.support.local import runs

TABLES = (
    *("ml_feature_store_v2", "player_prop_predictions", "prediction_accuracy", "system_daily_performance"),
    *("player_game_summary", "player_daily_cache"),
)
POLL_S = 0.003


@dataclass(frozen=True)
class Moment:
    """Kill once so many distinct messages are done, a little later."""

    done: int
    later_s: float


def moments(seed: int, fill: int, events: int, count: int = 10) -> list[Moment]:
    """Seeded moments spread over a replay's work: its filling, its training, and the runs after it.

    Counted in messages and not in seconds, so that they fall into the same work on a slow machine and on a fast one.
    One falls into the start-up, one into the training (which begins when the history is filled), the others
    anywhere, spread over each part.
    """
    rng = Random(seed)
    found = [Moment(n, rng.uniform(0.0, 0.1)) for n in _spread(rng, 1, fill - 2, 3)]
    found += [Moment(n, rng.uniform(0.0, 0.1)) for n in _spread(rng, fill + 2, events - 20, count - 5)]
    found += [Moment(0, rng.uniform(0.2, 1.0)), Moment(fill, rng.uniform(0.0, 0.2))]
    return sorted(found, key=lambda m: (m.done, m.later_s))


def _spread(rng: Random, first: int, last: int, count: int) -> list[int]:
    """One random number of each of `count` equal parts."""
    width = (last - first) / count
    return [round(first + (i + rng.random()) * width) for i in range(count)]


def done(home: Path) -> int:
    """How many distinct messages the queue has seen to their end; 0 before there is a queue."""
    path = home / "queue.db"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=5)) as db:
        try:
            return int(db.execute("SELECT COUNT(DISTINCT id) FROM messages WHERE state = 'done'").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # the table is not there yet


def messages_of(home: Path, run_suffix: str) -> int:
    """How many distinct messages the runs of that name took."""
    with closing(sqlite3.connect(home / "queue.db")) as db:
        sql = "SELECT COUNT(DISTINCT id) FROM messages WHERE id LIKE ?"
        return int(db.execute(sql, (f"%{run_suffix}%",)).fetchone()[0])


def run_killed(arguments: list[object], home: Path, when: list[Moment], limit_s: float = 600) -> list[int]:
    """Start the command, kill it at each moment, and let the last start finish; messages done at each kill."""
    killed = []
    for moment in when:
        process = runs.start(*arguments)
        try:
            if _wait(process, home, moment, limit_s):
                process.kill()
                killed.append(done(home))
        finally:
            process.kill()
            process.communicate()
    code, _, err = runs.tipoff(*arguments)
    assert code == 0, err
    return killed


def _wait(process: "runs.subprocess.Popen[str]", home: Path, moment: Moment, limit_s: float) -> bool:
    """Wait for the moment; False if the process ended before it."""
    until = time.monotonic() + limit_s
    while done(home) < moment.done:
        if process.poll() is not None or time.monotonic() > until:
            return False
        time.sleep(POLL_S)
    time.sleep(moment.later_s)
    return process.poll() is None


def exports(home: Path, into: Path) -> dict[str, bytes]:
    """Every table that matters as `tipoff export` writes it, Parquet and CSV, by file name."""
    into.mkdir()
    for table in TABLES:
        for kind in ("parquet", "csv"):
            code, _, err = runs.here("export", table, "--home", home, "--out", into / f"{table}.{kind}")
            assert code == 0, err
    return {p.name: p.read_bytes() for p in sorted(into.iterdir())}
