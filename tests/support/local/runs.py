"""Helpers of the end-to-end tests: the real command in a process of its own, and what it left in a home."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from shared.adapters.history_feeds import HistoryFeeds
from shared.adapters.local.files import HomeFiles
from shared.adapters.local.state import SqliteState
from shared.bootstrap import LocalApp, build_local
from shared.clock import VirtualClock
from shared.map.loader import pipeline_map
from shared.settings import Settings
from tests.support.places import ROOT
from tipoff.cli import main
from tipoff.local import calendar
from tipoff.local.calendar import GameDay
from tipoff.local.replay import Replay
from tipoff.local.runtime import LocalRuntime

FIRST, LAST, NEXT = date(2024, 11, 14), date(2024, 11, 15), date(2024, 11, 16)
Copy = Callable[[Path], Path]
TIPOFF = [sys.executable, "-c", "from tipoff.cli.main import main; main()"]


def start(*arguments: object) -> "subprocess.Popen[str]":
    """The command, started."""
    command = [*TIPOFF, *(str(a) for a in arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def tipoff(*arguments: object) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one command line in a process of its own."""
    process = start(*arguments)
    out, err = process.communicate()
    return process.returncode, out, err


def here(*arguments: object) -> tuple[int, str, str]:
    """The same in this process, which spares the start: an error that nobody foresaw is raised."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run([str(a) for a in arguments])
    return code, out.getvalue(), err.getvalue()


def demonstrate(home: Path) -> dict[str, Any]:
    """`tipoff demo --json` in a process of its own, which must succeed and print one document."""
    code, out, err = tipoff("demo", "--home", home, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def replay(data: Path, first: date, last: date, home: Path, *more: object, ends: int = 0) -> dict[str, Any]:
    """`tipoff replay`, which must end with that exit code; its JSON."""
    file = home.parent / f"{home.name}.json"
    window = ["--from", first, "--to", last]
    code, _, err = here("replay", "--data", data, *window, "--home", home, "--json", file, *more)
    assert code == ends, err
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


@dataclass
class Opened:
    """A home opened in this process, as a replay would open it, with the dates of its data folder."""

    app: LocalApp
    replay: Replay
    days: dict[date, GameDay]

    def run(self, kind: str, day: date) -> None:
        """One run of a date, at the moment at which a replay would ask for it."""
        found = self.days[day]
        m = self.app.map
        at = calendar.pregame_times(found, m)[-1] if kind == "pregame" else calendar.postgame_at(found, m)
        self.replay._run(kind, (day, day), at)

    def read(self, sql: str, params: Mapping[str, Any] | None = None) -> pa.Table:
        """Rows of the warehouse."""
        return self.app.tables.read(sql, params)

    def close(self) -> None:
        """Release the home's files."""
        self.app.close()


def open_home(home: Path, data: Path) -> Opened:
    """The app of a home on a history folder, its clock before the first date."""
    feeds = HistoryFeeds(data)
    days = calendar.history_days(feeds, pipeline_map())
    clock = VirtualClock(calendar.morning(days[0].day, pipeline_map()))
    app = build_local(Settings(home=home, source="history", data=data), clock, feeds, memory_limit="500MB")
    replay = Replay(app, LocalRuntime(app, app.events), clock, lambda *_: None)
    return Opened(app, replay, {d.day: d for d in days})


def state_of(home: Path) -> SqliteState:
    """The home's state, for looking."""
    return SqliteState(HomeFiles(home).state)


def documents(home: Path, collection: str, prefix: str = "") -> dict[str, dict[str, Any]]:
    """Every document of a collection by id."""
    state = state_of(home)
    found = state.get_many(collection, state.ids(collection, prefix))
    state.close()
    return found


def rows(home: Path, sql: str, *params: object) -> list[tuple[Any, ...]]:
    """Rows of a home's warehouse."""
    with duckdb.connect(str(HomeFiles(home).warehouse), read_only=True) as db:
        db.execute("SET TimeZone = 'UTC'")
        found: list[tuple[Any, ...]] = db.execute(sql, list(params)).fetchall()
        return found


def change(folder: Path, pattern: str, sql: str) -> None:
    """Rewrite a file of a history folder: `sql` reads it as `file`."""
    (path,) = folder.glob(pattern)
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        file = pq.read_table(path)
        db.register("file", file)
        changed = db.execute(sql).to_arrow_table().cast(file.schema)
    pq.write_table(changed, path)


def instant(moment: datetime) -> str:
    """The moment as a DuckDB literal."""
    return f"TIMESTAMPTZ '{moment.isoformat()}'"
