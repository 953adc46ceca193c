"""The parsers with inputs of ../shared/cases that are about schedules and box scores."""

import gzip
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from functions.process_raw import core
from shared.contracts.work import Computed
from tests.support.data.inputs import payload, rows_of, work
from tests.support.places import SHARED_DATA

CASES = SHARED_DATA.parent / "cases"
SCHEDULE = "nba_raw.nbac_schedule"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases")


def parse(feed: str, case: str, file: str, day: date, **inputs: pa.Table) -> Computed:
    """What the parser makes of a case's document, for the two weeks from that day."""
    body = (CASES / case / file).read_bytes()
    body = gzip.decompress(body) if file.endswith(".gz") else body
    return core.parse(feed, "nba", [payload(file, body)], inputs, work(day, day + timedelta(days=14)))


def statuses(computed: Computed) -> list[tuple[Any, ...]]:
    return [(r["game_id"], r["game_status"], r["status_reason"]) for r in rows_of(SCHEDULE, computed).to_pylist()]


def test_06_a_final_without_scores_was_not_played() -> None:
    """It is postponed."""
    found = parse("nbac_schedule", "06-final-that-was-not-played", "input.schedule.json", date(2024, 11, 2))
    assert statuses(found) == [("0022400141", "postponed", "listed as Final without scores")]


def test_10_an_if_necessary_game_is_on_no_slate() -> None:
    """Before the series ended it was tentative; afterwards it is withdrawn, although the document is empty."""
    case, day = "10-if-necessary-game-drops-out", date(2025, 5, 16)
    before = parse("nbac_schedule", case, "input.schedule-before.json", day)
    assert statuses(before) == [("0042400226", "tentative", "TBD")]
    after = parse("nbac_schedule", case, "input.schedule-after.json", day, stored=rows_of(SCHEDULE, before))
    assert statuses(after) == [("0042400226", "withdrawn", "if necessary, and no longer listed")]


def test_13_a_box_score_with_holes_is_held_back() -> None:
    """Its players sum to less than their team's score; the difference is named."""
    found = parse("nbac_gamebook_player_stats", "13-box-score-with-holes", "input.json.gz", date(2020, 12, 22))
    assert len(rows_of("nba_raw.nbac_gamebook_player_stats", found)) == 0
    assert [m.reason for m in found.missing] == ["the players of BKN sum to 93 points, the team's score is 125"]
