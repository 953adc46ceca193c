"""The benchmark of the parsers, on the made-up payloads."""

from benchmarks import parsing
from functions.process_raw.feeds.frame import FEEDS
from tests.support.feed_payloads import FOLDER


def test_every_feed_is_measured_beside_its_library() -> None:
    """Each feed that has made-up payloads, with rows and both times; pages beside the parser of pages."""
    sums = parsing.measure(FOLDER)
    assert {feed for feed, _ in sums} == {feed for feed in FEEDS if (FOLDER / feed).is_dir()}
    assert all(total.rows and total.ours > 0 and total.bare > 0 for total in sums.values())
    assert ("espn", "html") in sums
