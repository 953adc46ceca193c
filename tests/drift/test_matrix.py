"""Each feed under fifteen ways of drift: no wrong row, no row lost in silence, no exception."""

import pytest

from functions.process_raw.feeds.frame import FEEDS, kinds_of, read_payload
from tests.drift.matrix import FEWER, NULL, REFUSED, SAME, SILENT, Cell, cells
from tests.drift.mutations import MUTATIONS
from tests.support.feed_payloads import Seed, seeds

# What a mutation may do. Lists that are empty are what the source says: rows may be missing without a word.
ALLOWED = {
    "field missing": {SAME, NULL, FEWER, REFUSED},
    "field renamed": {SAME, NULL, FEWER, REFUSED},
    "null": {SAME, NULL, FEWER, REFUSED},
    "wrong type": {SAME, NULL, FEWER, REFUSED},
    "number as text": {SAME, NULL, FEWER, REFUSED},
    "nested deeper": {SAME, NULL, FEWER, REFUSED},
    "list as object": {SAME, NULL, FEWER, REFUSED},
    "extra field": {SAME},
    "empty list": {SAME, NULL, FEWER, REFUSED, SILENT},
    "truncated": {SAME, REFUSED},  # same: a page that lost nothing but its last tags
    "page instead": {REFUSED},
    "wrong encoding": {SAME, REFUSED},
    "record twice": {SAME, FEWER, REFUSED},
    "huge value": {SAME, NULL, FEWER, REFUSED},
    "order swapped": {SAME, FEWER, REFUSED},
}


PAGES = {
    "basketball_reference",
    "bigdataball",
    "nba_gamebook",
    "nba_injury_report",
}  # changed in test_pages.py: no trees


def test_each_feed_has_a_payload_in_the_matrix() -> None:
    """A feed without a made-up payload would be drift that no test sees; no payload is of a kind that is gone."""
    kinds = {f"{feed}.{kind.name}" for feed in FEEDS for kind in kinds_of(feed)}
    assert {seed.name for seed in seeds()} <= kinds
    assert {seed.feed for seed in seeds()} == set(FEEDS) - PAGES


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_a_made_up_payload_is_whole(seed: Seed) -> None:
    """It gives rows of its kind and nothing is refused, so that the matrix starts from rows; or it is an empty one."""
    outcome = read_payload(seed.feed, seed.body)
    assert (outcome.kind, outcome.refused, outcome.drift) == (seed.kind, {}, ())
    assert outcome.rule in ("", "empty_slate")


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_no_drift_gives_a_wrong_row_or_loses_one_in_silence(seed: Seed) -> None:
    """Every mutation at every place of the payload: same rows, nulls that are allowed, or a named refusal."""
    for cell in cells((seed,)):
        unexpected = [(place, result) for place, result, _ in cell.results if result not in ALLOWED[cell.mutation]]
        assert unexpected == [], cell.mutation


@pytest.mark.parametrize("seed", [s for s in seeds() if not s.kind.endswith("page")], ids=lambda seed: seed.name)
def test_a_document_that_is_cut_off_gives_no_row(seed: Seed) -> None:
    """Wherever it ends, compressed or not: part of a list would look like a shorter list."""
    assert {outcome.rows == {} for _, _, outcome in _cell(seed.name, "truncated").results} == {True}


def _cell(kind: str, mutation: str) -> Cell:
    (seed,) = (seed for seed in seeds() if seed.name == kind)
    (only,) = (m for m in MUTATIONS if m.name == mutation)
    return next(cells((seed,), (only,)))


@pytest.mark.parametrize(
    ("kind", "mutation", "place", "expected"),
    [
        ("odds_api.odds", "field renamed", "data.bookmakers.0.markets.0.outcomes.0.point", NULL),
        ("odds_api.odds", "field missing", "data.bookmakers", REFUSED),
        ("odds_api.odds", "number as text", "data.bookmakers.0.markets.0.outcomes.0.price", NULL),
        ("balldontlie.stats", "number as text", "data.0.pts", FEWER),
        ("balldontlie.box_scores", "huge value", "data.0.home_team_score", FEWER),
        ("espn.boxscore", "field missing", "header.uid", REFUSED),
        ("espn.boxscore_page", "nested deeper", "page.content.gamepackage", REFUSED),
        ("espn.scoreboard", "null", "events.0.competitions.0.neutralSite", NULL),
        ("prizepicks.projections", "null", "data.0.attributes.line_score", FEWER),
        ("kalshi.markets", "wrong type", "markets.0.yes_bid_dollars", FEWER),
        ("underdog.lines", "list as object", "players", SAME),
    ],
)
def test_what_becomes_of_one_change(kind: str, mutation: str, place: str, expected: str) -> None:
    """Named cells, so that a matrix whose comparison broke would be noticed."""
    found = {where: result for where, result, _ in _cell(kind, mutation).results}
    assert found[place] == expected
