"""What the systems read: nothing of the slate's own games, nothing known after a row's own as_of."""

from datetime import date, timedelta

import pytest

from tests.support.data.slates import AS_OF, DAY, EARLIER, TIP, features, played
from tests.support.data.unit_queries import ask, put, warehouse

FEATURES = "nba_precompute.ml_feature_store_v2"
SUMMARY = "nba_analytics.player_game_summary"


def slate_rows(*changes):
    return features(*changes).to_pylist()


@pytest.fixture
def tables():
    """Player 1 tonight, and his game a week ago with the features he had before it."""
    found = warehouse()
    earlier = {"game_id": "0022300000", "game_date": EARLIER, "tip_utc": TIP - timedelta(days=7)}
    earlier |= {
        "as_of": AS_OF - timedelta(days=7),
        "known_at": AS_OF - timedelta(days=7),
        "player_id": 1,
        "line_known_at": None,
    }
    put(found, FEATURES, [*slate_rows({}), *slate_rows(earlier)])
    return found


def test_a_past_game_is_read_with_its_result(tables):
    """One earlier slate row and its actual give one past game, under tonight's game id."""
    put(tables, SUMMARY, [played()])
    (row,) = ask(tables, "predict", "similarity_balanced_v1", "past_games").to_pylist()
    assert (row["game_id"], row["player_id"], row["points"]) == ("0022300001", 1, 20)


@pytest.mark.parametrize(
    "change",
    [
        {"known_at": AS_OF + timedelta(seconds=1)},
        {"is_dnp": True, "seconds_played": None, "points": None},
        {"seconds_played": 0, "points": 0},
        {"player_id": 2},
    ],
)
def test_what_was_not_known_or_not_played_is_no_past_game(tables, change):
    """A box score known a second too late, a DNP, no second on the floor, another player: nothing."""
    put(tables, SUMMARY, [played(**change)])
    assert ask(tables, "predict", "similarity_balanced_v1", "past_games").num_rows == 0


def test_tonights_own_result_is_never_read(tables):
    """A planted box score of the slate's own game changes nothing, even one said to be known in time."""
    put(tables, SUMMARY, [played(game_id="0022300001", game_date=date(2024, 2, 27), points=99)])
    assert ask(tables, "predict", "similarity_balanced_v1", "past_games").num_rows == 0


def test_each_slate_row_keeps_its_own_as_of(tables):
    """The run may be later than the row: a box score between the two is not read."""
    put(tables, SUMMARY, [played(known_at=AS_OF + timedelta(minutes=5))])
    late = ask(tables, "predict", "similarity_balanced_v1", "past_games", as_of=AS_OF + timedelta(hours=1))
    assert late.num_rows == 0


def test_features_are_the_slates_alone(tables):
    """A unit that may read history still gets only the slate as features, in a fixed order."""
    found = ask(tables, "predict", "similarity_balanced_v1", "features")
    assert found.column("game_id").to_pylist() == ["0022300001"]


def grade(system, player, error, day=EARLIER, known_at=AS_OF - timedelta(days=6)):
    """What the record reads of a grade, with what the contract requires."""
    row = {"game_id": "0022300000", "game_date": day, "player_id": player, "player_lookup": "x", "team": "BOS"}
    row |= {"opponent": "NYK", "system_id": system, "prediction_generation": 1, "predicted_points": 20.0}
    row |= {"has_prop_line": False, "recommendation": "NO_LINE", "feature_quality_score": 90.0, "model_hash": "x"}
    row |= {"is_pick": False, "outcome": "ungradeable", "ungradeable_reason": "no_line", "absolute_error": error}
    return {**row, "graded_at": known_at, "known_at": known_at, "source": "test"}


def record_of(*grades):
    """Each system's error and count in its record."""
    found = warehouse()
    put(found, "nba_predictions.prediction_accuracy", grades)
    rows = ask(found, "predict", "ensemble_v1_1", "record").to_pylist()
    return {r["system_id"]: (r["mae"], r["graded"]) for r in rows}


def test_a_record_of_easy_players_alone_is_no_better_record():
    """A system that predicts the one easy player is compared with the others on that player only."""
    both = [grade("moving_average", 1, 2.0), grade("moving_average", 2, 8.0)]
    worse_on_easy = grade("champion", 1, 2.5)
    assert record_of(*both, worse_on_easy) == {"moving_average": (5.0, 2), "champion": (5.5, 1)}


def test_a_record_on_the_same_players_is_the_mean_error():
    """Where every system predicted every player nothing changes: the means of their errors."""
    errors = {"moving_average": (2.0, 8.0), "champion": (1.0, 6.0), "xgboost_v1": (3.0, 3.0)}
    grades = [grade(system, n, e) for system, pair in errors.items() for n, e in enumerate(pair)]
    assert record_of(*grades) == {s: (sum(pair) / 2, 2) for s, pair in errors.items()}


def test_a_record_has_no_grade_of_the_date_none_known_later_and_none_without_points():
    """The slate's own date, a grade known a second after as_of, and a player who did not play."""
    base = grade("moving_average", 1, 2.0)
    for change in (
        {"game_date": DAY},
        {"known_at": AS_OF + timedelta(seconds=1)},
        {"absolute_error": None},
    ):
        assert record_of(base, {**grade("champion", 1, 1.0), **change}).keys() == {"moving_average"}
