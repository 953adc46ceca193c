"""What shopping is worth: picks by hand at the best, the line's, the median and the own book."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.local import homes
from tests.support.local.graded import AS_OF, TIP
from tipoff.evaluation.shopping import measured

OVER = {"recommendation": "OVER", "bookmaker": "draftkings", "line": 20.5, "over_price": -110, "under_price": -110}


def pick(player: int, **more: Any) -> dict[str, Any]:
    return {"player_id": player, "system_id": "s", "generation": 1, **OVER, **more}


def grade(player: int, points: int | None) -> dict[str, Any]:
    same = {"player_id": player, "system_id": "s", "prediction_generation": 1, "recommendation": "OVER"}
    return {
        **same,
        "actual_points": points,
        "outcome": "void" if points is None else "win",
        "void_reason": "dnp_unknown",
    }


def quote(player: int, book: str, line: float, over: int = -110, under: int = -110, **more: Any) -> dict[str, Any]:
    usual = {"is_current": True, "is_main": True, "age_minutes": 5.0}
    prices = {"over_price": over, "under_price": under}
    return {"player_id": player, "bookmaker": book, "points_line": line, **prices, **usual, **more}


def figures(
    path: Path,
    picks: list[dict[str, Any]],
    grades: list[dict[str, Any]],
    quotes: list[dict[str, Any]],
    later: list[dict[str, Any]] | None = None,
) -> Any:
    """The only system's figures, with draftkings as the own book; `later` has raw quotes."""
    app = homes.make_app(path)
    whole = [0.0] * 20 + [1.0] + [0.0] * 60
    chances = {"p_over": 0.5, "p_push": 0.0, "p_under": 0.5, "points_pmf": whole, "predicted_points": 20.0}
    homes.put(app, "nba_predictions.player_prop_predictions", [{**chances, **p} for p in picks], unit="s")
    homes.put(app, "nba_predictions.prediction_accuracy", grades, run_id=f"{homes.DAY}.postgame")
    homes.put(app, "nba_analytics.player_quotes", quotes)
    slate = [{"player_id": p["player_id"], "tip_utc": TIP, "as_of": AS_OF} for p in picks]
    homes.put(app, "nba_precompute.ml_feature_store_v2", slate)
    homes.put(app, "nba_raw.odds_api_player_points_props", later or [])
    (found,) = measured(app.tables, homes.DAY, homes.DAY, "draftkings", 60)
    app.close()
    return found


def test_each_place_pays_its_own_line_and_price(tmp_path: Path) -> None:
    """20 points: the best over 19.5 at +100 wins 1, the line's 20.5 loses 1; the median of three books pushes at 20."""
    books = [quote(1, "draftkings", 20.5), quote(1, "betmgm", 20.0), quote(1, "fanduel", 19.5, over=100)]
    best = {"best_bookmaker": "fanduel", "best_line": 19.5, "best_price": 100}
    found = figures(tmp_path, [pick(1, **best)], [grade(1, 20)], books)
    assert [found[f"{place}_roi"] for place in ("best", "headline", "median", "own")] == [1.0, -1.0, 0.0, -1.0]
    assert (found["picks"], found["gained"]) == (1, 2.0)


def test_an_under_prefers_the_higher_line_and_the_better_price(tmp_path: Path) -> None:
    """Of two books the median is the worse; a stale, refused, superseded or alternate quote is no book here."""
    under = {"recommendation": "UNDER", "best_bookmaker": "fanduel", "best_line": 21.5, "best_price": -105}
    books = [
        quote(1, "fanduel", 21.5, under=-105), quote(1, "betmgm", 21.5, under=-120),
        quote(1, "a", 25.5, age_minutes=66.0), quote(1, "b", 25.5, refused_bet="off_board"),
        quote(1, "c", 25.5, is_current=False), quote(1, "d", 25.5, is_main=False),
    ]  # fmt: skip
    found = figures(tmp_path, [pick(1, **under)], [grade(1, 21)], books)
    assert found["best_roi"] == pytest.approx(100 / 105)
    assert found["median_roi"] == pytest.approx(100 / 120)
    assert (found["headline_roi"], found["own_bets"]) == (-1.0, 0)
    assert found["gained"] == pytest.approx(100 / 105 + 1)


def test_who_did_not_play_and_what_is_no_pick_counts_nowhere(tmp_path: Path) -> None:
    """Voids have no profit; a pass has no bet; the mean is over the remaining picks."""
    best = {"best_bookmaker": "draftkings", "best_line": 20.5, "best_price": -110}
    picks = [pick(1, **best), pick(2, **best), pick(3, **best), pick(4, recommendation="PASS")]
    books = [quote(n, "draftkings", 20.5) for n in range(1, 5)]
    found = figures(tmp_path, picks, [grade(1, 30), grade(2, 10), grade(3, None), grade(4, 30)], books)
    assert (found["picks"], found["best_bets"], found["gained"]) == (2, 2, 0.0)
    assert found["best_roi"] == pytest.approx((100 / 110 - 1) / 2)


def later(
    player: int, book: str, line: float, over: int = -110, under: int = -110, minutes: int = 10
) -> dict[str, Any]:
    """A raw quote seen so many minutes after the prediction."""
    prices = {"points_line": line, "over_price": over, "under_price": under}
    return {"player_id": player, "bookmaker": book, "known_at": AS_OF + timedelta(minutes=minutes), **prices}


def test_a_snapshot_later_each_place_pays_what_its_book_shows_then(tmp_path: Path) -> None:
    """20 points: the best book's over 19.5 has become 20.5 and loses, the own one's line has fallen, the median is theirs."""
    books = [quote(1, "draftkings", 20.5), quote(1, "fanduel", 19.5, over=100)]
    best = {"best_bookmaker": "fanduel", "best_line": 19.5, "best_price": 100}
    then = [
        later(1, "fanduel", 20.5), later(1, "fanduel", 18.5, minutes=15), later(1, "draftkings", 19.5, over=-120),
        later(1, "betmgm", 19.5), later(1, "betrivers", 15.5, over=-450, under=330),
    ]  # fmt: skip
    found = figures(tmp_path, [pick(1, **best)], [grade(1, 20)], books, then)
    assert (found["next_best_bets"], found["next_best_roi"], found["lost_by_waiting"]) == (1, -1.0, 2.0)
    assert found["next_own_roi"] == found["next_headline_roi"] == pytest.approx(100 / 120)
    assert found["next_median_roi"] == pytest.approx(100 / 120)  # of 19.5 at -110, 19.5 at -120 and 20.5


def test_without_a_later_snapshot_a_pick_counts_there_nowhere(tmp_path: Path) -> None:
    """Nor does a book that stayed away, or a quote of a game that has begun."""
    best = {"best_bookmaker": "fanduel", "best_line": 19.5, "best_price": 100}
    books = [quote(1, "fanduel", 19.5, over=100), quote(2, "fanduel", 19.5, over=100)]
    then = [later(1, "betmgm", 20.5), later(2, "fanduel", 19.5, minutes=31)]
    found = figures(tmp_path, [pick(1, **best), pick(2, **best)], [grade(1, 20), grade(2, 20)], books, then)
    assert (found["next_best_bets"], found["next_median_bets"], found["next_own_bets"]) == (0, 1, 0)
    assert "next_best_roi" not in found
    assert "lost_by_waiting" not in found
