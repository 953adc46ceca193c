"""One slate of the sample season on a home of its own: prepared once, then played by processes that may be killed."""

import multiprocessing
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.adapters.history_feeds import HistoryFeeds
from shared.adapters.local.state import SqliteState
from shared.bootstrap import LocalApp, build_local
from shared.clock import VirtualClock
from shared.contracts.events import SweepRequested, message
from shared.contracts.rows import tables
from shared.map.loader import pipeline_map
from shared.settings import Settings
from shared.work.app import App
from tests.crash.points import Hit, Watcher, install, killer
from tipoff.home import Home
from tipoff.local import calendar
from tipoff.local.replay import Replay, covered_dates, make_plan
from tipoff.local.runtime import LocalRuntime
from tipoff.slate.export import export

SEED = 7
HISTORY_DAYS = 24
DAYS_AFTER = 4  # the slate is not the last: caches for the next one are made
SWEEPS = {"before": timedelta(hours=-1), "after": timedelta(hours=30)}  # from the morning of the slate
VOLATILE = ("seconds", "bytes", "attempt", "completed_at", "settled_at", "at", "opened_at", "closed_at", "code_hash")


def quiet(_: str, __: int, ___: int) -> None:
    """No progress is shown."""


def open_app(home: Path, folder: Path, clock: VirtualClock) -> LocalApp:
    """The real app on the local stores and the sample season's folder."""
    return build_local(
        Settings(home=home, source="history", data=folder), clock, HistoryFeeds(folder), memory_limit="256MB"
    )


def prepare(root: Path, *, train: bool = True) -> date:
    """A folder with the sample season, and a home with weeks of history and trained models; the slate's date."""
    from tipoff.sample.folder import write_folder
    from tipoff.sample.league import League

    league = League(SEED)
    last = league.start + timedelta(days=HISTORY_DAYS + DAYS_AFTER)
    write_folder(league, root / "folder", last)
    days = calendar.history_days(HistoryFeeds(root / "folder"), pipeline_map())
    slate = next(d for d in days if d.day >= league.start + timedelta(days=HISTORY_DAYS))
    clock = VirtualClock(calendar.morning(days[0].day, pipeline_map()))
    app = open_app(root / "prepared", root / "folder", clock)
    replay = Replay(app, LocalRuntime(app, app.events), clock, quiet)
    plan = make_plan(days, slate.day, slate.day, covered_dates(app))
    assert plan.fill is not None
    replay.fill(plan.fill)
    if train:
        replay.train(slate.day - timedelta(days=1))
    app.close()
    return slate.day


def play(home: Path, folder: Path, day: date, seen: Callable[[Hit], None]) -> None:
    """The slate from its morning to its grades, with a sweep of the monitor before and after; continues if it was started."""
    watcher = Watcher(seen)
    install(watcher)
    with Home(home).locked():
        clock = VirtualClock(_last_moment(home, calendar.morning(day, pipeline_map()) + SWEEPS["before"]))
        app = open_app(home, folder, clock)
        app.engine.point = watcher.at
        runtime = LocalRuntime(app, app.events)
        runtime.run_due()
        _sweep(app, runtime, clock, day, "before")
        days = [d for d in calendar.history_days(HistoryFeeds(folder), app.map) if d.day == day]
        Replay(app, runtime, clock, quiet).walk(tuple(days))
        _sweep(app, runtime, clock, day, "after")
        app.close()


def _sweep(app: App, runtime: LocalRuntime, clock: VirtualClock, day: date, name: str) -> None:
    """Request one sweep of the monitor, however often the process is started."""
    at = calendar.morning(day, app.map) + SWEEPS[name]
    if app.state.get("sweeps", name) is None:
        clock.advance_to(at)
        app.events.publish([message("nba-coverage-sweep", SweepRequested(at=at))])
        app.state.create("sweeps", name, {})
    runtime.run_due()


def _last_moment(home: Path, otherwise: datetime) -> datetime:
    """The time at which the killed process stopped, so that the next one continues from there."""
    with closing(sqlite3.connect(Home(home).files.queue)) as db:
        last = db.execute("SELECT MAX(published_at) FROM messages").fetchone()[0]
    return max(otherwise, datetime.fromtimestamp(last, UTC)) if last else otherwise


# -- processes ------------------------------------------------------------------------------------------------------

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.crash.slate", "catboost", "scipy.stats", "tipoff.training.trainer"])


def _killed_at(home: Path, folder: Path, day: date, wanted: Hit | None) -> None:
    play(home, folder, day, killer(wanted) if wanted else lambda _: None)


def _traced(home: Path, folder: Path, day: date, trace: Any) -> None:
    hits: list[Hit] = []
    play(home, folder, day, hits.append)
    trace.send(hits)


def run_process(home: Path, folder: Path, day: date, wanted: Hit | None) -> bool:
    """Play in a process of its own; whether it was killed at the wanted hit."""
    process = _context.Process(target=_killed_at, args=(home, folder, day, wanted))
    process.start()
    process.join()
    if process.exitcode not in (0, -9):
        raise AssertionError(f"the process ended with {process.exitcode} before {wanted}")
    return process.exitcode == -9


def trace_of(home: Path, folder: Path, day: date) -> list[Hit]:
    """Play undisturbed in a process of its own; every point it passed, in order."""
    receiver, sender = _context.Pipe(duplex=False)
    process = _context.Process(target=_traced, args=(home, folder, day, sender))
    process.start()
    sender.close()  # so that the death of the process ends the wait
    hits: list[Hit] = receiver.recv()
    process.join()
    return hits


def copy_home(prepared: Path, home: Path) -> Path:
    """A home of its own."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(prepared, home)
    return home


# -- what is compared -----------------------------------------------------------------------------------------------


def contents(home: Path, day: date) -> dict[str, bytes]:
    """Every table of the slate's days as exported, byte by byte, and every document without its clock times."""
    found: dict[str, bytes] = {}
    source = Home(home).tables()
    out = home / "export.parquet"
    for name, contract in tables().items():
        export(source, contract, out, day - timedelta(days=1), day + timedelta(days=14))
        found[name] = out.read_bytes()
    source.close()
    state = SqliteState(Home(home).files.state)
    for collection in ("runs", "manifests", "completions", "verdicts", "alerts", "quarantine", "waiting"):
        docs = state.get_many(collection, state.ids(collection, ""))
        found[collection] = repr({i: _timeless(d) for i, d in sorted(docs.items())}).encode()
    state.close()
    with closing(sqlite3.connect(Home(home).files.queue)) as db:
        open_messages = db.execute("SELECT id, state FROM messages WHERE state != 'done' ORDER BY id").fetchall()
    found["unfinished messages"] = repr(open_messages).encode()
    return found


def _timeless(doc: Any) -> Any:
    return {k: v for k, v in doc.items() if k not in VOLATILE} if isinstance(doc, dict) else doc


def differences(calm: dict[str, bytes], killed: dict[str, bytes]) -> list[str]:
    """The names of tables and collections that differ."""
    return sorted(n for n in calm.keys() | killed.keys() if calm.get(n) != killed.get(n))
