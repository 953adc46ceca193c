"""The generated page of the sources."""

from functions.process_raw.feeds.frame import FEEDS, kinds_of
from shared.contracts.feeds import feed_contract
from shared.contracts.payload_tables import payload_tables
from tests.support.places import ROOT
from tools.sources_page import page


def test_the_page_is_current() -> None:
    """docs/sources.md says what contracts and parsers say; after a change run `make docs`."""
    assert (ROOT / "docs" / "sources.md").read_text("utf-8") == page()


def test_each_kind_that_can_stand_in_exists() -> None:
    """A fallback is a kind of a feed; nothing stands in for itself."""
    kinds = {f"{feed}.{kind.name}" for feed in FEEDS for kind in kinds_of(feed)}
    for feed in FEEDS:
        for name, kind in feed_contract(feed).kinds.items():
            assert set(kind.fallback) <= kinds, f"{feed}.{name}"
            assert f"{feed}.{name}" not in kind.fallback


def test_each_table_is_filled_by_a_kind() -> None:
    """A table that no document fills would be dead."""
    filled = {table for feed in FEEDS for kind in feed_contract(feed).kinds.values() for table in kind.tables}
    assert payload_tables().keys() == filled
