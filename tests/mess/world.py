"""The world that is disturbed: the sample league's sources over the real HTTP client, and homes prepared per date.

For each date there is a home before each step, and the rows that an undisturbed run has after it. A disturbed run starts
from a copy of one of the homes, with the models fixed.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from typing import Any
from urllib.parse import parse_qs

import httpx2
import stamina

from shared.adapters.http_feeds import HttpFeeds
from shared.bootstrap import LocalApp
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested
from shared.contracts.sources import SITES
from shared.map.loader import pipeline_map
from shared.settings import Settings
from tests.mess import touched
from tests.mess.answers import Answer
from tests.mess.touched import Rows
from tests.support.places import ROOT
from tipoff.home import Home
from tipoff.local import calendar
from tipoff.local.calendar import GameDay
from tipoff.local.replay import Replay
from tipoff.local.runtime import LocalRuntime
from tipoff.sample import League, server

LEAGUE_SEED = 7
MEMORY = "500MB"
EARLY_BEFORE = timedelta(minutes=90)  # more than any deadline of the pregame run
LATEST = timedelta(minutes=40)  # a prediction's as_of after its run is asked for: what is repeated comes before it
RETRY_AFTER = timedelta(hours=3)  # as the map's schedule of the retry
NOT_OF_HOMES = ("faults.py", "surroundings.py", "invariants.py", "run.py", "mutants.py")
START = datetime(2024, 10, 1, tzinfo=UTC)
BASE = "http://127.0.0.1:9"  # no server: the transport answers
Change = Callable[[str, dict[str, str], Answer], Answer]


@dataclass(frozen=True)
class Step:
    """One run of a date: its kind, the moment at which it is asked for, and its `as_of`."""

    name: str
    kind: str
    at: datetime
    as_of: datetime


@dataclass(frozen=True)
class Day:
    """A date of the sample season with its steps: `early` and `last` predict, `graded` grades."""

    league: League
    games: GameDay

    @property
    def day(self) -> date:
        """The game date."""
        return self.games.day

    @cached_property
    def steps(self) -> dict[str, Step]:
        """The steps by name, in their order."""
        pipeline = pipeline_map()
        last = calendar.pregame_times(self.games, pipeline)[0] - LATEST
        early = last - EARLY_BEFORE
        graded = calendar.postgame_at(self.games, pipeline)
        steps = (
            Step("early", "pregame", early, early + LATEST),
            Step("last", "pregame", last, last + LATEST),
            Step("graded", "postgame", graded, graded),
        )
        return {s.name: s for s in steps}


class Wire(httpx2.BaseTransport):
    """The sample league's sources, which stand still at one moment; `change` disturbs what they answer.

    `jumps` says how far the clock jumps during which of the requests from now on.
    """

    def __init__(self, league: League, clock: VirtualClock) -> None:
        self.league = league
        self.clock = clock
        self.at = START
        self.change: Change | None = None
        self.jumps: dict[int, timedelta] = {}
        self._asked = 0
        self._reports: dict[str, tuple[str, bytes]] = {}

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The real host's answer at that moment, after the change."""
        self.clock._now += self.jumps.pop(self._asked, timedelta())
        self._asked += 1
        path = request.url.path
        query = {k: v[-1] for k, v in parse_qs(request.url.query.decode()).items()}
        found = self._answer(path, query)
        answer = Answer(200, found[1]) if found else Answer(404, b'{"message":"not found"}')
        if self.change is not None:
            answer = self.change(path, query, answer)
        if answer.is_lost:
            raise httpx2.RemoteProtocolError("the connection was closed in the middle of the answer")
        return httpx2.Response(answer.status, headers=answer.headers, content=answer.body)

    def disturb(self, change: Change | None, jumps: dict[int, timedelta]) -> None:
        """From now on change the answers, and let the clock jump."""
        self.change, self.jumps, self._asked = change, jumps, 0

    def _answer(self, path: str, query: dict[str, str]) -> tuple[str, bytes] | None:
        """A report takes long to make and never changes once it is published."""
        if path in self._reports:
            return self._reports[path]
        found = server.answer(self.league, path, query, self.at)
        if found and path.endswith(".pdf"):
            self._reports[path] = found
        return found


@dataclass
class World:
    """An open home over the sources, with its clock."""

    app: LocalApp
    clock: VirtualClock
    wire: Wire
    runtime: LocalRuntime

    def run(self, day: Day, step: Step, *, again: bool = False, always: bool = True) -> None:
        """Ask for the step's run and deliver until it has settled.

        `again`: once more, of predictions at the very same moment, to which clock and sources return, as live sources
        keep no past; of grades hours later, until nothing is asked for any more. Without `always` only if the run before
        was not whole.
        """
        retry_at = step.at + RETRY_AFTER if again and step.kind == "postgame" else step.at
        if again and step.kind == "pregame":
            self.clock._now = step.at
        self.clock.advance_to(retry_at)
        self.wire.at = step.at
        request = RunRequested(
            request_id=f"{day.day}.{step.kind}@{step.name}{'-again' if again else ''}",
            kind=step.kind,
            from_date=day.day,
            to_date=day.day,
            as_of=max(step.as_of, retry_at),
            only_if="always" if always else "not_whole",
        )
        self.runtime.request(request)
        self.runtime.settle(f"{day.day}.{step.kind}", self.clock, None if again else step.as_of)

    def rows(self, day: Day) -> Rows:
        """The rows of the date."""
        return touched.read(self.app.tables, day.day)


@contextmanager
def opened(home: Path, league: League, start: datetime, *, is_kept: bool = True) -> Iterator[World]:
    """Open a home over the league's sources; no wait between the client's tries takes real time.

    One that is not kept is closed without folding the log into its file, a tenth of a messy date's time.
    """
    clock = VirtualClock(start)
    wire = Wire(league, clock)
    bases = dict.fromkeys(SITES, BASE)
    feeds = HttpFeeds(bases, attempts=3)
    feeds._client = feeds._by_proxy = httpx2.Client(transport=wire)
    settings = Settings(home=home, source="nba", base_urls=bases)
    with (
        stamina.set_testing(testing=True, attempts=3, cap=True),
        Home(home).opened(settings, clock, feeds, memory_limit=MEMORY) as app,
    ):
        app.tables.expect_slates()
        if not is_kept:
            app.tables._db.execute("PRAGMA disable_checkpoint_on_shutdown")
        yield World(app, clock, wire, LocalRuntime(app, app.events))
    feeds.close()


@dataclass(frozen=True)
class Prepared:
    """The folder of prepared homes, and its dates."""

    root: Path
    days: tuple[Day, ...]

    def home(self, day: Day, before: str) -> Path:
        """The home as it was before a step: `early`, `last` or `graded`."""
        return self.root / f"{day.day}-{before}"

    def rows(self, day: Day) -> dict[str, Rows]:
        """What an undisturbed run has after each step."""
        return _rows(self.root / f"{day.day}.rows")


@cache
def _rows(path: Path) -> dict[str, Rows]:
    found: dict[str, Rows] = pickle.loads(path.read_bytes())  # noqa: S301 - written by `prepare`
    return found


def copy_home(source: Path, target: Path) -> None:
    """Copy a home without its archive: a run reads only what it has archived itself."""
    copytree(source, target, ignore=ignore_patterns("archive"))


def all_days(league: League) -> list[Day]:
    """Every date with games, in order."""
    played = calendar.game_days((g.fixture.game_date, g.fixture.tip) for g in league.games)
    return [Day(league, found) for found in played]


def code_hash() -> str:
    """A hash of everything that the prepared homes depend on."""
    digest = sha256()
    for folder in ("shared", "functions", "tipoff", "tests/mess"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".yaml") and path.name not in NOT_OF_HOMES:
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def prepare(into: Path, count: int, say: Callable[[str], Any] = lambda _: None) -> Prepared:
    """Homes of the season's last dates but one, made unless this code did: filled, trained once, run undisturbed."""
    league, root = League(LEAGUE_SEED), into / code_hash()
    days = all_days(league)
    chosen = tuple(days[-count - 1 : -1])
    prepared = Prepared(root, chosen)
    if (root / "done").exists():
        return prepared
    rmtree(into, ignore_errors=True)
    root.mkdir(parents=True)
    work = root / "work"
    start = calendar.morning(days[0].day, pipeline_map())
    with opened(work, league, start) as world:
        say(f"filling {days[0].day} to {chosen[0].day}")
        replay = Replay(world.app, world.runtime, world.clock, lambda *_: None)
        world.wire.at = calendar.morning(chosen[0].day, pipeline_map())
        replay.fill((days[0].day, chosen[0].day - timedelta(days=1)))
        say("training")
        replay.train(chosen[0].day - timedelta(days=1))
    for day in chosen:
        say(f"undisturbed {day.day}")
        _undisturbed(prepared, work, day)
    rmtree(work)
    (root / "done").touch()
    return prepared


def _undisturbed(prepared: Prepared, work: Path, day: Day) -> None:
    """Run one date step by step; keep the home before each, and the rows after it."""
    rows: dict[str, Rows] = {}
    for name, step in day.steps.items():
        copy_home(work, prepared.home(day, name))
        with opened(work, day.league, step.at) as world:
            world.run(day, step)
            _expect_whole(world.app, f"{day.day}.{step.kind}")
            rows[name] = world.rows(day)
    (prepared.root / f"{day.day}.rows").write_bytes(pickle.dumps(rows))


def _expect_whole(app: LocalApp, run_id: str) -> None:
    """RuntimeError unless every phase is complete: a broken run is no measure for the disturbed ones."""
    manifest = app.engine.manifest(run_id, app.engine.current_generation(run_id))
    verdicts = app.state.get_many("verdicts", [f"{manifest.id}.{phase}" for phase in manifest.phases])
    if lacking := [f"{id_}: {doc['reason']}" for id_, doc in verdicts.items() if doc["outcome"] != "complete"]:
        raise RuntimeError(f"the undisturbed run is not whole: {'; '.join(lacking)}")
