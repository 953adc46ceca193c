"""One slate through the cloud functions on emulators, compared with the same slate on one machine: `make cloud-demo`.

The local runtime makes history and models once; they are copied to both sides. Then each side predicts and grades the
same date at the same virtual times, and every row and completion of these runs is compared.
"""

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shared.adapters.cloud.storage import Bucket
from shared.adapters.history_feeds import HistoryFeeds
from shared.adapters.local.warehouse import DuckTables
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.contracts.events import RunRequested
from shared.contracts.rows import Table, tables
from shared.map.loader import pipeline_map
from shared.settings import Settings
from shared.work.app import App
from tipoff.local import calendar
from tipoff.local.replay import Replay
from tipoff.local.runtime import LocalRuntime
from tools import ROOT, cloud_chain
from tools.cloud_chain import Chain
from tools.cloud_function import FileClock

REAL_DATA = ROOT.parent / "shared" / "data"
REAL_DAY, REAL_FIRST = date(2024, 2, 27), date(2023, 10, 24)  # the season up to the slate
SAMPLE_DAY = date(2024, 11, 14)
SAMPLE_SEED = 7
KEPT_OF_COMPLETION = ("outcome", "reason", "expected", "found", "hash", "refused")
Completions = Mapping[str, Mapping[str, Any]]


@dataclass
class Report:
    """What was compared, the differences, one line each, and the seconds of each part."""

    rows: dict[str, int] = field(default_factory=dict)
    completions: int = 0
    differences: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    pushes: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> str:
        """The report as JSON."""
        return json.dumps({**vars(self), "equal": not self.differences}, indent=1)


def machine(home: Path, data: Path) -> Replay:
    """The local runtime on a home, with its clock before the first date."""
    feeds, pipeline = HistoryFeeds(data), pipeline_map()
    clock = VirtualClock(calendar.morning(calendar.history_days(feeds, pipeline)[0].day, pipeline))
    app = build_local(Settings(home=home, source="history", data=data), clock, feeds)
    return Replay(app, LocalRuntime(app, app.events), clock, lambda *_: None)


def prepare(folder: Path, data: Path, day: date, first: date | None) -> None:
    """A home with the history before the date, from `first` or all of it, and models trained on it."""
    days = [d.day for d in calendar.history_days(HistoryFeeds(data), pipeline_map())]
    before = machine(folder / "before", data)
    before.fill((first or days[0], day - timedelta(days=1)))
    before.train(day - timedelta(days=1))
    before.app.close()


def moments(data: Path, day: date) -> dict[str, datetime]:
    """When the date's runs are requested: at the same times as in a replay of a history folder."""
    pipeline = pipeline_map()
    slate = next(d for d in calendar.history_days(HistoryFeeds(data), pipeline) if d.day == day)
    predicted, graded = calendar.pregame_times(slate, pipeline)[-1], calendar.postgame_at(slate, pipeline)
    return {pipeline.kind_with("predict"): predicted, pipeline.kind_with("grade"): graded}


def copy_history(warehouse: DuckTables, models: Path, chain: Chain) -> None:
    """Copy the prepared rows and models to the emulators."""
    jobs = cloud_chain.bigquery_jobs()
    for name, contract in tables().items():
        rows = warehouse.read(f"SELECT {_columns(contract)} FROM {name}").cast(contract.arrow_schema())  # noqa: S608
        if rows.num_rows:
            jobs.load(rows, name, contract.bigquery_schema(), f"history_{contract.name}")
    bucket = Bucket(chain.app.settings.models, chain.endpoint)
    for path in models.rglob("*"):
        if path.is_file():
            bucket.create(path.relative_to(models).as_posix(), path.read_bytes())


def _columns(contract: Table) -> str:
    return ", ".join(c.name for c in contract.columns)


def compare(report: Report, here: Replay, chain: Chain, runs: list[str], window: tuple[date, date]) -> None:
    """Compare every row that these runs wrote, and every completion, on both sides."""
    jobs = cloud_chain.bigquery_jobs()
    for name, contract in tables().items():
        schema = contract.arrow_schema()
        sql = f"SELECT {_columns(contract)} FROM {name} WHERE {contract.partition} BETWEEN @first AND @last"  # noqa: S608
        params = {"first": window[0], "last": window[1], "runs": runs}
        there = jobs.query("compare", f"{sql} AND run_id IN UNNEST(@runs)", params).cast(schema)
        local = sql.replace("@", "$") + " AND list_contains($runs, run_id)"
        compare_rows(report, contract, here.app.tables.read(local, params).cast(schema), there)
    compare_completions(report, _completions(here.app, runs), _completions(chain.app, runs))


def compare_rows(report: Report, contract: Table, here: pa.Table, there: pa.Table) -> None:
    """Compare row by row in the order of the key; a difference names the column."""
    keys = [(k, "ascending") for k in dict.fromkeys((*contract.key, "run_id", "generation"))]
    here, there = (t.take(pc.sort_indices(t, sort_keys=keys)).combine_chunks() for t in (here, there))
    report.rows[contract.full_name] = here.num_rows
    if here.num_rows != there.num_rows:
        report.differences.append(f"{contract.full_name}: {here.num_rows} rows here, {there.num_rows} in the cloud")
    elif not here.equals(there):
        for name in here.column_names:
            pairs = enumerate(zip(here[name].to_pylist(), there[name].to_pylist(), strict=True))
            unlike = [(number, a, b) for number, (a, b) in pairs if a != b]
            if unlike:
                number, a, b = unlike[0]
                where = {k: here[k][number].as_py() for k in contract.key}
                text = f"{len(unlike)} of {here.num_rows} differ, first {a!r} here and {b!r} in the cloud at {where}"
                report.differences.append(f"{contract.full_name}.{name}: {text}"[:400])


def _completions(app: App, runs: list[str]) -> Completions:
    docs: dict[str, Mapping[str, Any]] = {}
    for run_id in runs:
        manifest = app.engine.manifest(run_id, app.engine.current_generation(run_id))
        ids = [f"{manifest.id}.{cell}" for cell in manifest.cells]
        ended = app.state.get_many("completions", ids)
        docs |= {i: {k: ended[i].get(k) for k in KEPT_OF_COMPLETION} if i in ended else {} for i in ids}
        verdicts = app.state.get_many("verdicts", [f"{manifest.id}.{name}" for name in manifest.phases])
        docs |= {f"verdict {i}": {"outcome": v["outcome"], "reason": v["reason"]} for i, v in verdicts.items()}
    return docs


def compare_completions(report: Report, here: Completions, there: Completions) -> None:
    """Compare outcome, counts and content hash of every unit, and the verdict of every phase."""
    report.completions = len(here)
    for name in sorted({*here, *there}):
        if here.get(name) != there.get(name):
            report.differences.append(f"{name}: {here.get(name)} here, {there.get(name)} in the cloud")


def demonstrate(folder: Path, data: Path, day: date, first: date | None = None) -> Report:
    """Run the date on one machine and through the chain, and compare."""
    report, started = Report(), time.monotonic()

    def took(part: str) -> None:
        nonlocal started
        report.seconds[part] = round(time.monotonic() - started, 1)
        started = time.monotonic()

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("before", "local", "cloud"):
        shutil.rmtree(folder / name, ignore_errors=True)
    prepare(folder, data, day, first)
    took("history and training")
    shutil.copytree(folder / "before", folder / "local")
    (folder / "cloud").mkdir()
    here = machine(folder / "local", data)
    clock = FileClock(folder / "cloud" / "clock")
    at = moments(data, day)
    clock.advance_to(min(at.values()))
    source = {"TIPOFF_SOURCE": "history", "TIPOFF_DATA": str(data.resolve())}
    with cloud_chain.running(folder / "cloud", clock, HistoryFeeds(data), source) as chain:
        took("start of emulators and functions")
        copy_history(here.app.tables, folder / "local" / "models", chain)
        took("copy of history")
        here.walk(tuple(d for d in calendar.history_days(HistoryFeeds(data), here.app.map) if d.day == day))
        took("slate on one machine")
        for kind, moment in at.items():
            clock.advance_to(moment)
            request_id = f"{day}.{kind}@{moment:%Y%m%dT%H%M}"
            request = RunRequested(request_id=request_id, kind=kind, from_date=day, to_date=day, as_of=moment)
            chain.run(request, f"{day}.{kind}")
            took(f"{kind} in the cloud")
        window = (day - timedelta(days=2), day + timedelta(days=20))
        compare(report, here, chain, [f"{day}.{kind}" for kind in at], window)
        report.pushes = cloud_chain.statistics(chain)
        took("comparison")
    here.app.close()
    return report


def sample(folder: Path) -> Path:
    """The sample season as a history folder, up to a day after the date."""
    from tipoff.sample.folder import write_folder
    from tipoff.sample.league import League

    return write_folder(League(SAMPLE_SEED), folder, through=SAMPLE_DAY + timedelta(days=2))


def main(arguments: list[str]) -> int:
    """Run the demonstration; 0 if both sides are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/cloud-demo"))
    parser.add_argument("--sample", action="store_true", help="use the sample season, even if ../shared exists")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    if REAL_DATA.is_dir() and not given.sample:
        report = demonstrate(given.folder, REAL_DATA, REAL_DAY, REAL_FIRST)
    else:
        report = demonstrate(given.folder, sample(given.folder / "data"), SAMPLE_DAY)
    sys.stdout.write(f"{report.as_json()}\n")
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
