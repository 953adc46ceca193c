"""`tipoff.load_NOUN`: a home's rows as DataFrames, by season, as they were known at a moment."""

import os
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shared.clock import SystemClock
from shared.contracts.rows import Table, table, tables
from shared.errors import UserError
from shared.rules.dates import eastern_date, eastern_instant, season_name, season_of_game
from tipoff.frames import cache, dictionary
from tipoff.frames.convert import to_frame
from tipoff.frames.dictionary import Loader, loaders
from tipoff.home import Home

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from shared.adapters.local.readers import HomeRows

Seasons = int | bool | Iterable[int] | None
Wanted = tuple[int, ...] | Literal["newest", "all"]
Moment = datetime | date | str | None
Folder = str | Path | None
DEFAULT_HOME = "build/home"
_EVER = {"from_date": date(1946, 1, 1), "to_date": date(9999, 12, 31)}
_SCHEDULE = "nba_raw.nbac_schedule"


def load(noun: str, seasons: Seasons = None, as_of: Moment = None, home: Folder = None) -> "pd.DataFrame":
    """The rows of a loader, as `tipoff.load_features` explains."""
    loader, at, moment = loaders()[noun], home_at(home), instant(as_of)
    wanted = _wanted(seasons)
    rows = cache.of(at, (noun, wanted, moment), lambda: _read(at, loader, wanted, moment))
    return _described(rows, loader, at, moment)


def home_at(folder: Folder) -> Home:
    """The home in that folder, else of the environment's TIPOFF_HOME, else build/home."""
    return Home(Path(folder or os.environ.get("TIPOFF_HOME", DEFAULT_HOME)))


def instant(moment: Moment) -> datetime | None:
    """The instant; of a date its first moment in US Eastern. UserError for text that is none, or without offset."""
    if isinstance(moment, str):
        try:
            moment = date.fromisoformat(moment) if len(moment) == len("2024-02-26") else datetime.fromisoformat(moment)
        except ValueError:
            raise UserError(f"as_of={moment!r} is not an ISO 8601 time or date") from None
    if isinstance(moment, datetime):
        if moment.tzinfo is None:
            raise UserError(f"as_of={moment.isoformat()} has no offset; write it as 2024-02-26T18:00:00-05:00")
        return moment
    return None if moment is None else eastern_instant(moment, 0)


def _wanted(seasons: Seasons) -> Wanted:
    if seasons is None or seasons is True:
        return "newest" if seasons is None else "all"
    listed = (seasons,) if isinstance(seasons, int) else tuple(seasons)
    if not listed or any(isinstance(s, bool) or not isinstance(s, int) for s in listed):
        raise UserError("seasons is None (the newest), a year such as 2024 for 2024-25, a list of years, or True (all)")
    return listed


def _read(home: Home, loader: Loader, wanted: Wanted, moment: datetime | None) -> "pa.Table":
    """The rows in the order of date and key; UserError if the home has none, or none of a season that is named."""
    contract, rows = table(loader.table), home.rows()
    try:
        years = _years(rows, loader)
        if not years:
            raise UserError(f"{home} has no {loader.noun} yet; run tipoff replay or up with this --home first")
        chosen = years if wanted == "all" else years[-1:] if wanted == "newest" else sorted(set(wanted))
        if absent := [y for y in chosen if y not in years]:
            named = ", ".join(season_name(y) for y in years)
            raise UserError(f"{home} has no {loader.noun} of {season_name(absent[0])} ({absent[0]}); there are {named}")
        digits = ", ".join(f"'{y % 100:02d}'" for y in chosen)
        where = f"SUBSTR(game_id, 4, 2) IN ({digits}){_of_system(loader)}"
        order = ", ".join(dict.fromkeys((contract.partition, *contract.key)))
        sql = f"SELECT * FROM {contract.full_name} WHERE {where} ORDER BY {order}"  # noqa: S608 - names of the contract
        return _query(rows, contract, sql, moment)
    finally:
        rows.close()


def _query(rows: "HomeRows", contract: Table, sql: str, moment: datetime | None) -> "pa.Table":
    params = {**_EVER, "as_of": moment}
    found = rows.query(sql, {contract.full_name: 0}, params, as_of=moment is not None)
    return found.select([c.name for c in contract.columns]).cast(contract.arrow_schema())


def _years(rows: "HomeRows", loader: Loader) -> list[int]:
    sql = f"SELECT DISTINCT SUBSTR(game_id, 1, 5) AS begins FROM {loader.table} WHERE TRUE{_of_system(loader)}"  # noqa: S608
    found = rows.query(sql, {loader.table: 0}, _EVER, as_of=False)
    return sorted({season_of_game(begins) for begins in found.column("begins").to_pylist()})


def _of_system(loader: Loader) -> str:
    return f" AND system_id = '{loader.system}'" if loader.system else ""


def _described(rows: "pa.Table", loader: Loader, home: Home, moment: datetime | None) -> "pd.DataFrame":
    from tipoff.frames.shown import Loaded

    frame = Loaded(to_frame(rows))
    newest = rows.column("known_at").to_pylist()
    updated = max(newest).isoformat() if newest else "never"
    known = "" if moment is None else f", as known at {moment.isoformat()}"
    frame.attrs["about"] = f"{loader.table} of {home}{known}; data updated {updated}"
    return frame


def load_status(home: Folder = None) -> "pd.DataFrame":
    """One row per loader: `rows`, `first`, `through`, `updated` (its newest known_at), `due` and `state`.

    `due` is the newest date whose games must be there by now, by the schedule. `state` is empty, behind (`through` is
    before `due`) or current.
    """
    import pandas as pd

    rows, now = home_at(home).rows(), SystemClock().now()
    try:
        return pd.DataFrame([_status(rows, loader, now) for loader in loaders().values()])
    finally:
        rows.close()


def _status(rows: "HomeRows", loader: Loader, now: datetime) -> dict[str, Any]:
    counted = f"""
        SELECT COUNT(*) AS n, MIN(game_date) AS first, MAX(game_date) AS through, MAX(known_at) AS updated
        FROM {loader.table} WHERE TRUE{_of_system(loader)}
    """  # noqa: S608 - names of the contract
    found = rows.query(counted, {loader.table: 0}, _EVER, as_of=False).to_pylist()[0]
    past = f"SELECT MAX(game_date) AS due FROM {_SCHEDULE} WHERE game_status = 'scheduled' AND tip_utc <= @as_of"  # noqa: S608
    limit = {**_EVER, "to_date": eastern_date(now), "as_of": now - timedelta(hours=loader.due_hours)}
    due = rows.query(past, {_SCHEDULE: 0}, limit, as_of=False).to_pylist()[0]["due"]
    state = "empty" if not found["n"] else "behind" if due and found["through"] < due else "current"
    names = {"loader": f"load_{loader.noun}", "table": loader.table, "state": state, "rows": found.pop("n")}
    return {**names, **found, "due": due}


def load_dictionary(table_name: str | None = None) -> "pd.DataFrame":
    """The dictionary of columns, of all tables or of one: its loader and grain; key, meaning, unit, null, known-at.

    UserError names the tables if there is none of that name.
    """
    import pandas as pd

    chosen = [dictionary.find_table(table_name)] if table_name else list(tables().values())
    rows = [{**dictionary.summary(one), **asdict(e)} for one in chosen for e in dictionary.entries(one)]
    return pd.DataFrame(rows).drop(columns="key")
