"""The same fan-in as a huey chord on SqliteHuey with fsync.

Run in its own virtualenv: `huey_fanin.py ROUNDS FAN_IN`.
"""

import importlib.metadata
import json
import logging
import sys
import tempfile
import time
from pathlib import Path

from huey import SqliteHuey, chord

logging.disable(logging.WARNING)
ROUNDS, FAN_IN = int(sys.argv[1]), int(sys.argv[2])
folder = tempfile.TemporaryDirectory(dir="build")
huey = SqliteHuey(filename=str(Path(folder.name) / "huey.db"), fsync=True, journal_mode="wal")
joined: list[int] = []


@huey.task()
def unit(number: int) -> int:
    return number


@huey.task()
def downstream(results: list[int]) -> int:
    joined.append(len(results))
    return len(results)


started = time.perf_counter()
for _ in range(ROUNDS):
    huey.enqueue(chord([unit.s(n) for n in range(FAN_IN)], downstream.s()))
    while (task := huey.dequeue()) is not None:  # the consumer's loop without its sleeps
        huey.execute(task)
seconds = time.perf_counter() - started
assert joined == [FAN_IN] * ROUNDS
connection = huey.storage.conn
mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
level = connection.execute("PRAGMA synchronous").fetchone()[0]
durability = f"{mode} synchronous={level}"
print(json.dumps({"seconds": seconds, "durability": durability, "version": importlib.metadata.version("huey")}))
