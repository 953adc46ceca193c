"""A slate of 300 players through every system in one function instance, compared with the bare model calls.

    python -m benchmarks.serving --home build/r1

The home is one that a replay filled; its last 300 rows to predict are the slate. Timed separately in one process:
importing the function, the first slate (which loads models and their libraries), then the median of further slates.
A bare call is the system's own forecast; `trees` is the library's predict on a prepared matrix. Times are wall-clock
and CPU seconds: on a busy machine trust the ratios and the CPU seconds.
"""

import argparse
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

PLAYERS, ROUNDS = 300, 9
MOST_SECONDS, MOST_RATIO = 1.5, 2.0
_NEWEST = """
SELECT game_date, COUNT(*) AS players FROM nba_precompute.ml_feature_store_v2
WHERE has_line OR is_expected GROUP BY 1 ORDER BY 1 DESC LIMIT 60
"""

Timed = tuple[float, float]  # wall-clock and CPU seconds


def timed(call: Callable[[], Any]) -> tuple[Any, Timed]:
    """The result of the call, and its seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return result, (time.perf_counter() - wall, time.process_time() - cpu)


def middle(call: Callable[[], Any]) -> Timed:
    """The medians of several calls."""
    times = [timed(call)[1] for _ in range(ROUNDS)]
    return median(wall for wall, _ in times), median(cpu for _, cpu in times)


def read(home: Path) -> tuple[Any, dict[str, dict[str, Any]], dict[str, Any]]:
    """The work, the inputs of each system, read by its own queries, and its newest model trained before the slate."""
    from shared.contracts.work import Work
    from shared.map.loader import pipeline_map
    from shared.sql import queries
    from tipoff.home import Home

    tables, units = Home(home).tables(), pipeline_map().functions["predict"].units
    counts = tables.read(_NEWEST).to_pylist()
    reached = np.cumsum([c["players"] for c in counts])
    first, last = counts[int((reached < PLAYERS).sum())]["game_date"], counts[0]["game_date"]
    as_of = tables.read("SELECT MAX(as_of) AS last FROM nba_precompute.ml_feature_store_v2")["last"][0].as_py()
    now = as_of + timedelta(minutes=1)
    work = Work("bench.pregame", "pregame", 1, "predict", "", first, last, as_of, now, settings=pipeline_map().settings)
    params = {**work.settings, "from_date": first, "to_date": last, "as_of": as_of}
    inputs, models = {}, {}
    for name, unit in units.items():
        texts = {key: queries.text("predict", text) for key, text in unit.inputs.items()}
        inputs[name] = {
            k: tables.query(sql, unit.reads, params, as_of=unit.feeds_prediction) for k, sql in texts.items()
        }
        inputs[name]["features"] = cut(inputs[name]["features"])
        cards = [c for c in Home(home).models.cards(unit.model) if unit.model]
        older = [c for c in cards if c["trained_through"] < first.isoformat()]
        models[name] = Home(home).models.load(unit.model, older[-1]["hash"]) if unit.model and older else None
    return work, inputs, models


def cut(features: Any) -> Any:
    """The last rows that are predicted, as many as the slate has players."""
    import pyarrow.compute as pc

    predicted = features.filter(pc.or_(features.column("has_line"), features.column("is_expected")))
    return predicted.slice(max(0, predicted.num_rows - PLAYERS))


def trees(name: str, slate: Any) -> Callable[[], Any] | None:
    """The library's predict on matrices made before; None for a system without trees."""
    from functions.predict import boosters
    from functions.predict.systems import catboost_v8, champion
    from shared.contracts.features import ALL_FEATURES, CATBOOST_V8_FEATURES

    if name in ("catboost_v8", "catboost_v9"):
        matrix = slate.matrix(CATBOOST_V8_FEATURES if name == "catboost_v8" else ALL_FEATURES)
        model = catboost_v8.regressor(slate.model)
        return lambda: model.predict(matrix, thread_count=1)
    if name == "xgboost_v1":
        matrix, booster = slate.matrix(ALL_FEATURES), boosters.unpack(slate.model)["points"]
        return lambda: boosters.predict(booster, matrix)
    if name in ("champion", "champion_no_line"):
        parts = boosters.unpack(slate.model)
        matrix = slate.matrix(champion.SCORE_FEATURES)
        root = boosters.predict(parts["score"], matrix)
        calls = [(parts["score"], matrix), (parts["variance"], champion.variance_inputs(slate, root))]
        if name == "champion" and "market" in parts:
            priced = champion.market_inputs(slate, root, slate.known("line", 10.5))
            calls.append((parts["market"], priced))
        return lambda: [boosters.predict(*c) for c in calls]
    return None


def measured(predictions: Any, name: str, work: Any, slate: Any) -> dict[str, Timed]:
    """The first slate of a system, the median of further ones, of its bare call, and of its trees alone."""

    def whole() -> Any:
        return predictions.predict(name, work, slate.inputs, slate.model)

    _, first = timed(whole)
    call = trees(name, slate)
    bare = middle(lambda: predictions.system(name).forecast(type(slate)(slate.features, slate.inputs, slate.model)))
    return {"first": first, "slate": middle(whole), "bare": bare, "trees": middle(call) if call else (0.0, 0.0)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", default="build/bench-season/events", type=Path)
    home = parser.parse_args().home
    predictions, importing = timed(lambda: import_module("functions.predict.predictions"))
    from rich.console import Console
    from rich.table import Table

    from functions.predict.slate import Slate
    from shared.map.loader import pipeline_map

    (work, inputs, models), _ = timed(lambda: read(home))
    size = inputs["moving_average"]["features"].num_rows
    table = Table(title=f"{size} players, {len(inputs)} systems; milliseconds, CPU in brackets")
    for heading in ("system", "first slate", "slate", "bare call", "slate / bare", "trees alone"):
        table.add_column(heading, justify="left" if heading == "system" else "right")
    totals = {k: np.zeros(2) for k in ("first", "slate", "bare", "trees")}
    for name, given in inputs.items():
        model = models[name]
        if pipeline_map().unit("predict", name).model and model is None:
            print(f"{name}: no model trained before {work.from_date} in {home}")
            continue
        times = measured(predictions, name, work, Slate(given["features"], given, model))
        for key in totals:
            totals[key] += times[key]
        ratio = f"{times['slate'][1] / times['bare'][1]:.2f} x" if times["bare"][1] else "-"
        cells = [shown(times[key]) for key in ("first", "slate", "bare")]
        table.add_row(name, *cells, ratio, shown(times["trees"]) if any(times["trees"]) else "-")
    ratio = f"{totals['slate'][1] / totals['bare'][1]:.2f} x"
    cells = [shown(tuple(totals[k])) for k in ("first", "slate", "bare")]
    table.add_row("[bold]all[/]", *cells, f"[bold]{ratio}[/]", shown(tuple(totals["trees"])))
    Console(width=100).print(table)
    print(f"importing the function: {shown(importing)} ms")
    print(f"loading models and libraries, once: {shown(tuple(totals['first'] - totals['slate']))} ms")
    print(f"target: at most {MOST_SECONDS:g} s a slate and {MOST_RATIO:g} x the bare calls")


def shown(seconds: tuple[float, ...]) -> str:
    """Milliseconds, CPU in brackets."""
    return f"{1000 * seconds[0]:.1f} ({1000 * seconds[1]:.1f})"


if __name__ == "__main__":
    main()
