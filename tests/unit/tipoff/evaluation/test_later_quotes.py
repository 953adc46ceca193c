"""Quotes seen after a prediction: which one is the next, and which the closing line."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.map.loader import pipeline_map
from tests.support.local import homes
from tests.support.local.graded import AS_OF, TIP
from tipoff.evaluation.later_quotes import Later, read

BOOK = (homes.GAME, 1, "draftkings")


def at(minutes: float) -> datetime:
    """So many minutes after the prediction; the game tips off after 30."""
    return AS_OF + timedelta(minutes=minutes)


def quote(minutes: float, until: float | None = None, line: float = 20.5, **more: Any) -> dict[str, Any]:
    """A raw quote from one moment to another."""
    prices = {"points_line": line, "over_price": -110, "under_price": -110}
    last = None if until is None else at(until)
    return {"player_id": 1, "bookmaker": "draftkings", "known_at": at(minutes), "last_seen_at": last, **prices, **more}


def later(path: Path, *quotes: dict[str, Any], as_of: datetime = AS_OF) -> Later:
    app = homes.make_app(path)
    homes.put(app, "nba_precompute.ml_feature_store_v2", [{"player_id": 1, "tip_utc": TIP, "as_of": as_of}])
    homes.put(app, "nba_raw.odds_api_player_points_props", quotes)
    found = read(app.tables, homes.DAY, homes.DAY, pipeline_map().quotes)
    app.close()
    return found


def lines(found: Later) -> tuple[float | None, float | None]:
    """The next line and the closing line of the only book."""
    quotes = (found.following.get(BOOK), found.closing.get(BOOK))
    next_line, closing = (None if q is None else q.line for q in quotes)
    return next_line, closing


def test_the_first_and_the_last_snapshot_before_the_tip(tmp_path: Path) -> None:
    """A quote that ended before the prediction, and one seen from the tip on, are neither."""
    found = later(
        tmp_path, quote(-60, -1, 18.5), quote(5, 6, 19.5), quote(12, 13, 20.5), quote(25, 29, 21.5), quote(30)
    )
    assert lines(found) == (19.5, 21.5)


def test_a_quote_that_does_not_change_is_the_next_and_the_closing_one(tmp_path: Path) -> None:
    """It is listed by every snapshot until it ends: its no-vig chance of -120 and +100 is 0.5217."""
    found = later(tmp_path, quote(-60, 28, over_price=-120, under_price=100))
    assert lines(found) == (20.5, 20.5)
    assert round(found.closing[BOOK].p_over, 4) == 0.5217


def test_a_quote_that_no_later_snapshot_listed_is_neither(tmp_path: Path) -> None:
    """Without any snapshot after the prediction nothing is known of it."""
    assert lines(later(tmp_path, quote(-60), quote(-30, 0))) == (None, None)


def test_the_last_usable_quote_is_the_close(tmp_path: Path) -> None:
    """A later one without a price, with a hold of 16 %, or with an assumed time does not replace it."""
    found = later(
        tmp_path, quote(10, line=19.5), quote(20, line=21.5, over_price=None),
        quote(25, line=22.5, over_price=-137, under_price=-137), quote(28, line=23.5, known_at_source="assumed"),
    )  # fmt: skip
    assert lines(found) == (19.5, 19.5)


def test_of_lines_quoted_together_the_balanced_one_counts(tmp_path: Path) -> None:
    """Alternate lines have one long side."""
    found = later(
        tmp_path, quote(10, line=15.5, over_price=-390, under_price=300), quote(10, line=20.5),
        quote(10, line=25.5, over_price=300, under_price=-390),
    )  # fmt: skip
    assert lines(found) == (20.5, 20.5)


def test_a_quote_last_seen_long_before_the_tip_is_no_closing_line(tmp_path: Path) -> None:
    """Of a prediction made in the morning: what was last seen five hours before the tip is a next quote only."""
    morning = AS_OF - timedelta(hours=8)
    assert lines(later(tmp_path, quote(-300, -270, 19.5), as_of=morning)) == (19.5, None)
