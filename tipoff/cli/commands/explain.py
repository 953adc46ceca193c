"""`tipoff explain`: Show what moved a prediction, in points."""

from collections.abc import Mapping
from datetime import date as calendar_date
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import typer
from rich.markup import escape

from functions.predict.predictions import feature_hashes
from functions.predict.slate import Slate
from shared.adapters.local.readers import HomeRows
from shared.contracts.work import Model
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.sql import queries
from tipoff.cli import render
from tipoff.cli.options import DEFAULT_HOME, HASH_CHARS, PLAYER_CONTEXT, AsJson, AtHome, Day, PlayerName
from tipoff.cli.render import print_json, rows_of
from tipoff.evaluation.graded_rows import MARKET
from tipoff.home import Home
from tipoff.slate import explanation, explanation_formulas, lineage
from tipoff.slate.explanation import Stage
from tipoff.slate.lineage import Player
from tipoff.slate.picks import known_systems

SHOWN_CAUSES = 12
BAR = 24  # characters of the longest bar
_SQL = """
SELECT *, MAX(generation) OVER () AS newest FROM nba_predictions.player_prop_predictions
WHERE player_id = $player AND game_date = $day AND system_id = $system QUALIFY generation = newest
"""
_FEATURES = "SELECT * FROM nba_precompute.ml_feature_store_v2 WHERE player_id = $player AND game_id = $game"

CONTEXT = PLAYER_CONTEXT


def explain(
    player: PlayerName,
    date: Day,
    home: AtHome = DEFAULT_HOME,
    system: Annotated[str, typer.Option(help="Whose prediction.")] = "champion",
    as_json: AsJson = False,
) -> None:
    """Why a prediction is what it is. What each feature added to it or took away, in points (TreeSHAP).

    The figures of a chart add up from its start to its end. The champion has two: what the player does by himself, and
    what that and the rest move the line by. An ensemble's are its members, a formula's what it adjusts.

    Example: tipoff explain "Luka Doncic" 2024-02-26 --home build/r1 --system champion
    """
    tables, day = rows_of(home), date
    who = lineage.find_player(tables, player, day)
    row = _prediction(tables, who, day, system)
    stages = _stages(tables, home, row)
    copied = ("system_id", "model_hash", "predicted_points", "line", "p_over", "p_under", "recommendation")
    prediction = {"player": who, "date": day, **{n: row[n] for n in (*copied, "pass_reason")}}
    if as_json:
        print_json({**prediction, "stages": list(stages)})
    else:
        _print(prediction, stages)


def _stages(tables: HomeRows, home: Home, row: Mapping[str, Any]) -> tuple[Stage, ...]:
    """How the prediction came about; UserError if what it was made from is gone."""
    system, features = row["system_id"], _features(tables, row)
    if system == MARKET:
        raise UserError("the market's prediction is what books quote; tipoff trace shows the quotes behind it")
    if system in explanation_formulas.SYSTEMS:
        return explanation_formulas.explain(
            system, Slate(features, _inputs(tables, row)), np.asarray(row["points_pmf"])
        )
    return explanation.explain(system, Slate(features, model=_model(home, system, row["model_hash"])))


def _prediction(tables: HomeRows, player: Player, day: calendar_date, system: str) -> dict[str, Any]:
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


def _print(prediction: Mapping[str, Any], stages: tuple[Stage, ...]) -> None:
    out = render.console()
    side = prediction["recommendation"] + (f" ({prediction['pass_reason']})" if prediction["pass_reason"] else "")
    line = "no line" if prediction["line"] is None else f"line {prediction['line']:g}, over {prediction['p_over']:.1%}"
    out.print(
        f"[bold]{escape(prediction['player'].name)}[/] on {prediction['date']}:"
        f" {prediction['predicted_points']:.2f} points by {prediction['system_id']}, {line}: {side}"
    )
    for stage in stages:
        out.print(f"\n[bold]{escape(stage.title)}[/]")
        out.print(_chart(stage))


def _chart(stage: Stage) -> Any:
    members = any(c.weight is not None for c in stage.causes)
    made = render.table(">Points", "", "", ">Says", ">Weight") if members else render.table(">Points", "", "", ">Value")
    if stage.start_words:
        made.add_row(f"{stage.start:.2f}", "", f"[dim]{escape(stage.start_words)}[/]", "")
    shown, rest = stage.causes[:SHOWN_CAUSES], stage.causes[SHOWN_CAUSES:]
    widest = max((abs(c.points) for c in shown), default=0.0) or 1.0
    for cause in shown:
        value = "" if cause.value is None else render.value(cause.value)
        weight = [] if cause.weight is None else [f"{cause.weight:.1%}"]
        made.add_row(f"{cause.points:+.2f}", _bar(cause.points, widest), escape(cause.words), value, *weight)
    if rest:
        made.add_row(f"{sum(c.points for c in rest):+.2f}", "", f"[dim]{len(rest)} others; --json has all[/]", "")
    made.add_row(f"[bold]{stage.end:.2f}[/]", "", "[bold]points[/]", "")
    return made


def _bar(points: float, widest: float) -> str:
    """Up to the right of the middle, down to its left."""
    half = BAR // 2
    length = round(half * abs(points) / widest)
    left, right = ("", "█" * length) if points >= 0.0 else ("█" * length, "")
    return f"[red]{left:>{half}}[/]│[green]{right:<{half}}[/]"
