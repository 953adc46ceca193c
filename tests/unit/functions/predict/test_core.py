"""Predict: who is predicted, what a row says besides the distribution, and what it never does."""

from datetime import timedelta

import pyarrow as pa
import pytest

from functions.predict import core, predictions
from shared.contracts.work import Model
from tests.support.data.slates import AS_OF, DAY, NOW, SETTINGS, WITHOUT_LINE, features, inputs, past_games, work


def rows(*changes: dict, **settings: float) -> list[dict]:
    found = core.compute("moving_average", work(settings={**SETTINGS, **settings}), inputs(features(*changes)), None)
    return found.rows.to_pylist()


def test_rows_fit_the_contract_exactly():
    """A prediction table has the contract's columns and types, nothing else."""
    found = core.compute("moving_average", work(), inputs(features({}, WITHOUT_LINE)), None)
    assert found.rows.schema == predictions.TABLE.arrow_schema(system=False)
    assert found.expected == found.rows.num_rows == 2


def test_who_has_a_line_or_is_expected_is_predicted():
    """A line is enough, even for a player listed out; so are the minutes expected; neither is not."""
    out = {"injury_status": "out", "is_expected": False}
    found = rows(out, WITHOUT_LINE, {**WITHOUT_LINE, "is_expected": False})
    assert [(r["player_id"], r["has_prop_line"]) for r in found] == [(1, True), (2, False)]


def test_systems_read_the_same_table_once():
    """What one system read of the features another is given as it is; of an equal table of its own, nothing."""
    slate = features({}, WITHOUT_LINE)
    asked = predictions.expected_players(predictions.ById(slate))
    assert predictions.expected_players(predictions.ById(slate)) is asked
    assert predictions.expected_players(predictions.ById(features({}, WITHOUT_LINE))) is not asked
    line = asked.values("line")
    again = asked.given({"zones": slate}, None)
    assert again.values("line") is line
    assert predictions.feature_hashes(again) is predictions.feature_hashes(asked)


def test_without_a_line_there_is_no_recommendation():
    """NO_LINE, and no chances either."""
    (row,) = rows(WITHOUT_LINE)
    assert row["recommendation"] == "NO_LINE"
    assert (row["line"], row["p_over"], row["p_push"], row["p_under"], row["pass_reason"]) == (None,) * 5


@pytest.mark.parametrize(
    ("change", "recommendation", "reason"),
    [
        ({"line": 12.5}, "OVER", None),
        ({"line": 32.5}, "UNDER", None),
        ({"line": 21.5}, "PASS", "no_edge"),
        ({"line": 12.5, "over_price": -5000}, "PASS", "no_edge"),
        ({"line": 21.5, "over_price": 130, "under_price": -160}, "OVER", None),  # the less likely side, well paid
        ({"line": 12.5, "over_price": None}, "PASS", "quote_price_missing"),
        ({"line": 12.5, "line_refused_bet": "too_old"}, "PASS", "quote_too_old"),
        ({"line": 12.5, "line_refused_bet": "one_sided", "under_price": None}, "PASS", "quote_one_sided"),
        ({"line": 21.5, "line_refused_bet": "too_old"}, "PASS", "quote_too_old"),
        ({"line": 32.5, "under_price": 150}, "UNDER", None),
        ({"line": 12.5, "injury_status": "out"}, "PASS", "player_out"),
        ({"line": 12.5, "injury_status": "doubtful"}, "PASS", "player_doubtful"),
        ({"line": 12.5, "injury_status": "questionable"}, "OVER", None),
        ({"line": 12.5, "feature_quality_score": 80.0}, "OVER", None),
        ({"line": 12.5, "feature_quality_score": 79.0}, "PASS", "quality_low"),
        ({"line": 12.5, "feature_quality_score": 84.0, "as_of": AS_OF - timedelta(hours=6)}, "PASS", "quality_waits"),
        ({"line": 12.5, "feature_quality_score": 84.0, "as_of": AS_OF - timedelta(hours=5)}, "OVER", None),
    ],
)
def test_recommendation_follows_ev_quality_and_status(change, recommendation, reason):
    """A side needs an EV at a quote that may be bet on, known features, and a player who may play."""
    (row,) = rows(change)
    assert (row["recommendation"], row["pass_reason"]) == (recommendation, reason)


def best_of(change: dict, *offers: dict) -> tuple:
    """Recommendation and what is named as best, with further offers for the only player."""
    given = inputs(features(change), *offers)
    (row,) = core.compute("moving_average", work(), given, None).rows.to_pylist()
    return tuple(row[n] for n in ("recommendation", "best_bookmaker", "best_line", "best_price"))


def offer(book: str, line: float, over: int = -110, under: int = -110) -> dict:
    return {"bookmaker": book, "points_line": line, "over_price": over, "under_price": under}


def test_a_pick_names_the_best_offer_of_its_side():
    """A lower line for an over, a higher one for an under, else the price; the line itself stays; no pick, no name."""
    low, high, dear = offer("fanduel", 11.5), offer("betmgm", 13.5), offer("caesars", 12.5, over=-130, under=105)
    assert best_of({"line": 12.5}, low, high, dear) == ("OVER", "fanduel", 11.5, -110)
    assert best_of({"line": 32.5}, offer("fanduel", 31.5), offer("betmgm", 33.5)) == ("UNDER", "betmgm", 33.5, -110)
    assert best_of({"line": 32.5}, offer("caesars", 32.5, under=105)) == ("UNDER", "caesars", 32.5, 105)
    assert best_of({"line": 12.5}, offer("fanduel", 12.5)) == ("OVER", "draftkings", 12.5, -110)
    assert best_of({"line": 21.5}, offer("fanduel", 21.5)) == ("PASS", None, None, None)
    assert best_of({"line": 21.5}, offer("fanduel", 19.5)) == ("OVER", "fanduel", 19.5, -110)


def test_a_better_price_elsewhere_makes_a_pick():
    """Too short at the headline book, but another pays enough; with the quote of another player it stays passed."""
    short = {"line": 12.5, "over_price": -5000, "under_price": 120}
    assert best_of(short)[0] == "PASS"
    assert best_of(short, offer("fanduel", 12.5)) == ("OVER", "fanduel", 12.5, -110)
    assert best_of(short, {**offer("fanduel", 12.5), "player_id": 2})[0] == "PASS"


def test_a_measure_is_never_a_pick():
    """What would be a pick is passed with a reason of its own; other reasons stay."""
    measured = [rows(change, never_a_pick=True)[0] for change in ({"line": 12.5}, {"line": 21.5}, WITHOUT_LINE)]
    assert [(r["recommendation"], r["pass_reason"]) for r in measured] == [
        ("PASS", "never_a_pick"), ("PASS", "no_edge"), ("NO_LINE", None),
    ]  # fmt: skip


def test_a_stricter_setting_recommends_less():
    """The least EV comes from the map's settings."""
    assert rows({"line": 18.5}, min_ev=0.0)[0]["recommendation"] == "OVER"
    assert rows({"line": 18.5}, min_ev=0.5)[0]["recommendation"] == "PASS"


def test_row_says_what_it_came_from():
    """as_of is the row's own and becomes known_at; the clock's time is predicted_at; the formula is named by its hash."""
    (row,) = rows({"line": 20.0})
    assert (row["as_of"], row["known_at"], row["predicted_at"]) == (AS_OF, AS_OF, NOW)
    assert row["model_hash"] == predictions.formula_hash("moving_average")
    assert row["predicted_points"] == pytest.approx(sum(k * p for k, p in enumerate(row["points_pmf"])))
    assert row["p_push"] == pytest.approx(row["points_pmf"][20])
    assert row["p_over"] + row["p_push"] + row["p_under"] == pytest.approx(1.0)


def test_hashes_change_with_the_features_alone():
    """The same features give the same hash; one changed figure gives another; another player does not."""
    same, other, changed = rows({}, {"player_name": "B"}, {"days_rest": 3.0})
    assert same["features_hash"] == other["features_hash"] != changed["features_hash"]


def test_systems_have_different_formula_hashes():
    """Each formula is named by its own source."""
    assert len({predictions.formula_hash(s) for s in core.IMPLEMENTS}) == len(core.IMPLEMENTS)


def test_a_model_that_has_seen_the_slate_is_not_asked():
    """A model trained through the slate's own date knows its results; one trained through the day before does not."""
    model = Model("catboost_v8", "h", b"", {"trained_through": DAY.isoformat()})
    found = core.compute("catboost_v8", work(), inputs(features({})), model)
    assert (found.outcome, found.rows) == ("no_source", None)
    assert DAY.isoformat() in found.reason


def test_nobody_to_predict_is_empty_with_a_reason():
    """An empty slate, and a slate on which the system knows nobody, are stated facts."""
    nobody = core.compute("moving_average", work(), inputs(features()), None)
    unknown = core.compute("similarity_balanced_v1", work(), inputs(features({}), past_games=past_games()), None)
    assert (nobody.outcome, unknown.outcome) == ("empty", "empty")
    assert nobody.reason
    assert unknown.evidence["skipped"] == {"fewer_than_5_similar_games": 1}


def test_members_of_an_older_generation_do_not_speak():
    """A member that failed in this generation must not enter the ensemble from the one before."""
    base = core.compute("moving_average", work(), inputs(features({})), None).rows
    old = base.append_column("generation", pa.array([1]))
    slate = inputs(features({}), members=old)
    assert core.compute("ensemble_v1", work(generation=1, counted={"moving_average": 1}), slate, None).expected == 1
    assert core.compute("ensemble_v1", work(generation=2, counted={}), slate, None).outcome == "empty"


def test_members_that_a_repair_carried_over_count():
    """Their rows are of the older generation, and it is those that the repair's completions name."""
    base = core.compute("moving_average", work(), inputs(features({})), None).rows
    slate = inputs(features({}), members=base.append_column("generation", pa.array([1])))
    assert core.compute("ensemble_v1", work(generation=2, counted={"moving_average": 1}), slate, None).expected == 1


def test_the_run_later_in_time_predicts_the_same():
    """Only predicted_at follows the clock; all else is the same bytes."""
    first, second = (
        core.compute("moving_average", work(now=NOW + timedelta(hours=h)), inputs(features({}, {})), None).rows.drop(
            ["predicted_at"]
        )
        for h in (0, 5)
    )
    assert first.equals(second)


def test_order_of_players_changes_no_prediction():
    """Each row depends on its own features only."""
    forth, back = (
        rows({"line": 18.5}, {"line": 25.5}),
        rows({"line": 25.5, "player_id": 2}, {"line": 18.5, "player_id": 1}),
    )
    by_player = sorted(back, key=lambda r: r["player_id"])
    assert [r["points_pmf"] for r in forth] == [r["points_pmf"] for r in by_player]
