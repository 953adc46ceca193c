"""Replay: any dates through the production handlers, on a virtual clock, resumable at any moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.bootstrap import LocalApp
from shared.clock import VirtualClock
from shared.contracts.events import Delivery, RunRequested
from shared.errors import UserError
from shared.map.model import PipelineMap
from shared.protocol.manifest import verdicts_of
from shared.rules import fanin
from tipoff.local import calendar
from tipoff.local.calendar import GameDay
from tipoff.local.runtime import LocalRuntime

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Plan:
    """The dates to replay, and the earlier window to load first (None: nothing is missing)."""

    fill: tuple[date, date] | None
    days: tuple[GameDay, ...]


@dataclass
class Timing:
    """Wall seconds of each part."""

    filling: float = 0.0
    training: float = 0.0
    per_date: dict[date, float] = field(default_factory=dict)


def make_plan(all_days: list[GameDay], first: date, last: date, covered: Callable[[date], bool]) -> Plan:
    """Dates from `first` to `last`, and the earlier ones that no run has covered yet; UserError without games."""
    if last < first:
        raise UserError(f"--from {first} is after --to {last}")
    days = tuple(d for d in all_days if first <= d.day <= last)
    if not days:
        nearest = min(all_days, key=lambda d: abs(d.day - first)).day
        raise UserError(f"no games between {first} and {last}; the nearest date with games is {nearest}")
    missing = [d.day for d in all_days if d.day < days[0].day and not covered(d.day)]
    return Plan((missing[0], days[0].day - timedelta(days=1)) if missing else None, days)


def covered_dates(app: LocalApp) -> Callable[[date], bool]:
    """A function: whether a postgame run or a complete backfill has loaded the facts and features of a date."""
    settled = [s.id for s in app.state.find("runs", "settled", limit=100_000)]
    graded, filling = f".{app.map.kind_with('grade')}", f".{app.map.backfill_kind()}"
    single = {i.removesuffix(graded) for i in settled if i.endswith(graded)}
    filled = [i for i in settled if i.endswith(filling) and not stopped(app, i)]
    windows = [i.removesuffix(filling).split("_") for i in filled]

    def covered(day: date) -> bool:
        text = day.isoformat()
        return text in single or any(w[0] <= text <= w[-1] for w in windows)

    return covered


def stopped(app: LocalApp, run_id: str) -> str:
    """Which phase stopped the run's current generation, and why; empty if none did so far."""
    manifest = app.engine.manifest(run_id, app.engine.current_generation(run_id))
    for phase, verdict in verdicts_of(app.state, manifest).items():
        if verdict["outcome"] not in fanin.GOES_ON:
            return f"{phase} is {verdict['outcome']}: {verdict['reason']}"
    return ""


@dataclass
class Replay:
    """One replay over an app, with its clock.

    A live source is asked before every tip, each time as a new generation, because it no longer lists the lines of
    games that have begun. A history folder can answer as of any moment, so one request before the last tip gives every
    game the same rows (`every_tip` false).
    """

    app: LocalApp
    runtime: LocalRuntime
    clock: VirtualClock
    progress: Progress
    every_tip: bool = False
    timing: Timing = field(default_factory=Timing)

    @property
    def map(self) -> PipelineMap:
        """The map the app was built with."""
        return self.app.map

    def first_fill(
        self, all_days: list[GameDay], first: date, last: date, *, train: bool = True, through: date | None = None
    ) -> tuple[GameDay, ...]:
        """Bring in what lies before the dates and train on it, or need a model; the dates that have games.

        Trains on games up to `through`, at most and by default the day before.
        """
        plan = make_plan(all_days, first, last, covered_dates(self.app))
        if plan.fill:
            self.fill(plan.fill)
        before = plan.days[0].day - timedelta(days=1)
        if train:
            self.train(min(through or before, before))
        else:
            self.need_model()
        return plan.days

    def fill(self, window: tuple[date, date]) -> None:
        """Bring the dates before the replay in, as one backfill run; UserError says why it stopped.

        A backfill that stopped before is requested again.
        """
        started = time.perf_counter()
        units = sum(len(p.units) for p in self.map.runs[self.map.backfill_kind()].phases.values())
        done = 0

        def show(delivery: Delivery) -> None:
            nonlocal done
            done += 1
            self.progress(f"history {window[0]} to {window[1]}: {delivery.message.id.rpartition('.')[2]}", done, units)

        self.progress(f"history {window[0]} to {window[1]}", 0, units)
        self.runtime.on_delivery = show
        self.clock.advance_to(calendar.morning(window[1] + timedelta(days=1), self.map))
        run_id = self._run(self.map.backfill_kind(), window, self.clock.now())
        self.runtime.on_delivery = lambda _: None
        if why := stopped(self.app, run_id):
            raise UserError(f"the history {window[0]} to {window[1]} could not be filled: {why}")
        self.timing.filling = time.perf_counter() - started

    def train(self, through: date) -> None:
        """Train on earlier games, unless the same models exist; with too few games the trained systems are left out."""
        from tipoff.training import trainer

        started = time.perf_counter()
        self.progress(f"training through {through}", 0, 1)
        try:
            trainer.train(self.app.tables, self.app.models, through=through, now=self.clock.now(), progress=self._note)
        except UserError as error:
            self._note(f"not trained: {error}")
        self.progress(f"training through {through}", 1, 1)
        self.timing.training += time.perf_counter() - started

    def _note(self, text: str) -> None:
        self.progress(f"training: {text}", 0, 1)

    def need_model(self) -> None:
        """UserError unless the home holds a trained model."""
        from tipoff.training import trainer

        if not any(self.app.models.current(system) for system in trainer.SYSTEMS):
            raise UserError("the home has no trained model: run once without --no-train")

    def walk(self, days: tuple[GameDay, ...], retrain_days: int | None = None) -> None:
        """Every date: predictions as of each game's tip minus the lead, then grades the morning after.

        With `retrain_days` the systems are trained again, through the day before, on the first date of every so many
        days from the first; the days are counted on the calendar, so that a resumed replay trains on the same dates.
        """
        self.app.tables.expect_slates()
        moments = [[*self._pregame_times(day), calendar.postgame_at(day, self.map)] for day in days]
        following = iter([*(at for times in moments for at in times), None])
        next(following)
        trained_in = 0
        for number, day in enumerate(days):
            period = (day.day - days[0].day).days // retrain_days if retrain_days else 0
            if period > trained_in:
                trained_in = period
                self.train(day.day - timedelta(days=1))
            started = time.perf_counter()
            self.progress(f"replaying {day.day}", number, len(days))
            for at in moments[number]:
                step = "grade" if at == moments[number][-1] else "predict"
                self._run(self.map.kind_with(step), (day.day, day.day), at, next(following))
            self.timing.per_date[day.day] = time.perf_counter() - started
        self.progress(f"replayed {len(days)} dates", len(days), len(days))

    def _pregame_times(self, day: GameDay) -> tuple[datetime, ...]:
        times = calendar.pregame_times(day, self.map)
        return times if self.every_tip else times[-1:]

    def _run(self, kind: str, window: tuple[date, date], at: datetime, before: datetime | None = None) -> str:
        """Request the run as of that moment, unless it has settled, and deliver until it does; its id.

        What it misses is asked for again, but not after `before`, when another run is due.
        """
        text = window[0].isoformat() if window[0] == window[1] else f"{window[0]}_{window[1]}"
        run_id = f"{text}.{kind}"
        request_id = f"{run_id}@{at:%Y%m%dT%H%M}"
        run = self.app.state.get("runs", run_id)
        if run is not None and run.doc["state"] == "settled":
            if kind == self.map.backfill_kind() and stopped(self.app, run_id):
                request_id = f"{request_id}-{run.doc['generation'] + 1}"
            if request_id in run.doc["requests"]:
                if self.runtime.is_asking(run_id, run.doc["generation"]):
                    self.runtime.settle(run_id, self.clock, before)
                return run_id
        self.clock.advance_to(at)
        request = RunRequested(request_id=request_id, kind=kind, from_date=window[0], to_date=window[1], as_of=at)
        self.runtime.request(request)
        self.runtime.settle(run_id, self.clock, before)
        return run_id
