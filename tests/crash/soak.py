"""Soak: a game date a minute with random SIGKILLs: `python -m tests.crash.soak --minutes 60`.

A child plays the sample season's dates one after the other, one a minute, and is killed at random moments; each time
it is started again it continues. Reported per date: memory of the child, sizes of its files. At the end every date is
played again undisturbed on another home, and all tables are compared. When the season is over the next home begins.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from shared.adapters.history_feeds import HistoryFeeds
from shared.clock import VirtualClock
from shared.contracts.rows import tables
from shared.map.loader import pipeline_map
from tests.crash import slate
from tipoff.home import Home
from tipoff.local import calendar
from tipoff.local.replay import Replay
from tipoff.local.runtime import LocalRuntime
from tipoff.sample.folder import write_folder
from tipoff.sample.league import League
from tipoff.slate.export import export

MEAN_KILL_S = 45.0
FILES = ("state.db", "state.db-wal", "queue.db", "queue.db-wal", "warehouse.duckdb", "warehouse.duckdb.wal")
MIB = 1024 * 1024
PROGRESS = "progress.txt"  # a line for every date that is done


def play_dates(home: Path, folder: Path, first: int, last: int, pace_s: float) -> None:
    """Play dates by their number, one every `pace_s` seconds; those that are done cost nothing."""
    with Home(home).locked():
        days = calendar.history_days(HistoryFeeds(folder), pipeline_map())
        start = calendar.morning(days[0].day, pipeline_map())
        queue_there = Home(home).files.queue.exists()
        clock = VirtualClock(slate._last_moment(home, start) if queue_there else start)
        app = slate.open_app(home, folder, clock)
        runtime = LocalRuntime(app, app.events)
        runtime.run_due()
        replay = Replay(app, runtime, clock, slate.quiet)
        for number in range(first, last):
            began = time.monotonic()
            done = app.state.get("soak", str(number)) is not None
            replay.walk((days[number],))
            if not done:
                app.state.create("soak", str(number), {})
            with (home / PROGRESS).open("a") as progress:
                progress.write(f"{days[number].day} {_rss_mib(os.getpid()):.0f}\n")
            if not done:
                time.sleep(max(0.0, pace_s - (time.monotonic() - began)))
        app.close()


def _rss_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@dataclass
class Season:
    """One home through a season: what was done and how the child grew."""

    home: Path
    folder: Path
    kills: int = 0
    dates: list[date] = field(default_factory=list)
    rss_mib: list[float] = field(default_factory=list)

    def run(self, numbers: range, pace_s: float, until: float, rng: Random) -> None:
        """Play, killing the child at random, until the dates or the time are over."""
        while len(self.dates) < len(numbers) and time.monotonic() < until:
            first = numbers.start + len(self.dates)
            command = [sys.executable, "-m", "tests.crash.soak", "--child", self.home, self.folder]
            span = [str(first), str(numbers.stop), str(pace_s)]
            process = subprocess.Popen([*map(str, command), *span])
            kill_at = min(until, time.monotonic() + rng.expovariate(1 / MEAN_KILL_S))
            while process.poll() is None and time.monotonic() < kill_at:
                self._read()
                time.sleep(0.2)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                self.kills += 1
            process.wait()
            self._read()
            if process.returncode not in (0, -9):
                raise SystemExit(f"the child ended with {process.returncode}")

    def _read(self) -> None:
        path = self.home / PROGRESS
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        for line in lines[len(self.dates) :]:
            day, rss = line.split()
            self.dates.append(date.fromisoformat(day))
            self.rss_mib.append(float(rss))
            sizes = sum((self.home / f).stat().st_size for f in FILES if (self.home / f).exists()) / MIB
            print(f"{day}: child {rss} MiB, files {sizes:.1f} MiB, {self.kills} kills so far", flush=True)


def compare(season: Season, numbers: range) -> list[str]:
    """Play the same dates undisturbed on another home; names of the tables that differ."""
    calm = season.home.with_name(f"{season.home.name}-calm")
    calm.mkdir()
    begun = min(len(season.dates) + 1, len(numbers))  # the last date may have been cut short: let it finish
    for home in (season.home, calm):
        play_dates(home, season.folder, numbers.start, numbers.start + begun, 0.0)
    return [name for name in tables() if _bytes(season.home, name) != _bytes(calm, name)]


def _bytes(home: Path, name: str) -> bytes:
    source = Home(home).tables()
    export(source, tables()[name], home / "export.parquet", None, None)
    source.close()
    return (home / "export.parquet").read_bytes()


def main() -> int:
    """The command line; exit code 1 if anything differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--pace", type=float, default=60.0, help="seconds a game date")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", nargs=5, metavar=("HOME", "FOLDER", "FIRST", "LAST", "PACE"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        home, folder, first, last, pace = given.child
        play_dates(Path(home), Path(folder), int(first), int(last), float(pace))
        return 0
    rng, until = Random(given.seed), time.monotonic() + given.minutes * 60
    bad: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tipoff-soak-", ignore_cleanup_errors=True) as root:
        seasons = []
        while time.monotonic() < until:
            number = len(seasons)
            league = League(given.seed + number)
            folder = write_folder(league, Path(root) / f"folder-{number}", league.end - timedelta(days=1))
            season = Season(Path(root) / f"home-{number}", folder)
            season.home.mkdir()
            seasons.append(season)
            dates = range(len(calendar.history_days(HistoryFeeds(folder), pipeline_map())))
            season.run(dates, given.pace, until, rng)
            print(
                f"season {number}: {len(season.dates)} dates, {season.kills} kills; playing them undisturbed",
                flush=True,
            )
            bad += compare(season, dates)
    rss = [r for s in seasons for r in s.rss_mib]
    print(
        f"{sum(len(s.dates) for s in seasons)} dates, {sum(s.kills for s in seasons)} kills, seed {given.seed}; child "
        f"{min(rss, default=0):.0f} to {max(rss, default=0):.0f} MiB, last {rss[-1] if rss else 0:.0f}; "
        f"{f'DIFFERS in {bad}' if bad else 'no byte differs'}"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
