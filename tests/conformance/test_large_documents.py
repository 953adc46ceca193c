"""A backfill of thousands of answers: whatever the run has to say, every document fits into every twin of the store."""

import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from shared.adapters.local.archive import FileArchive
from shared.contracts.events import RunRequested, UnitRequested, message
from shared.contracts.work import Answer, Computed, Payload, Request, Work
from shared.errors import NotThereYet
from shared.ports import State
from shared.protocol.engine import Engine
from shared.work.app import App
from shared.work.evidence import evidence_of
from shared.work.fetch import FetchStep
from shared.work.handle import handle
from shared.work.steps import ParseStep, Step
from tests.support.scripted_engine import DAY, House

ANSWERED, ABSENT = 5_000, 2_500
LIMIT = 1_000_000  # bytes; Firestore's is 1 MiB with names and ids
UNIT = "nbac_gamebook_player_stats"


class Feed:
    """So many box scores, of which the first are there; also the core that parses them."""

    parsed = 0

    def has_feed(self, feed: str, source: str) -> bool:
        return feed == UNIT and bool(source)

    def plan(self, feed: str, work: Work, source: str) -> Generator[Request, bytes | None, None]:
        del feed, work, source
        for n in range(ANSWERED + ABSENT):
            yield Request("nba_cdn", f"static/json/liveData/boxscore/boxscore_{n:010}.json", entity=f"game {n:010}")

    def fetch(self, request: Request) -> Answer:
        number = int(request.entity.split()[1])
        if number >= ANSWERED:
            raise NotThereYet(f"{request.path}: HTTP 403, not there yet or throttled {'and so on ' * 100}")
        return Answer(b"{}" if number else b"{ }")

    def parse(self, feed: str, source: str, payloads: Sequence[Payload], inputs: Any, work: Work) -> Computed:
        del feed, source, inputs, work
        self.parsed = len(payloads)
        return Computed(outcome="partial", reason="half of it; " * 10_000)


class NoRows:
    """A warehouse without any row."""

    def query(self, *_: Any, **__: Any) -> pa.Table:
        return pa.table({})


def on(state: State, archive: FileArchive, feed: Any) -> App:
    """The pipeline on that store."""
    house = House()
    engine = Engine(house.map, state, house.events, house.clock)
    tables: Any = NoRows()
    return replace(house.app, state=state, engine=engine, archive=archive, feeds=feed, tables=tables)


def test_five_thousand_answers_are_parsed_and_ruled_on(state: State, tmp_path: Path) -> None:
    """Fetched, listed in the archive, read back by the parser; named in the verdict as far as there is room."""
    feed: Any = Feed()
    app = on(state, FileArchive(tmp_path / "archive"), feed)
    run = app.engine.open_run(RunRequested(request_id="r", kind="postgame", from_date=DAY))
    steps: tuple[tuple[str, Step], ...] = (
        ("scrape", FetchStep("scrape", feed)),
        ("raw", ParseStep("process_raw", feed)),
    )
    for phase, step in steps:
        event = UnitRequested(run_id=run.run_id, generation=1, phase=phase, unit=UNIT, to=step.function)
        handle(message("topic", event), step, app)
        other = event.model_copy(update={"unit": "nbac_schedule"})
        app.engine.complete(other, {"outcome": "ok", "reason": "", "hash": "", "evidence": {}})
        done, verdict = app.state.get("completions", event.event_id), app.state.get("verdicts", f"{run.id}.{phase}")
        assert done is not None
        assert verdict is not None
        assert max(len(json.dumps(d.doc)) for d in (done, verdict)) < LIMIT
        assert done.doc["outcome"] == "partial"
        assert verdict.doc["outcome"] == "degraded"
        named = [gap["entity"] for gap in verdict.doc["gaps"][UNIT]]
        assert named == [f"game {ANSWERED + n:010}" for n in range(100)]
        assert len(evidence_of(done.doc, app.archive)["missing"]) == ABSENT
    fetched = app.state.get("completions", f"{run.id}.scrape.{UNIT}")
    assert fetched is not None
    assert fetched.doc["evidence"]["in_archive"]["counts"] == {"artifacts": ANSWERED, "missing": ABSENT}
    assert feed.parsed == ANSWERED


def test_a_small_completion_keeps_its_lists(state: State, tmp_path: Path) -> None:
    """A slate's few answers need no object in the archive."""
    app = on(state, FileArchive(tmp_path / "archive"), None)
    evidence = {"artifacts": [{"sha256": "a"}], "missing": []}
    app.state.create("completions", "c", {"evidence": evidence})
    stored = app.state.get("completions", "c")
    assert stored is not None
    assert evidence_of(stored.doc, app.archive) == evidence
    assert not (tmp_path / "archive").exists()


def test_whatever_is_quarantined_fits(state: State, tmp_path: Path) -> None:
    """A body and a reason of megabytes: their beginning is kept, with how long they were."""
    app = on(state, FileArchive(tmp_path / "archive"), None)
    app.engine.quarantine("event.x", "r" * 3_000_000, "é" * 3_000_000)
    (held,) = app.state.find("quarantine", "held")
    assert held.doc["reason"].endswith("(3000000 characters)")
    assert held.doc["body"].endswith("(3000000 characters)")
