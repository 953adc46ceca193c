"""Eight seasons of features in one backfill, compared with the same rolling figures in pandas groupby code.

    python -m benchmarks.features --data ../shared/data

Not timed: raw rows and analytics, which come first. Timed: the units from the slate's contexts to the feature store,
each once over the whole window, and then the rolling part alone in pandas: form over the last 3, 5 and 10 games and the
season, for points, minutes, attempts and usage.
"""

import argparse
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.batch import run_units
from shared.adapters.history_feeds import HistoryFeeds
from shared.bootstrap import build_local
from shared.clock import VirtualClock
from shared.map.loader import pipeline_map
from shared.settings import Settings
from tipoff.local.calendar import history_days, morning

HOME = Path("build/bench-features")
TIMED = ("quotes", "context", "caches", "top_up", "factors", "features")
ROLLING = {"points": (3, 5, 10), "minutes_played": (5, 10), "fga": (10,), "usage_rate": (5, 10)}
CHECKED = {"points_avg_last_5": ("points", 5), "points_avg_last_10": ("points", 10)}


def in_pandas(games: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """The rolling figures as usually written, with groupby, shift and rolling; and the seconds they took."""
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
    phases = app.map.runs["backfill"].phases.values()
    timed = list(run_units(app, phases, days[0].day, days[-1].day))
    seconds = {unit: spent for phase, unit, spent in timed if phase.name in TIMED}
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
