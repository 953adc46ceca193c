"""The prediction rows of one system for every player of a slate who has a line or is expected to play.

A system gives distributions; all else in a prediction row (chances for the line, the recommendation, hashes) is
computed here, the same way for every system.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from hashlib import sha256
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from functions.predict import distribution, shopping, systems
from functions.predict.distribution import SIZE, Floats
from functions.predict.slate import Forecast, Slate, floats, player_games
from shared.contracts.features import ALL_FEATURES
from shared.contracts.rows import table
from shared.contracts.work import Computed, Model, Work
from shared.provenance import module_hash
from shared.rules import picks

TABLE = table("nba_predictions.player_prop_predictions")
_COPIED = (
    *("game_id", "game_date", "player_id", "player_name", "player_lookup", "team", "opponent", "is_home", "tip_utc"),
    *("as_of", "line", "bookmaker", "over_price", "under_price", "line_known_at", "line_seen_at"),
    *("line_age_minutes", "line_refused_bet", "line_source", "injury_status", "feature_quality_score", "cache_source"),
)


def _module(system_id: str) -> str:
    return f"{systems.__name__}.{system_id}"


def system(name: str) -> ModuleType:
    """The module of a system; its `forecast` takes a Slate and gives a Forecast."""
    return import_module(_module(name))


def predict(unit: str, work: Work, inputs: Mapping[str, pa.Table], model: Model | None) -> Computed:
    """The predictions of system `unit` for the window's slate; `inputs` has `features` and what the system reads.

    Outcome `no_source` for a model that has seen the results, `empty` without players to predict.
    """
    if model is not None and model.card["trained_through"] >= work.from_date.isoformat():
        seen = f"the model was trained on games up to {model.card['trained_through']}: it has seen these results"
        return Computed(outcome="no_source", reason=seen, expected=0)
    slate = expected_players(ById(inputs["features"])).given(counted_members(inputs, work.counted), model)
    if not len(slate):
        return Computed(outcome="empty", reason="no player of the slate has a line or is expected to play", expected=0)
    forecast: Forecast = system(unit).forecast(slate)
    evidence = {"asked": len(slate), "predicted": len(forecast.index), "skipped": dict(forecast.skipped)}
    if not len(forecast.index):
        outcome = "no_source" if "no_zone_data" in forecast.skipped else "empty"
        return Computed(outcome=outcome, reason=f"{unit} could predict no player", expected=0, evidence=evidence)
    rows = prediction_rows(unit, work, slate, forecast, model.hash if model else formula_hash(unit))
    return Computed(rows=rows, expected=rows.num_rows, evidence=evidence)


@dataclass(frozen=True, eq=False)
class ById:
    """A table as a cache key, compared by identity, not by its rows."""

    table: pa.Table

    def __hash__(self) -> int:
        return id(self.table)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ById) and other.table is self.table


@lru_cache(maxsize=2)
def expected_players(features: ById) -> Slate:
    """The players with a line or expected to play; one slate for all systems that are given the same table object."""
    rows = features.table
    wanted = pc.or_(rows.column("has_line"), rows.column("is_expected"))
    return Slate(rows if pc.all(wanted, skip_nulls=False).as_py() else rows.filter(wanted))


def counted_members(inputs: Mapping[str, pa.Table], counted: Mapping[str, int]) -> Mapping[str, pa.Table]:
    """Inputs with those members alone that this generation of the run counts as completed, by system and generation.

    A member that failed must not count with older rows; one that a repair carried over counts with the rows it has.
    """
    if "members" not in inputs:
        return inputs
    members = inputs["members"]
    pairs = zip(members.column("system_id").to_pylist(), members.column("generation").to_pylist(), strict=True)
    counts = pa.array([counted.get(system) == generation for system, generation in pairs], pa.bool_())
    return {**inputs, "members": members.filter(counts)}


def formula_hash(unit: str) -> str:
    """The identity of a formula: the hash of its system's code with all that it imports of ours."""
    return module_hash(_module(unit))


def feature_hashes(slate: Slate) -> list[str]:
    """sha256 of each row's features of the contract, in its order, as little-endian float64; every null is one NaN."""

    def make() -> list[str]:
        matrix = slate.matrix(ALL_FEATURES) + 0.0
        matrix[np.isnan(matrix)] = np.nan
        return [sha256(row.tobytes()).hexdigest() for row in np.ascontiguousarray(matrix, dtype="<f8")]

    hashes: list[str] = slate.once("features_hash", make)
    return hashes


def prediction_rows(unit: str, work: Work, slate: Slate, forecast: Forecast, model_hash: str) -> pa.Table:
    """The rows of the contract for a forecast of the slate, whose inputs have the `offers`, by the name `unit`."""
    chosen = slate.features.select(_COPIED)
    if len(forecast.index) < len(slate):
        chosen = chosen.take(pa.array(forecast.index))
    chances = distribution.chances(forecast.pmf, slate.values("line")[forecast.index])
    offers, books = _offers(slate, chosen)
    shopped = shopping.both_sides(offers, forecast.pmf)
    candidates = _candidates(chosen, chances, shopped, work)
    side, reason = picks.decide(candidates, work.settings["min_ev"], work.settings["quality_actionable"])
    is_over = candidates.is_over()
    best = np.where(is_over, shopped.best_over, shopped.best_under)
    is_pick = np.isin(side.astype(str), ("OVER", "UNDER"))
    if work.settings.get("never_a_pick"):
        side[is_pick], reason[is_pick], is_pick = "PASS", "never_a_pick", np.zeros_like(is_pick)
    taken = pa.array(best, mask=~is_pick)
    hashes = feature_hashes(slate)
    columns: dict[str, Any] = {name: chosen.column(name) for name in _COPIED}
    columns |= {
        "has_prop_line": pc.is_valid(chosen.column("line")),
        "known_at": chosen.column("as_of"),
        "predicted_points": distribution.means(forecast.pmf),
        "predicted_std": distribution.stds(forecast.pmf),
        "points_pmf": _lists(forecast.pmf),
        "p_over": pa.array(chances[0], from_pandas=True),
        "p_push": pa.array(chances[1], from_pandas=True),
        "p_under": pa.array(chances[2], from_pandas=True),
        "recommendation": side,
        "pass_reason": reason,
        "best_bookmaker": books.take(taken),
        "best_line": pa.array(offers.line).take(taken),
        "best_price": pc.cast(pa.array(offers.price(is_over)), pa.int64()).take(taken),
        "features_hash": [hashes[i] for i in forecast.index],
        "member_systems": forecast.members or pa.nulls(len(forecast.index), pa.string()),
    }
    same = {"system_id": unit, "model_hash": model_hash, "market": work.settings["market"], "source": "predict"}
    same |= {"predicted_at": work.now, "upstream_outcome": work.upstream}
    columns |= {name: pa.repeat(pa.scalar(value), len(forecast.index)) for name, value in same.items()}
    return pa.table(columns, schema=TABLE.arrow_schema(system=False))


def _candidates(
    chosen: pa.Table, chances: tuple[Floats, Floats, Floats], best: shopping.Shopped, work: Work
) -> picks.Candidates:
    """What decides on the picks among the chosen rows (n,)."""

    def objects(name: str) -> NDArray[np.object_]:
        return np.asarray(chosen.column(name).to_pylist(), dtype=object)

    stages = map(partial(picks.stage, settings=work.settings), objects("as_of"), objects("tip_utc"))
    return picks.Candidates(
        p_over=chances[0],
        p_under=chances[2],
        ev_over=best.ev_over,
        ev_under=best.ev_under,
        refused=objects("line_refused_bet"),
        injury_status=objects("injury_status"),
        quality=floats(chosen, "feature_quality_score"),
        waits_below=np.array([work.settings[f"quality_{stage}"] for stage in stages], np.float64),
    )


def _offers(slate: Slate, chosen: pa.Table) -> tuple[shopping.Offers, pa.Array]:
    """The offers on the chosen rows' players, and their books (q,)."""
    position = {key: i for i, key in enumerate(player_games(chosen))}
    rows = slate.inputs["offers"]
    at = np.array([position.get(key, shopping.NOWHERE) for key in player_games(rows)], np.int64)
    known = rows.filter(pa.array(at != shopping.NOWHERE))
    line, over, under = (floats(known, name) for name in ("points_line", "over_price", "under_price"))
    offers = shopping.Offers(at[at != shopping.NOWHERE], line, over, under)
    return offers, known.column("bookmaker").combine_chunks()


def _lists(pmf: Floats) -> pa.ListArray:
    offsets = np.arange(0, (len(pmf) + 1) * SIZE, SIZE, dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, np.ascontiguousarray(pmf).ravel())
