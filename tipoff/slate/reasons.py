"""Why a stored prediction is what it is: the inputs that it was made from, read again, and what each moved."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.predict.predictions import feature_hashes
from functions.predict.slate import Slate
from shared.adapters.local.readers import HomeRows
from shared.contracts.work import Model
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.sql import queries
from tipoff.evaluation.graded_rows import MARKET
from tipoff.home import Home
from tipoff.slate import explanation, explanation_formulas
from tipoff.slate.explanation import Stage
from tipoff.slate.lineage import Player
from tipoff.slate.picks import known_systems

HASH_CHARS = 12  # of a model's hash, in a sentence
_SQL = """
SELECT *, MAX(generation) OVER () AS newest FROM nba_predictions.player_prop_predictions
WHERE player_id = $player AND game_date = $day AND system_id = $system QUALIFY generation = newest
"""
_FEATURES = "SELECT * FROM nba_precompute.ml_feature_store_v2 WHERE player_id = $player AND game_id = $game"


def stages(tables: HomeRows, home: Home, row: Mapping[str, Any]) -> tuple[Stage, ...]:
    """How the prediction came about; UserError if what it was made from is gone."""
    system, features = row["system_id"], _features(tables, row)
    if system == MARKET:
        raise UserError("the market's prediction is what books quote; tipoff trace shows the quotes behind it")
    if system in explanation_formulas.SYSTEMS:
        return explanation_formulas.explain(
            system, Slate(features, _inputs(tables, row)), np.asarray(row["points_pmf"])
        )
    return explanation.explain(system, Slate(features, model=_model(home, system, row["model_hash"])))


def prediction(tables: HomeRows, player: Player, day: date, system: str) -> dict[str, Any]:
    """The newest prediction of the player by the system on the date; UserError says what there is instead."""
    rows = tables.read(_SQL, {"player": player.player_id, "day": day, "system": system}).to_pylist()
    if rows:
        return dict(rows[0])
    systems = known_systems(tables)
    if systems and system not in systems:
        raise UserError(f"no prediction of {system}; there are {', '.join(systems)}")
    raise UserError(f"{system} did not predict {player.name} on {day}; tipoff trace shows what is known of him")


def _features(tables: HomeRows, row: Mapping[str, Any]) -> pa.Table:
    """The feature row that the prediction saw; UserError if it has been made anew since."""
    features = tables.read(_FEATURES, {"player": row["player_id"], "game": row["game_id"]})
    if features.num_rows != 1 or feature_hashes(Slate(features)) != [row["features_hash"]]:
        raise UserError(
            "the features of this game were made anew after the prediction, or by an older version, so what"
            f" it was made from is no longer known; tipoff rerun {row['game_date']} --phase features predicts anew"
        )
    return features


def _inputs(tables: HomeRows, row: Mapping[str, Any]) -> dict[str, pa.Table]:
    """What the forecast was made from besides the features, through the as_of door as of the prediction."""
    unit, day = pipeline_map().unit("predict", row["system_id"]), row["game_date"]
    params = {"from_date": day, "to_date": day, "as_of": row["as_of"]}
    inputs = {
        name: tables.query(queries.text(unit.function, file), unit.reads, params, as_of=unit.feeds_prediction)
        for name, file in unit.inputs.items()
        if name not in ("features", "offers")  # offers decide on picks, not on predictions
    }
    if "members" in inputs:
        members, counted = inputs["members"], pa.array((row["member_systems"] or "").split(","))
        is_counted = pc.and_(
            pc.is_in(members["system_id"], counted), pc.less_equal(members["generation"], row["generation"])
        )
        inputs["members"] = members.filter(is_counted)
    return inputs


def _model(home: Home, system: str, digest: str) -> Model:
    """The very artefact that made the prediction; UserError if the home no longer has it."""
    models, name = home.models, pipeline_map().unit("predict", system).model or system
    if digest not in {c["hash"] for c in models.cards(name)}:
        raise UserError(f"the model that made this prediction, {name} {digest[:HASH_CHARS]}, is not in {home}/models")
    return models.load(name, digest)
