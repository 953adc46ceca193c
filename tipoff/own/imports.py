"""Predictions that were made elsewhere: a CSV or Parquet file with `made_at`, as rows of the prediction table.

Columns: game_id, player_id, made_at (with an offset), and mean and std in points, or pmf (in CSV a JSON list).
"""

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.predict.predictions import TABLE, prediction_rows
from functions.predict.slate import Forecast, Slate, player_games
from shared.errors import UserError
from tipoff.own import answers, store
from tipoff.own.store import Own
from tipoff.own.walk import Day, days, predicted_dates, with_run, work_of

if TYPE_CHECKING:
    import pandas as pd

    from shared.adapters.local.readers import HomeRows

NEEDED = ("game_id", "player_id", "made_at")
_ID_DIGITS = 10
_NAMED_ROWS = 3
_LINE = ("line", "bookmaker", "over_price", "under_price", "line_known_at", "line_seen_at", "line_age_minutes")
Key = tuple[str, int]


@dataclass(frozen=True)
class Imported:
    """How many predictions came in, how many of them after their prediction time, and how many fit no slate."""

    predictions: int
    without_line: int
    unknown: int


def read(path: Path) -> "pd.DataFrame":
    """The file's rows, numbered from 1, with instants in `made_at`; UserError names the first row that is wrong."""
    import pandas as pd

    body, suffix = BytesIO(store.read_bytes(path)), path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise UserError(f"{path.name}: give a .csv or a .parquet file")
    try:
        frame = pd.read_csv(body, dtype={"game_id": str}) if suffix == ".csv" else pd.read_parquet(body)
    except (ValueError, pa.ArrowException) as error:
        raise UserError(f"{path.name} cannot be read as {suffix[1:]}: {str(error).splitlines()[0]}") from error
    if absent := [name for name in NEEDED if name not in frame]:
        raise UserError(f"{path.name} has no column {', '.join(absent)}; it needs {', '.join(NEEDED)} and mean and std")
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    for name, convert in (("game_id", _game_id), ("player_id", int), ("made_at", _instant), ("pmf", _pmf)):
        if name in frame:
            frame[name] = pd.Series(
                [_value(path, n, name, v, convert) for n, v in frame[name].items()], frame.index, object
            )
    if len(frame) == 0:
        raise UserError(f"{path.name} has no rows")
    return frame


def _value(path: Path, row: Any, name: str, value: Any, convert: Any) -> Any:
    try:
        return convert(value)
    except (ValueError, TypeError) as error:
        raise UserError(f"{path.name}, row {row}: {name} is {value!r}: {error}") from error


def _game_id(value: Any) -> str:
    text = str(value).zfill(_ID_DIGITS)
    if len(text) != _ID_DIGITS or not text.isdecimal():
        raise ValueError("an NBA game id has ten digits")
    return text


def _instant(value: Any) -> datetime:
    moment = value.to_pydatetime() if hasattr(value, "to_pydatetime") else datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset, as 2024-02-26T18:00:00-05:00")
    return moment


def _pmf(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def bring_in(own: Own, frame: "pd.DataFrame", rows: "HomeRows", now: datetime) -> Imported:
    """Add the predictions to the system's; UserError names what was made after the tip, doubled or imported before.

    A prediction made after its game's prediction time, when its line was fixed, is kept without a line: the line could
    not be compared with it. Players of no slate that the built-in systems predicted are left out and counted.
    """
    file = Path(own.origin).name
    pmf = answers.distributions(frame, file)
    position = _positions(frame, file)
    kept = store.read_rows(own.predictions, TABLE.arrow_schema())
    if again := position.keys() & set(player_games(kept)):
        raise UserError(f"{_row(file, frame, min(position[key] for key in again))} was imported before")
    slates = [(day, at) for day in days(rows, predicted_dates(rows)) if (at := _of_day(day, position))]
    _refuse_late(file, frame, slates)
    made = [_rows_of(own, day, at, frame, pmf, now) for day, at in slates]
    found = sum(len(table) for table, _ in made)
    if not found:
        raise UserError(f"{file}: none of its {len(frame)} games and players is in a slate that this home predicted")
    store.save_rows(own.predictions, pa.concat_tables([kept, *(table for table, _ in made)]))
    return Imported(found, sum(count for _, count in made), len(frame) - found)


def _positions(frame: "pd.DataFrame", file: str) -> dict[Key, int]:
    keys = list(zip(frame["game_id"], frame["player_id"], strict=True))
    doubled = [key for key, count in Counter(keys).items() if count > 1]
    if doubled:
        raise UserError(f"{_row(file, frame, len(keys) - 1 - keys[::-1].index(doubled[0]))} is there twice")
    return {key: n for n, key in enumerate(keys)}


def _row(file: str, frame: "pd.DataFrame", n: int) -> str:
    one = frame.iloc[n]
    return f"{file}, row {frame.index[n]} (game {one['game_id']}, player {one['player_id']})"


def _of_day(day: Day, position: dict[Key, int]) -> dict[int, int]:
    """By position in the day's features, the position in the file."""
    return {n: position[key] for n, key in enumerate(player_games(day.features)) if key in position}


def _refuse_late(file: str, frame: "pd.DataFrame", slates: list[tuple[Day, dict[int, int]]]) -> None:
    late = []
    for day, at in slates:
        tips = day.features.column("tip_utc").to_pylist()
        late += [(n, tips[i]) for i, n in at.items() if frame["made_at"].iloc[n] > tips[i]]
    if late:
        made = frame["made_at"]
        shown = (
            f"{_row(file, frame, n)} was made at {made.iloc[n].isoformat()}, after the tip at {tip.isoformat()}"
            for n, tip in sorted(late)[:_NAMED_ROWS]
        )
        more = f"; and {len(late) - _NAMED_ROWS} more" if len(late) > _NAMED_ROWS else ""
        raise UserError("; ".join(shown) + more)


def _rows_of(
    own: Own, day: Day, at: dict[int, int], frame: "pd.DataFrame", pmf: Any, now: datetime
) -> tuple[pa.Table, int]:
    """The rows of one date's predictions, and how many were made after their prediction time."""
    index = np.array(list(at), np.int64)
    moments = [frame["made_at"].iloc[n] for n in at.values()]
    chosen = day.features.take(pa.array(index))
    is_late = pa.array([m > as_of for m, as_of in zip(moments, chosen.column("as_of").to_pylist(), strict=True)])
    for name in _LINE:
        place, column = chosen.schema.get_field_index(name), chosen.column(name)
        chosen = chosen.set_column(place, name, pc.if_else(is_late, pa.scalar(None, column.type), column))
    slate = Slate(chosen, {"offers": day.offers})
    forecast = Forecast(np.arange(len(index)), pmf[list(at.values())])
    made = prediction_rows(own.name, work_of(own.name, day, now), slate, forecast, own.sha256)
    place = made.schema.get_field_index("predicted_at")
    made = made.set_column(place, "predicted_at", pa.array(moments, made.schema.field(place).type))
    return with_run(made), int(pc.sum(is_late).as_py())


def renamed(own: Own, kept: Own) -> Own:
    """The system with further rows: what is known of the first import, with the newest file."""
    return replace(kept, origin=own.origin, sha256=own.sha256)
