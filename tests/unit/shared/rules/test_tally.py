"""Counting outcomes: every prediction that was issued counts once, whatever became of its date."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.rules.outcomes import OUTCOMES
from shared.rules.tally import Graded, Issued, Tally, tally, why_ungraded

DAY = date(2024, 2, 26)
REASONS = {"pending": "no_box_score", "void": "dnp_unknown", "ungradeable": "no_line"}


def grade(outcome: str, count: int, generation: int = 1, system: str = "champion", day: date = DAY) -> Graded:
    return Graded(day, system, generation, outcome, REASONS.get(outcome), count)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Issued], list[Graded]]:
    """Predictions of some dates and systems, repaired or not; grades of any generation, of some or all of them."""
    issued, graded = [], []
    for day in range(draw(st.integers(0, 3))):
        for system in draw(st.sets(st.sampled_from(["champion", "ensemble_v1", "moving_average"]))):
            generation, count = draw(st.integers(1, 3)), draw(st.integers(1, 50))
            why = draw(st.sampled_from(["not_yet_played", "grading_blocked: raw is failed: 503"]))
            issued.append(Issued(DAY + timedelta(day), system, generation, count, why))
            left, of = count, draw(st.integers(1, 3))
            for outcome in draw(st.sets(st.sampled_from(OUTCOMES))):
                some = draw(st.integers(0, left))
                left -= some
                graded.append(grade(outcome, some, of, system, DAY + timedelta(day)))
    return issued, graded


@settings(deadline=None)
@given(histories())
def test_outcomes_add_up_to_the_predictions(history: tuple[list[Issued], list[Graded]]) -> None:
    """Per system and in all, and the reasons to what is pending, for any history of predictions and grades."""
    issued, graded = history
    counted = tally(issued, graded)
    made = Counter[str]()
    for i in issued:
        made[i.system] += i.count
    assert counted.predictions_by_system == dict(made)
    assert sum(counted.outcomes.values()) == sum(made.values())
    assert sum(counted.pending_reasons.values()) == counted.outcomes["pending"]
    assert all(set(counts) == set(OUTCOMES) and min(counts.values()) >= 0 for counts in counted.by_system.values())
    assert "" not in counted.pending_reasons


def test_what_has_no_grade_is_pending_with_its_reason() -> None:
    """Grades that cover a part leave the rest pending, beside what was graded as pending."""
    counted = tally([Issued(DAY, "champion", 1, 10, "not_yet_graded")], [grade("win", 4), grade("pending", 3)])
    assert counted.by_system == {"champion": {**dict.fromkeys(OUTCOMES, 0), "win": 4, "pending": 6}}
    assert counted.pending_reasons == {"no_box_score": 3, "not_yet_graded": 3}


def test_grades_of_replaced_predictions_do_not_count() -> None:
    """A repair that predicted again and was not graded leaves its predictions pending, not won twice."""
    counted = tally([Issued(DAY, "champion", 2, 10, "left_out_of_grades")], [grade("win", 10, generation=1)])
    assert counted.outcomes == {**dict.fromkeys(OUTCOMES, 0), "pending": 10}


def test_the_figures_and_the_sentence() -> None:
    """Coverage leaves out what has no line; nothing issued is a sentence too."""
    counted = tally(
        [Issued(DAY, "champion", 1, 1010, "not_yet_graded")],
        [grade("win", 600), grade("void", 100), grade("ungradeable", 10), grade("pending", 300)],
    )
    assert counted.coverage == 0.7
    assert (
        counted.sentence
        == "1,010 predictions issued: 600 win, 100 void, 10 ungradeable, 300 pending (no_box_score 300)"
    )
    none = Tally({}, {})
    assert (none.coverage, none.sentence) == (None, "0 predictions issued")
    assert tally([Issued(DAY, "champion", 1, 2, "x")], [grade("ungradeable", 2)]).coverage is None


@pytest.mark.parametrize(
    ("before", "own", "days_later", "why"),
    [
        ([], None, 0, "not_yet_played"),
        ([], None, 1, "not_yet_graded"),
        ([("scrape", "degraded", "")], None, 1, "not_yet_graded"),
        ([("scrape", "complete", ""), ("team", "failed", "503")], "failed", 1, "grading_blocked: team is failed: 503"),
        ([("gate", "no_games", "2 postponed")], "no_games", 1, "no_games: 2 postponed"),
        ([("scrape", "complete", ""), ("grade", "complete", "")], "complete", 1, "left_out_of_grades"),
    ],
)
def test_why_there_is_no_grade(before: list[tuple[str, str, str]], own: str | None, days_later: int, why: str) -> None:
    """The first phase that did not go on; else how far the date is."""
    assert why_ungraded(before, own, DAY, DAY + timedelta(days_later)) == why
