"""A home with one date's predictions of every system that has trees, a formula's and an ensemble's beside them."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from functions.predict import core
from shared.adapters.models import FileModels
from shared.contracts.work import Model
from shared.map.loader import pipeline_map
from tests.support.data.slates import WITHOUT_LINE, features, inputs, work
from tests.support.data.training_games import TablesOfGames
from tests.support.local import homes
from tipoff.training import trainer

TREES = ("champion", "champion_no_line", "catboost_v8", "catboost_v9", "xgboost_v1")
TIP = datetime(2024, 2, 27, 0, 0, tzinfo=UTC)
AS_OF = datetime(2024, 2, 26, 23, 30, tzinfo=UTC)
_TONIGHT = {"game_date": homes.DAY, "game_id": homes.GAME, "tip_utc": TIP, "as_of": AS_OF, "known_at": AS_OF}


def slate() -> pa.Table:
    """Luka with a low line at a fine price, one whose price is too short, one who is out, one without a line."""
    lined = {**_TONIGHT, "line_known_at": AS_OF}
    luka = {"player_id": 1629029, "player_name": "Luka Dončić", "player_lookup": "lukadoncic"}
    return features(
        {**lined, **luka, "points_avg_last_10": 27.0, "line": 15.5, "vegas_points_line": 15.5},
        {**lined, "points_avg_last_10": 27.0, "line": 15.5, "vegas_points_line": 15.5, "over_price": -5000},
        {**lined, "points_avg_last_10": 27.0, "injury_status": "out", "line": 15.5, "vegas_points_line": 15.5},
        {**_TONIGHT, **WITHOUT_LINE},
    )


def train(registry: FileModels) -> None:
    """Every system that learns, on made-up games in which only the last ten games matter."""
    day = homes.DAY.replace(day=20)
    trainer.train(TablesOfGames(2400), registry, through=day, now=homes.NOW, progress=lambda _: None)


def model_of(registry: FileModels, system: str) -> Model | None:
    """The artefact that the map gives the system; kept ones count, promoted or not."""
    name = pipeline_map().unit("predict", system).model
    if name is None:
        return None
    (card,) = registry.cards(name)
    return registry.load(name, card["hash"])


def make(home: Path, registry: FileModels) -> None:
    """Write the features and what each system made of them."""
    app = homes.make_app(home)
    homes.put(app, "nba_precompute.ml_feature_store_v2", slate().to_pylist())
    made = {}
    for system in (*TREES, "moving_average"):
        made[system] = predict(system, inputs(slate()), model_of(registry, system))
    members = pa.concat_tables([made["moving_average"], made["catboost_v8"]])
    members = members.append_column("generation", pa.repeat(pa.scalar(1), members.num_rows))
    made["ensemble_v1"] = predict("ensemble_v1", inputs(slate(), members=members), None)
    for system, rows in made.items():
        homes.put(app, "nba_predictions.player_prop_predictions", rows.to_pylist(), unit=system)
    named = ("game_id", "player_id", "player_name", "player_lookup", "bookmaker", "over_price", "under_price", "as_of")
    homes.put(app, "nba_analytics.player_quotes", [
        {**{n: r[n] for n in named}, "points_line": r["line"], "p_over": 0.5, "age_minutes": 12.0, "is_current": True,
         "is_main": True, "quoted_at": AS_OF, "seen_at": AS_OF}
        for r in slate().to_pylist() if r["line"] is not None
    ])  # fmt: skip
    who = {"player_id": 1629029, "player_name": "Luka Dončić", "player_lookup": "lukadoncic", "list_date": homes.DAY}
    homes.put(app, "nba_raw.nbac_player_list", [who])
    app.close()


def predict(system: str, inputs: dict[str, pa.Table], model: Model | None) -> pa.Table:
    """One system's rows."""
    when = work(
        system, from_date=homes.DAY, to_date=homes.DAY, as_of=AS_OF, now=AS_OF, run_id="2024-02-26.pregame",
        counted={"moving_average": 1, "catboost_v8": 1},
    )  # fmt: skip
    found = core.compute(system, when, inputs, model)
    assert isinstance(found.rows, pa.Table), found.reason
    return found.rows
