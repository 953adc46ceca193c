"""`tipoff quotes`: the counts of a home's quotes by what they may be used for."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.rules.quotes import REASONS
from tests.support.local import homes
from tests.support.places import ROOT
from tipoff.cli import main


def quote(player: int, **more: Any) -> dict[str, Any]:
    usual = {"bookmaker": "draftkings", "points_line": 20.5, "is_current": True, "age_minutes": 30.0, "hold": 0.05}
    return {**usual, "player_id": player, **more}


@pytest.fixture(name="home")
def home_with_quotes(tmp_path: Path) -> Path:
    """Two usable quotes, one too old, a placeholder, and an earlier quote, which was superseded."""
    app = homes.make_app(tmp_path)
    bare = {"refused_input": "price_missing", "refused_bet": "price_missing", "hold": None, "age_minutes": None}
    homes.put(app, "nba_analytics.player_quotes", [
        quote(1), quote(2, age_minutes=50.0), quote(3, refused_bet="too_old", age_minutes=300.0), quote(4, **bare),
        quote(5, is_current=False),
    ])  # fmt: skip
    app.close()
    return tmp_path


def test_newest_quotes_are_counted_by_book_and_reason(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that may be bet on have no reason; superseded ones are not counted."""
    assert main.run(["quotes", "--home", str(home), "--json"]) == 0
    found = {r["reason"]: r for r in json.loads(capsys.readouterr().out)}
    assert {reason: (r["quotes"], r["refused_input"], r["refused_bet"]) for reason, r in found.items()} == {
        "": (2, 0, 0), "price_missing": (1, 1, 1), "too_old": (1, 0, 1),
    }  # fmt: skip
    assert (found[""]["game_date"], found[""]["bookmaker"]) == (str(homes.DAY), "draftkings")
    assert (found[""]["age_minutes"], found["price_missing"]["hold"]) == (40.0, None)


def test_the_counts_read_as_text(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Reasons in words; a range without quotes is a mistake of one line."""
    assert main.run(["quotes", "--home", str(home)]) == 0
    text = capsys.readouterr().out
    for part in ("usable", "40 min", "5.0 h", "5.0%", "without both prices"):
        assert part in text
    assert main.run(["quotes", "--home", str(home), "--from", "2025-01-01"]) == 2
    assert "no quote between these dates" in capsys.readouterr().err


def test_every_reason_is_explained() -> None:
    """docs/metrics.md has each reason of a refusal."""
    text = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    assert [reason for reason in REASONS if f"`{reason}`" not in text] == []
