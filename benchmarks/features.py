"""Eight seasons of features in one backfill, beside the same rolling figures in pandas groupby code.

    python -m benchmarks.features --data ../shared/data

Raw rows and analytics are filled in first and not timed. Timed are the units from the slate's contexts to the feature
store, each once over the whole window, and then pandas doing only the rolling part: form over the last 3, 5 and 10
games and the season, for points, minutes, attempts and usage.
"""

import argparse
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from shared.adapters.history_feeds import HistoryFeeds
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.contracts.events import UnitRequested
from shared.map.loader import pipeline_map
from shared.protocol.manifest import Manifest
from shared.rules.fanin import Plan
from shared.rules.leases import Claim
from shared.settings import Settings
from shared.work.app import App
from shared.work.job import Job
from tipoff.local.calendar import history_days, morning
from tipoff.local.runtime import step_of

HOME = Path("build/bench-features")
TIMED = ("context", "caches", "top_up", "factors", "features")
ROLLING = {"points": (3, 5, 10), "minutes_played": (5, 10), "fga": (10,), "usage_rate": (5, 10)}
CHECKED = {"points_avg_last_5": ("points", 5), "points_avg_last_10": ("points", 10)}


def backfill(app: App, first, last) -> dict[str, float]:
    """Run the backfill's units once each; seconds by unit of the timed phases."""
    now = app.clock.now()
    manifest = Manifest("bench", 1, "backfill", first, last, now, now, {"scrape": Plan((), None, now)})
    seconds = {}
    for phase in app.map.runs["backfill"].phases.values():
        for unit in phase.units:
            event = UnitRequested(run_id="bench", generation=1, phase=phase.name, unit=unit, to=phase.function)
            job = Job(event, Claim("bench", 1, now), manifest, app.map.unit(phase.function, unit), app)
            started = time.perf_counter()
            ended = step_of(phase.function).run(job)
            if phase.name in TIMED:
                seconds[unit] = time.perf_counter() - started
            if phase.function == "scrape":
                app.state.create("completions", event.event_id, ended.doc(job))
    return seconds


def in_pandas(games: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """The rolling figures a person would write: groupby, shift, rolling; and the seconds they took."""
    started = time.perf_counter()
    played = games[~games["is_dnp"]].sort_values(["player_id", "known_at", "game_id"]).copy()
    by_player = played.groupby("player_id", sort=False)
    for column, windows in ROLLING.items():
        before = by_player[column].shift()
        for size in windows:
            rolled = before.groupby(played["player_id"], sort=False).rolling(size, min_periods=1).mean()
            played[f"{column}_{size}"] = rolled.reset_index(level=0, drop=True)
    before = by_player["points"].shift()
    spread = before.groupby(played["player_id"], sort=False).rolling(10, min_periods=2).std()
    played["points_std_10"] = spread.reset_index(level=0, drop=True)
    season = played.groupby(["player_id", "season"], sort=False)
    played["points_season"] = season["points"].transform(lambda s: s.shift().expanding().mean())
    played["minutes_season"] = season["minutes_played"].transform(lambda s: s.shift().expanding().mean())
    return played, time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data")
    data = Path(parser.parse_args().data)
    shutil.rmtree(HOME, ignore_errors=True)
    feeds = HistoryFeeds(data)
    days = history_days(feeds, pipeline_map())
    clock = VirtualClock(morning(days[-1].day + timedelta(days=1), pipeline_map()))
    app = build_local(Settings(home=HOME, source="history", data=data), clock, feeds, memory_limit="2GB")
    seconds = backfill(app, days[0].day, days[-1].day)
    games = app.tables.read("SELECT * FROM nba_analytics.player_game_summary").to_pandas()
    rolled, pandas_s = in_pandas(games)
    store = app.tables.read(
        "SELECT game_id, player_id, points_avg_last_5, points_avg_last_10 FROM nba_precompute.ml_feature_store_v2"
    ).to_pandas()
    both = store.merge(rolled, on=["game_id", "player_id"], suffixes=("", "_pandas"))
    table = Table(title=f"{len(games):,} player-games, {len(store):,} feature rows")
    table.add_column("what")
    table.add_column("seconds", justify="right")
    for unit, spent in seconds.items():
        table.add_row(unit, f"{spent:.2f}")
    total = sum(seconds.values())
    table.add_row("[bold]all features, one backfill[/]", f"[bold]{total:.2f}[/]")
    table.add_row("pandas groupby, rolling figures alone", f"{pandas_s:.2f}")
    table.add_row("daily cache (the rolling part) / pandas", f"{seconds['player_daily_cache'] / pandas_s:.2f} x")
    table.add_row("all features / pandas", f"{total / pandas_s:.2f} x")
    for name, (column, size) in CHECKED.items():
        gap = (both[name] - both[f"{column}_{size}"]).abs()
        table.add_row(f"rows where {name} equals pandas", f"{(gap < 1e-9).mean():.1%}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
