"""The same fan-in on DBOS with SQLite; run in its own virtualenv: `dbos_fanin.py ROUNDS FAN_IN children|steps`.

`children`: each unit is a child workflow, as for independent workers. `steps`: each unit is a step of one workflow in
one process, the cheapest DBOS has.
"""

import importlib.metadata
import json
import logging
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from dbos import DBOS
from dbos._dbos import _get_dbos_instance
from sqlalchemy import text

logging.disable(logging.WARNING)
ROUNDS, FAN_IN, HOW = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
folder = tempfile.TemporaryDirectory(dir="build")
path = Path(folder.name) / "dbos.sqlite"
with sqlite3.connect(path) as first:
    first.execute("PRAGMA journal_mode = WAL")  # stays with the file; DBOS itself leaves SQLite's rollback journal
DBOS(
    config={
        "name": "bench",
        "system_database_url": f"sqlite:///{path}",
        "log_level": "ERROR",
        "run_admin_server": False,
    }
)


@DBOS.step()
def unit(number: int) -> int:
    return number


@DBOS.workflow()
def child(number: int) -> int:
    return number


@DBOS.step()
def downstream(results: list[int]) -> int:
    return len(results)


@DBOS.workflow()
def by_children() -> int:
    handles = [DBOS.start_workflow(child, n) for n in range(FAN_IN)]
    return downstream([h.get_result(polling_interval_sec=0.002) for h in handles])


@DBOS.workflow()
def by_steps() -> int:
    return downstream([unit(n) for n in range(FAN_IN)])


DBOS.launch()
workflow = by_children if HOW == "children" else by_steps
assert workflow() == FAN_IN  # warm
started = time.perf_counter()
for _ in range(ROUNDS):
    assert workflow() == FAN_IN
seconds = time.perf_counter() - started
with _get_dbos_instance()._sys_db.engine.connect() as connection:  # noqa: SLF001 - the one it writes with
    mode = connection.execute(text("PRAGMA journal_mode")).scalar()
    level = connection.execute(text("PRAGMA synchronous")).scalar()
durability = f"{mode} synchronous={level}"
print(json.dumps({"seconds": seconds, "durability": durability, "version": importlib.metadata.version("dbos")}))
DBOS.destroy()
