"""The monitor decides from counts of player-games."""

from functions.coverage_monitor.core import after_grading

LIMITS = {"regrade_below": 0.70, "regrade_attempts": 2}


def test_the_decision_follows_the_share_graded():
    """8 of 106 (the original's 3 February) is graded again twice, then raises an alert; 80 of 106 is fine."""
    bad, good = {"graded": 8, "gradable": 106}, {"graded": 80, "gradable": 106}
    assert [after_grading(bad, n, LIMITS) for n in range(4)] == ["regrade", "regrade", "alert", "alert"]
    assert after_grading(good, 0, LIMITS) == "fine"
