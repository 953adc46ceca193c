"""Helpers of the input tests: a clock that stands, work for a window, and the engine's loop over a plan."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from functions.scrape import core as scrape
from shared.contracts.rows import table
from shared.contracts.work import Artifact, Computed, Payload, Work
from shared.map.loader import pipeline_map
from shared.ports import Feeds
from shared.sql import gsql
from tests.support.places import SHARED_DATA

PAYLOADS = SHARED_DATA / "payloads"
needs_shared = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="needs ../shared/data")
LONG_AFTER = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class StandingClock:
    """A clock that shows what it is set to."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def work(first: date, last: date | None = None, *, as_of: datetime = LONG_AFTER, now: datetime | None = None) -> Work:
    """Work for a window of dates with the map's settings and assumptions."""
    m = pipeline_map()
    return Work(
        "r", "backfill", 1, "raw", "u", first, last or first, as_of, now or as_of,
        settings={**m.settings, **m.coverage}, assumptions=m.assumptions, quotes=m.quotes,
    )  # fmt: skip


def payload(
    path: str, body: bytes, *, source: str = "nba_cdn", fetched_at: datetime = LONG_AFTER, entity: str = ""
) -> Payload:
    """A body as the archive would hand it out, asked for about an entity."""
    return Payload(Artifact(sha256(body).hexdigest(), len(body), source, "feed", path, fetched_at, entity=entity), body)


def recorded(name: str) -> bytes:
    """A recorded body of ../shared/data/payloads."""
    body = (PAYLOADS / name).read_bytes()
    return gzip.decompress(body) if name.endswith(".gz") else body


def fetch_all(feed: str, job: Work, source: str, feeds: Feeds) -> list[Payload]:
    """Run a plan as the engine does: fetch, keep, send the body back in."""
    plan, found, body = scrape.plan(feed, job, source), [], None
    while True:
        try:
            request = next(plan) if body is None else plan.send(body)
        except StopIteration:
            return found
        body = feeds.fetch(request).body
        found.append(payload(request.path, body, source=request.site, fetched_at=job.now))


def rows_of(full_name: str, computed: Computed) -> pa.Table:
    """A core's rows as Arrow, in the contract's schema."""
    return computed.rows if isinstance(computed.rows, pa.Table) else table(full_name).to_arrow(computed.rows or [])


def standing(rows: pa.Table) -> pa.Table:
    """The raw rows that no other row of their key overruled."""
    return rows.filter(pc.fill_null(pc.not_equal(rows["contradiction"], "overruled"), fill_value=True))


def broken_rules(full_name: str, rows: pa.Table) -> dict[str, int]:
    """How many rows break each check, required column and key of the contract; rules that hold are left out."""
    contract = table(full_name)
    counts: dict[str, int] = {}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("rows", rows)

        def count(condition: str) -> int:
            found = connection.execute(f"SELECT COUNT(*) FROM rows WHERE {condition}").fetchone()
            return int(found[0]) if found else 0

        for rule, condition in contract.checks:
            checked = gsql.to_duckdb(f"SELECT NOT ({condition}) AS broken FROM `rows`")
            found = connection.execute(f"SELECT COUNT(*) FROM ({checked}) WHERE broken").fetchone()
            counts[rule] = int(found[0]) if found else 0
        for column in contract.columns:
            if column.required and column.name in rows.schema.names:
                counts[f"null_{column.name}"] = count(f"{column.name} IS NULL")
        key = ", ".join(contract.key)
        counts["duplicate_key"] = len(rows) - len(connection.execute(f"SELECT DISTINCT {key} FROM rows").fetchall())
    return {rule: n for rule, n in counts.items() if n}


def inputs(schedule: Sequence[Mapping[str, Any]], identities: Sequence[Mapping[str, Any]]) -> dict[str, pa.Table]:
    """The inputs of queries/schedule.sql and queries/identities.sql from plain rows."""
    listed = pa.table(
        {
            "player_id": pa.array([r["player_id"] for r in identities], pa.int64()),
            **{n: pa.array([r[n] for r in identities], pa.string()) for n in ("player_name", "player_lookup", "team")},
            "player_code_lookup": pa.array([r.get("player_code_lookup") for r in identities], pa.string()),
        }
    )
    games = table("nba_raw.nbac_schedule").to_arrow([dict(r) for r in schedule])
    return {"schedule": games, "identities": listed}
