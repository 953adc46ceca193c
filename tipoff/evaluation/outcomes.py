"""The outcome of every prediction that was issued: one count, from a home's rows or, without them, from documents.

The rows are the truth. Where the warehouse is in use or is BigQuery, what units recorded of their rows gives the same.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from shared.contracts.rows import table
from shared.map.model import PipelineMap
from shared.ports import Doc, State
from shared.rules.dates import eastern_date
from shared.rules.tally import Graded, Issued, Tally, tally, why_ungraded

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "prediction_outcomes"
_PREDICTIONS, _GRADES = table("nba_predictions.player_prop_predictions"), table("nba_predictions.prediction_accuracy")
_GRADE = "grade"  # the function, and its phase whose unit writes the grades


class Rows(Protocol):
    """A warehouse that answers DuckDB's SQL."""

    def read(self, sql: str, params: Mapping[str, Any] | None = None) -> "pa.Table":
        """The rows of a query."""


def _current(name: str) -> str:
    """The rows of a table that no newer generation replaces, as a subquery with parameters first and last."""
    contract = table(name)
    where = f"{contract.partition} BETWEEN $first AND $last"
    return f"(SELECT * FROM {name} WHERE {where} QUALIFY {contract.is_newest})"  # noqa: S608 - names of the contract


_OUTCOMES = f"""
    SELECT p.game_date, p.game_id, p.player_id, p.player_lookup, p.system_id, p.generation, g.outcome,
      COALESCE(g.pending_reason, g.void_reason, g.ungradeable_reason) AS reason
    FROM {_current(_PREDICTIONS.full_name)} AS p
    LEFT JOIN {_current(_GRADES.full_name)} AS g
      ON g.game_date = p.game_date AND g.game_id = p.game_id AND g.player_id = p.player_id AND g.system_id = p.system_id
      AND g.prediction_generation = p.generation
"""  # noqa: S608 - names of the contract


def of_rows(tables: Rows, state: State, pipeline: PipelineMap, days: tuple[date, date], now: datetime) -> Tally:
    """The tally of the predictions of these dates, first and last, by the rows of a home."""
    sql = f"SELECT game_date, system_id, generation, outcome, reason, COUNT(*) AS n FROM ({_OUTCOMES}) GROUP BY ALL"  # noqa: S608
    whys, counts, graded = _Whys(state, pipeline, now), Counter[tuple[date, str, int]](), []
    for row in tables.read(sql, {"first": days[0], "last": days[1]}).to_pylist():
        key = (row["game_date"], row["system_id"], row["generation"])
        counts[key] += row["n"]
        if row["outcome"]:
            graded.append(Graded(*key, row["outcome"], row["reason"], row["n"]))
    return tally((Issued(*key, count, whys.of(key[0])) for key, count in counts.items()), graded)


def each(tables: Rows, state: State, pipeline: PipelineMap, days: tuple[date, date], now: datetime) -> "pa.Table":
    """One row per prediction of these dates, in the order of its key: its outcome and the reason of what has none."""
    import pyarrow as pa

    ordered = f"{_OUTCOMES} ORDER BY p.game_date, p.game_id, p.player_id, p.system_id"
    listed = tables.read(ordered, {"first": days[0], "last": days[1]})
    whys = _Whys(state, pipeline, now)
    filled = [
        row if row["outcome"] else {**row, "outcome": "pending", "reason": whys.of(row["game_date"])}
        for row in listed.to_pylist()
    ]
    return pa.Table.from_pylist(filled, listed.schema)


def of_documents(state: State, pipeline: PipelineMap, days: Iterable[date], now: datetime) -> Tally:
    """The tally of the predictions of these dates, by what their runs recorded of the rows that they wrote."""
    whys, issued, graded = _Whys(state, pipeline, now), dict[tuple[date, str], Issued](), list[Graded]()
    for day in days:
        for system, generation, doc in _wrote(state, pipeline, day, "predict", _PREDICTIONS.full_name):
            issued.setdefault((day, system), Issued(day, system, generation, doc["found"], whys.of(day)))
        for _, _, doc in islice(_wrote(state, pipeline, day, _GRADE, _GRADES.full_name), 1):
            graded += [
                Graded(day=day, **grade) for grade in doc["evidence"].get("grades", ())
            ]  # older code left it out
    return tally(issued.values(), graded)


def _wrote(state: State, pipeline: PipelineMap, day: date, function: str, name: str) -> Iterator[tuple[str, int, Doc]]:
    """Unit, generation and completion of what wrote rows to a table for a date, the newest generation first."""
    kind = pipeline.runs[pipeline.kind_with(function)]
    cells = [
        (phase.name, unit)
        for phase in kind.phases.values()
        for unit in phase.units
        if pipeline.unit(phase.function, unit).writes == name
    ]
    run = state.get("runs", f"{day}.{kind.name}")
    generations = range(run.doc["generation"] if run else 0, 0, -1)
    ids = {f"{day}.{kind.name}.{g}.{phase}.{unit}": (unit, g) for g in generations for phase, unit in cells}
    done = state.get_many("completions", list(ids))
    for doc_id, (unit, generation) in ids.items():
        if doc_id in done and done[doc_id]["found"]:
            yield unit, done[doc_id].get("carried_from", generation), done[doc_id]


class _Whys:
    """Why predictions of a date have no grade, read once per date."""

    def __init__(self, state: State, pipeline: PipelineMap, now: datetime) -> None:
        self._state, self._today, self._known = state, eastern_date(now), dict[date, str]()
        self._kind = pipeline.runs[pipeline.kind_with(_GRADE)]

    def of(self, day: date) -> str:
        """The reason."""
        if day not in self._known:
            run = self._state.get("runs", f"{day}.{self._kind.name}")
            prefix = f"{day}.{self._kind.name}.{run.doc['generation'] if run else 0}."
            names = [_GRADE]
            while before := self._kind.phases[names[0]].after:
                names.insert(0, before)
            docs = self._state.get_many("verdicts", [prefix + name for name in names])
            verdicts = {i.removeprefix(prefix): d for i, d in docs.items()}
            before_it = [(n, verdicts[n]["outcome"], verdicts[n]["reason"]) for n in names if n in verdicts]
            own = verdicts.get(_GRADE, {}).get("outcome")
            self._known[day] = why_ungraded(before_it, own, day, self._today)
        return self._known[day]
