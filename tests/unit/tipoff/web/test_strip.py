"""The verdict strip: each state has its own word, and what is old or unattended is said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.clock import VirtualClock
from tests.support.local.homes import DAY, NOW, completion, make_app, play
from tipoff.home import Home
from tipoff.web.site import Site
from tipoff.web.strip import Strip, strip

FAILED = {"scrape.nbac_schedule": completion("failed", "it answered 500")}
NO_GAMES = {"reference.nbac_schedule": completion("no_games", "no games in the window")}


def looked(home: Path, now: datetime) -> Strip:
    """The strip of tonight, seen at a moment."""
    site = Site(Home(home), VirtualClock(now))
    return strip(site, site.day(), site.stamp(), now)


@pytest.mark.parametrize(
    ("given", "until", "after", "word", "says"),
    [
        ({}, "raw", timedelta(minutes=1), "on time", "pregame is running: raw: waiting for"),
        ({}, "raw", timedelta(minutes=40), "late", "pregame is late: raw: past its deadline without"),
        (FAILED, "raw", timedelta(minutes=1), "broken", "pregame is failed: scrape:"),
        (NO_GAMES, "", timedelta(minutes=1), "no games", "is whole: no games"),
        ({}, "", timedelta(minutes=1), "on time", "pregame complete, postgame is not due yet"),
    ],
    ids=["running", "late", "failed", "no games", "waiting for the morning"],
)
def test_each_state_has_its_word(
    tmp_path: Path, given: dict[str, Any], until: str, after: timedelta, word: str, says: str
) -> None:
    """Of the same night in different states."""
    play(make_app(tmp_path), "pregame", given=given, until=until)
    found = looked(tmp_path, NOW + after)
    assert found.word == word
    assert says in found.sentence
    assert bool(found.attention) == (word in ("late", "broken"))


def test_a_home_whose_service_has_stopped_is_late_and_says_so(tmp_path: Path) -> None:
    """Yesterday was whole, tonight nothing has run: never the strip of a quiet night."""
    app = make_app(tmp_path)
    for kind in ("pregame", "postgame"):
        play(app, kind)
    found = looked(tmp_path, NOW + timedelta(days=1, hours=2))
    assert (found.day, found.word) == (DAY + timedelta(days=1), "late")
    assert "never opened although its schedule has passed" in found.sentence
    assert "start tipoff up --home" in found.next_check
    assert found.attention[0].command.startswith(f"tipoff request pregame {found.day}")


def test_the_age_of_the_rows_is_said(tmp_path: Path) -> None:
    """Since the warehouse was written."""
    make_app(tmp_path).close()
    written = datetime.fromtimestamp((tmp_path / "warehouse.duckdb").stat().st_mtime, UTC)
    assert looked(tmp_path, written + timedelta(minutes=90)).data.endswith("90 min ago")
    assert looked(tmp_path, written + timedelta(hours=5)).data.endswith("5.0 h ago")
