"""Grade the user's own systems by the same query and code as the built-in ones."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from functions.grade import grading
from shared.adapters.local.beside import RowsBeside
from shared.contracts.work import Work
from shared.map.loader import pipeline_map
from shared.sql import queries
from tipoff.home import OWN
from tipoff.own import store
from tipoff.own.store import Own

if TYPE_CHECKING:
    from shared.adapters.local.readers import HomeRows

FUNCTION, UNIT = "grade", "prediction_accuracy"
_SPAN = f"SELECT MIN(game_date) AS first, MAX(game_date) AS last FROM {OWN['predictions']}"  # noqa: S608
_GRADED = "SELECT game_date, MAX(generation) AS generation FROM nba_predictions.prediction_accuracy GROUP BY 1"


def grade(own: Own, rows: "HomeRows", now: datetime) -> int:
    """Grade its predictions of the dates that are graded, as they stand now; the number of grades."""
    schema = grading.TABLE.arrow_schema()
    if not own.predictions.exists():
        return 0
    alone = RowsBeside(rows, {OWN["predictions"]: [own.predictions]}, alone=True)
    (span,) = alone.read(_SPAN).to_pylist()
    if span["first"] is None:
        return 0
    unit = pipeline_map().unit(FUNCTION, UNIT)
    params = {"from_date": span["first"], "to_date": span["last"]}
    found = alone.query(queries.text(FUNCTION, unit.inputs["predictions"]), unit.reads, params, as_of=False)
    newest = {row["game_date"]: row["generation"] for row in rows.read(_GRADED).to_pylist()}
    found = found.filter(pa.array([day in newest for day in found.column("game_date").to_pylist()], pa.bool_()))
    if not found.num_rows:
        return 0
    identity: dict[str, Any] = {
        "run_id": store.RUN_ID,
        "kind": store.RUN_ID,
        "generation": 1,
        "phase": FUNCTION,
        "unit": UNIT,
    }
    graded = grading.graded(found, Work(**identity, **params, as_of=now, now=now))
    generations = [newest[day] for day in graded.column("game_date").to_pylist()]
    graded = graded.append_column("run_id", pa.repeat(pa.scalar(store.RUN_ID), len(graded)))
    graded = graded.append_column("generation", pa.array(generations, pa.int64()))
    store.save_rows(own.grades, graded.select(schema.names).cast(schema))
    return len(graded)
