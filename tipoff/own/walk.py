"""Walk a system's file forward: each date's predictions from what was known at its games' prediction times.

The function sees one date at a time, its features as the built-in systems read them, and as `past` only games whose box
score was known at the first prediction time of that date. Dates whose inputs are unchanged are not predicted again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.predict.predictions import TABLE, ById, expected_players, prediction_rows
from shared.contracts.work import Work
from shared.errors import UserError
from shared.map.loader import pipeline_map
from shared.ports import Queryable
from shared.rules.dates import eastern_instant
from shared.sql import queries
from tipoff.frames.convert import to_frame
from tipoff.own import answers, store
from tipoff.own.store import Own
from tipoff.own.user_code import Code

if TYPE_CHECKING:
    import pandas as pd

    from shared.adapters.local.readers import HomeRows

Progress = Callable[[str, int, int], None]
FUNCTION, LIKE = "predict", "moving_average"  # the unit of the map whose features and offers an own system reads
MAX_DAYS = 366 * 12
_DATES = "SELECT DISTINCT game_date FROM nba_predictions.player_prop_predictions ORDER BY 1"
# Games with a result, as they looked before the tip: what the built-in systems train on.
_PAST = """
SELECT f.*, actual.points AS actual_points, actual.minutes_played AS actual_minutes, actual.known_at AS result_known_at
FROM nba_precompute.ml_feature_store_v2 AS f
JOIN nba_analytics.player_game_summary AS actual
  ON actual.game_id = f.game_id AND actual.player_id = f.player_id
WHERE NOT actual.is_dnp AND actual.seconds_played > 0 AND (f.has_line OR f.is_expected)
ORDER BY f.game_date, f.game_id, f.player_id
"""
_READS = {"nba_precompute.ml_feature_store_v2": MAX_DAYS, "nba_analytics.player_game_summary": MAX_DAYS}


@dataclass(frozen=True)
class Day:
    """The inputs of one date: the features and offers of its players, and its first prediction time."""

    date: date
    features: pa.Table
    offers: pa.Table
    first_as_of: datetime
    last_as_of: datetime


@dataclass(frozen=True)
class Walked:
    """How many dates were predicted now, how many predictions the system has, and why it stopped, if it did."""

    dates: int
    predictions: int
    stopped: str = ""


def predicted_dates(rows: "HomeRows") -> list[date]:
    """The dates that the built-in systems predicted."""
    dates: list[date] = rows.read(_DATES).column("game_date").to_pylist()
    return dates


def walk(own: Own, code: Code, rows: "HomeRows", now: datetime, progress: Progress) -> Walked:
    """Predict the dates that the built-in systems predicted and this one has not, or from other inputs; keep the rows.

    A date at which the function fails, and what follows, has no predictions; `stopped` says why.
    """
    dates = predicted_dates(rows)
    kept, walked = store.read_rows(own.predictions, TABLE.arrow_schema()), store.read_walked(own)
    past = _Past(rows, dates) if code.takes_past and dates else None
    made: dict[str, pa.Table] = {}
    stopped = ""
    for number, day in enumerate(days(rows, dates)):
        progress(f"{own.name} {day.date}", number, len(dates))
        known = past.at(day.first_as_of) if past else None
        fingerprint = _fingerprint(own, day, known)
        if walked.get(str(day.date)) == fingerprint:
            continue
        try:
            made[str(day.date)] = predict(own, code, day, None if known is None else to_frame(known), now)
        except UserError as error:
            stopped = f"{day.date}: {error}"
            break
        walked[str(day.date)] = fingerprint
    if made:
        again = pa.array([str(d) in made for d in kept.column("game_date").to_pylist()], pa.bool_())
        store.save_rows(own.predictions, pa.concat_tables([kept.filter(pc.invert(again)), *made.values()]))
        store.save_walked(own, walked)
    count = len(kept) if not made else len(store.read_rows(own.predictions, TABLE.arrow_schema()))
    return Walked(len(made), count, stopped)


def days(rows: Queryable, dates: Sequence[date]) -> Iterator[Day]:
    """The inputs of each date, read behind the door like those of a built-in system."""
    if not dates:
        return
    unit, pipeline = pipeline_map().unit(FUNCTION, LIKE), pipeline_map()
    params = {**pipeline.settings, **pipeline.assumptions, "from_date": dates[0], "to_date": dates[-1]}
    params["as_of"] = eastern_instant(dates[-1] + timedelta(days=1), 12)
    tables = {
        name: rows.query(queries.text(FUNCTION, file), unit.reads, params, as_of=True)
        for name, file in unit.inputs.items()
    }
    for day in dates:
        features = tables["features"].filter(pc.equal(tables["features"].column("game_date"), day))
        if features.num_rows:
            offers = tables["offers"].filter(
                pc.is_in(tables["offers"].column("game_id"), pc.unique(features["game_id"]))
            )
            moments = pc.min_max(features.column("as_of")).as_py()
            yield Day(day, features, offers, moments["min"], moments["max"])


def predict(own: Own, code: Code, day: Day, past: "pd.DataFrame | None", now: datetime) -> pa.Table:
    """The date's rows; none if the code has seen its results. UserError as the code or its answer is wrong."""
    if code.trained_through is not None and code.trained_through >= day.date:
        return TABLE.arrow_schema().empty_table()
    slate = expected_players(ById(day.features)).given({"offers": day.offers}, None)
    if not len(slate):
        return TABLE.arrow_schema().empty_table()
    answer = code.call(to_frame(slate.features), past)
    forecast = answers.forecast(answer, slate, f"forecast of {code.path.name}")
    if not len(forecast.index):
        return TABLE.arrow_schema().empty_table()
    return with_run(prediction_rows(own.name, work_of(own.name, day, now), slate, forecast, own.sha256))


def work_of(name: str, day: Day, now: datetime) -> Work:
    """The work of predicting a date, with the map's settings."""
    pipeline = pipeline_map()
    settings = {**pipeline.settings, **pipeline.coverage}
    span: dict[str, Any] = {"from_date": day.date, "to_date": day.date, "as_of": day.last_as_of, "now": now}
    identity: dict[str, Any] = {
        "run_id": store.RUN_ID,
        "kind": store.RUN_ID,
        "generation": 1,
        "phase": FUNCTION,
        "unit": name,
    }
    return Work(**identity, **span, settings=settings, assumptions=pipeline.assumptions, quotes=pipeline.quotes)


def with_run(rows: pa.Table) -> pa.Table:
    """The rows with the columns that name who wrote them."""
    named: Mapping[str, Any] = {"run_id": store.RUN_ID, "generation": 1}
    for name, value in named.items():
        rows = rows.append_column(name, pa.repeat(pa.scalar(value), len(rows)))
    return rows.select(TABLE.arrow_schema().names).cast(TABLE.arrow_schema())


class _Past:
    """The games with a result, and of them those whose result was known at a moment."""

    def __init__(self, rows: Queryable, dates: Sequence[date]) -> None:
        window = {"from_date": dates[0], "to_date": dates[-1], "as_of": eastern_instant(dates[-1], 12)}
        self._rows = rows.query(_PAST, _READS, window, as_of=True)
        self._known_at = self._rows.column("result_known_at").to_numpy()

    def at(self, moment: datetime) -> pa.Table:
        """The games known at the moment, itself included."""
        limit = np.datetime64(moment.replace(tzinfo=None))
        return self._rows.filter(pa.array(self._known_at <= limit))


def _fingerprint(own: Own, day: Day, past: pa.Table | None) -> str:
    """Changes with the code, the date's features and offers, and the games known before it."""
    digest = sha256(own.sha256.encode())
    for rows in (day.features, day.offers):
        digest.update(_bytes(rows))
    if past is not None:
        digest.update(_bytes(past.select(["game_id", "player_id", "actual_points", "run_id", "generation"])))
    return digest.hexdigest()


def _bytes(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    whole = rows.combine_chunks()
    with pa.ipc.new_stream(sink, whole.schema) as writer:
        writer.write_table(whole)
    return bytes(sink.getvalue())
