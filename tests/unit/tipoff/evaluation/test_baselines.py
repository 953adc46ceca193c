"""The baselines: worked by hand, on the system's own rows, and the best of them by the rows that all of them cover."""

from datetime import date
from math import log
from pathlib import Path

import numpy as np
import pytest

from functions.predict.distribution import chances
from tests.support.data.graded_games import rows
from tests.support.local import homes
from tipoff.evaluation import baselines, metrics, report

DAYS = np.datetime64("2024-01-01") + np.arange(4)


def test_the_line_and_half_a_point_below_it_err_by_their_distance() -> None:
    """Lines of 20.5 and results 18, 20, 21, 30: the line errs by 2.5, 0.5, 0.5, 9.5; half below by 2, 0, 1, 10."""
    four = rows(4, line=np.full(4, 20.5), points=np.array([18.0, 20.0, 21.0, 30.0]))
    found = baselines.scored(four, {}, {})
    assert found["mae"]["line"].tolist() == [2.5, 0.5, 0.5, 9.5]
    assert found["mae"]["line - 0.5"].tolist() == [2.0, 0.0, 1.0, 10.0]
    assert found["brier"]["line"] == pytest.approx([0.25] * 4)


def test_half_a_point_below_the_line_says_under() -> None:
    """P(over) at the line is below one half, so its Brier score is smaller where the points stayed below."""
    two = rows(2, line=np.full(2, 20.5), points=np.array([10.0, 30.0]))
    under, over = baselines.scored(two, {}, {})["brier"]["line - 0.5"]
    assert under < 0.25 < over


def test_the_lines_price_is_its_no_vig_chance() -> None:
    """At -150 and +120 the over has 60 % and 45.45 %, no-vig 56.9 %: a Brier score of 0.186 if it hits; else no price."""
    prices = {"over_price": np.array([1 + 100 / 150, np.nan]), "under_price": np.array([2.2, 2.0])}
    two = rows(2, line=np.full(2, 20.5), points=np.full(2, 30.0), **prices)
    found = baselines.scored(two, {}, {})
    chance = 0.6 / (0.6 + 1 / 2.2)
    assert found["brier"]["line's price"][0] == pytest.approx((1 - chance) ** 2)
    assert found["mae"]["line's price"][0] < found["mae"]["line"][0]  # its median lies above the line
    for score in baselines.SCORES:
        assert np.isnan(found[score]["line's price"][1])


def test_last_seasons_over_rate_is_that_of_the_rows_own_season() -> None:
    """A row of January 2024 gets 2023-24's; a row of a season without a rate has none; a push has no score."""
    given = {"line": np.array([20.5, 20.5, 20.0, 20.5]), "points": np.array([30.0, 10.0, 20.0, 30.0])}
    four = rows(4, days=np.array(["2024-01-01", "2024-06-01", "2024-01-01", "2024-10-30"], "datetime64[D]"), **given)
    found = baselines.scored(four, {}, {2023: 0.4, 2025: 0.9})["brier"]["last season's over rate"]
    assert found[:2] == pytest.approx([0.36, 0.16])
    assert np.isnan(found[2:]).all()


def test_another_system_is_matched_by_player_and_game() -> None:
    """In any order of its rows; a player-game that it lacks has no score."""
    ours, other = rows(50), rows(50, off=3.0)
    mixed = other.only(np.arange(49, 0, -1))
    found = baselines.scored(ours, {"market": mixed, "moving_average": other, "champion": other}, {})
    assert set(found["crps"]) == {"", "line", "line - 0.5", "line's price", "market", "moving_average"}
    for score in baselines.SCORES:
        assert np.isnan(found[score]["market"][0])
        assert found[score]["market"][1:] == pytest.approx(found[score]["moving_average"][1:])


def test_the_best_baseline_has_the_lowest_mean_where_all_of_them_are_known() -> None:
    """A baseline of too few rows is no candidate, however low; the lead is the mean difference on the common rows."""
    ours = np.array([1.0, 1.0, 1.0, 5.0] * 25)
    by_name = {
        "": ours,
        "good": np.where(np.arange(100) == 3, np.nan, 2.0),  # 99 of 100 rows
        "bad": np.full(100, 3.0),
        "few": np.where(np.arange(100) < 50, 0.0, np.nan),
    }
    figures = baselines.beside_best({"mae": by_name}, np.datetime64("2024-01-01") + np.arange(100))
    assert (figures["mae_best"], figures["mae_rows"], figures["mae_dates"]) == ("good", 99, 99)
    assert figures["mae_of_baseline"] == 2.0
    assert figures["mae_lead"] == pytest.approx(2.0 - (75 * 1 + 24 * 5) / 99)


def test_each_baseline_is_compared_on_its_own_rows() -> None:
    """Lead, rows and dates are of the rows where both are known; a baseline without any is left out."""
    by_name = {
        "": np.array([1.0, 2.0, np.nan, 4.0]),
        "b": np.array([2.0, np.nan, 3.0, 2.0]),
        "none": np.full(4, np.nan),
    }
    (figures,) = baselines.beside_each({"crps": by_name}, DAYS)
    assert (figures["baseline"], figures["crps_rows"], figures["crps_dates"]) == ("b", 2, 2)
    assert figures["crps_lead"] == pytest.approx(((2.0 - 1.0) + (2.0 - 4.0)) / 2)
    assert figures["crps_lead_95"] == "too few dates (2 < 20)"


def test_a_score_without_rows_has_no_best_baseline() -> None:
    """Where every result was a push there is no Brier score; the others stand."""
    met = rows(4, line=np.full(4, 20.0), points=np.full(4, 20.0))
    figures = baselines.beside_best(baselines.scored(met, {}, {}), DAYS)
    assert "brier_lead" not in figures
    assert figures["mae_rows"] == 4


def test_a_part_has_the_scores_of_its_rows() -> None:
    """By a mask."""
    found = baselines.part({"mae": {"": np.arange(4.0), "b": np.arange(4.0) * 2}}, np.array([True, False, False, True]))
    assert found["mae"][""].tolist() == [0.0, 3.0]
    assert found["mae"]["b"].tolist() == [0.0, 6.0]


def test_over_rates_are_those_of_the_season_before(tmp_path: Path) -> None:
    """Two of three decided lines of 2023-24 went over: 2024-25's rate. A push, a player who sat and no line count not."""
    app = homes.make_app(tmp_path)
    lines = {1: 20.5, 2: 10.5, 3: 30.5, 4: 25.0, 5: 5.5, 6: None}
    scored = {1: 25, 2: 11, 3: 12, 4: 25, 5: 0, 6: 30}
    homes.put(app, "nba_precompute.ml_feature_store_v2", [{"player_id": n, "line": v} for n, v in lines.items()])
    played = [{"player_id": n, "points": v, "seconds_played": 0 if n == 5 else 1200} for n, v in scored.items()]
    homes.put(app, "nba_analytics.player_game_summary", played)
    assert baselines.over_rates(app.tables) == {2024: pytest.approx(2 / 3)}
    app.close()


def test_over_rates_count_a_seasons_dates_together() -> None:
    """By rows, not by dates: 3 of 10 and 5 of 6 are 8 of 16; a season of pushes only has none."""
    counts = [
        (date(2023, 11, 1), 3, 10),
        (date(2024, 6, 1), 5, 6),
        (date(2022, 11, 1), 1, 4),
        (date(2021, 11, 1), 0, 0),
    ]
    assert baselines.rates_of(counts) == {2024: 0.5, 2023: 0.25}


# -- bets beside blind ones -------------------------------------------------------------------------------------------


def bets(picks: list[str], points: list[float], **more: object) -> dict[str, object]:
    """Bets on 20.5 at +100 over and -200 under."""
    same = {"line": np.full(len(picks), 20.5), "points": np.array(points), "picks": np.array(picks, dtype=object)}
    count = len(picks)
    prices = {"over_price": np.full(count, 2.0), "under_price": np.full(count, 1.5), "best_price": np.full(count, 2.0)}
    return metrics.figures(rows(count, **{**same, **prices, **more}))


def test_blind_bets_take_one_side_of_every_priced_row_at_the_same_prices() -> None:
    """Two overs hit, two do not: blind over 0, blind under -0.25; the picks, one won over and one won under, +0.75."""
    figures = bets(["OVER", "UNDER", "PASS", "PASS"], [30.0, 10.0, 30.0, 10.0])
    assert (figures["blind_over_roi"], figures["blind_under_roi"]) == (0.0, -0.25)
    assert figures["roi_at_line"] == pytest.approx((1.0 + 0.5) / 2)
    assert (figures["roi_best"], figures["roi_lead"]) == ("blind OVER", pytest.approx(0.75))


def test_a_row_without_both_prices_is_no_blind_bet() -> None:
    """The fourth row, a win for the over, has no price of the under; a push at a whole line gives 0."""
    under = np.array([1.5, 1.5, 1.5, np.nan])
    figures = bets(["UNDER", "UNDER", "PASS", "PASS"], [10.0, 20.0, 30.0, 30.0], under_price=under,
                   line=np.array([20.5, 20.0, 20.5, 20.5]))  # fmt: skip
    assert figures["blind_over_roi"] == pytest.approx((-1.0 + 0.0 + 1.0) / 3)
    assert figures["blind_under_roi"] == pytest.approx((0.5 + 0.0 - 1.0) / 3)
    assert figures["roi_at_line"] == pytest.approx(0.25)


def test_picks_without_prices_stand_beside_no_blind_bet() -> None:
    """ROI at the best price stays, the comparison is left out."""
    figures = bets(["OVER"], [30.0], over_price=np.full(1, np.nan))
    assert figures["roi"] == 1.0
    assert "roi_lead" not in figures


def test_claimed_ev_is_the_distributions_own_profit_at_the_best_price() -> None:
    """P(over) times the gain less P(under), a push apart; realised less claimed is the difference per bet."""
    made = rows(3, picks=np.array(["OVER", "UNDER", "PASS"], dtype=object), line=np.full(3, 20.0),
                points=np.array([30.0, 20.0, 1.0]), best_price=np.array([2.5, 1.8, 9.0]))  # fmt: skip
    made = rows(3, **{**made.__dict__, "best_line": np.full(3, 20.0)})
    figures = metrics.figures(made)
    over, push, under = chances(made.pmf, made.line)
    claimed = [over[0] * 1.5 - under[0], under[1] * 0.8 - over[1]]
    assert figures["claimed_ev"] == pytest.approx(np.mean(claimed))
    assert figures["roi_less_claimed"] == pytest.approx(np.mean([1.5 - claimed[0], 0.0 - claimed[1]]))
    assert (figures["bets"], figures["bets_over"], figures["bet_dates"]) == (2, 1, 1)
    assert push[0] > 0.0


def test_an_evaluation_without_market_or_record_still_has_its_line() -> None:
    """A system alone stands beside what its own rows imply, and its word says that one date shows nothing."""
    (figures,) = report.evaluate({"champion": rows(20)})
    assert figures["crps_best"] in {"line", "line - 0.5", "line's price"}
    assert {figures[f"{name}_word"] for name in ("mae", "crps", "log_score", "brier", "roi")} == {"not shown"}
    assert figures["log_score_of_baseline"] < log(81)
