"""When what is missing is asked for again: never too late, never backwards, and said in one sentence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.work import Missing
from shared.rules.asking import GRACE, next_ask, sentence

SIX = datetime(2024, 2, 27, 11, tzinfo=UTC)  # 06:00 in New York
STEPS = (15, 30, 60, 120)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(0, 15), (14, 15), (15, 45), (45, 105), (105, 225), (225, 345), (345, 360), (359, 360), (360, None), (400, None)],
)
def test_the_steps_from_the_first_miss_to_the_end(now: float, expected: float | None) -> None:
    """Further and further apart, the last step again and again, once more at the end, then never."""
    at = next_ask(SIX, SIX + minutes(now), SIX + minutes(360), STEPS)
    assert at == (None if expected is None else SIX + minutes(expected))


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=5),
    st.integers(0, 3000),
    st.integers(0, 3000),
    st.integers(1, 50),
)
def test_a_next_time_is_later_than_now_and_never_after_the_end(
    steps: list[int], until: int, now: int, later: int
) -> None:
    """Whatever the steps; and a later look never gives an earlier time, so that asking comes to an end."""
    end = SIX + minutes(until)
    at, after = (next_ask(SIX, SIX + minutes(n), end, steps) for n in (now, now + later))
    assert (at is None) == (now >= until)
    assert at is None or SIX + minutes(now) < at <= end
    assert after is None or (at is not None and at <= after)


def test_the_sentence_of_a_missing_game() -> None:
    """What is missing of which game, since when, why, and when it is asked for again."""
    box = Missing("SAC at LAL (0022400001)", "HTTP 403", what="box score", since=SIX, ask_at=SIX + minutes(30))
    asked = "SAC at LAL (0022400001): box score not there since 06:00 ET (HTTP 403), asked again at 06:30 ET"
    assert sentence(box, SIX) == asked
    assert (
        sentence(Missing("SAC at LAL", "not final"), SIX) == "SAC at LAL: data not there (not final), not asked again"
    )


def test_a_time_that_passed_without_an_answer_is_not_promised() -> None:
    """Within the time that a sweep needs it is still to come; later, nobody seems to ask."""
    box = Missing("SAC at LAL", "HTTP 403", what="box score", ask_at=SIX)
    assert sentence(box, SIX + GRACE).endswith(", asked again at 06:00 ET")
    assert sentence(box, SIX + GRACE + minutes(1)).endswith(", was to be asked again at 06:00 ET")


def test_a_time_of_another_day_has_its_date() -> None:
    """A gap of yesterday is not taken for one of today."""
    box = Missing("SAC at LAL", "HTTP 403", what="box score", since=SIX - minutes(600))
    assert "since 2024-02-26 20:00 ET" in sentence(box, SIX)


def test_a_gap_is_kept_as_a_document() -> None:
    """What was written is read back, with and without times."""
    for gap in (Missing("a", "b"), Missing("a", "b", SIX, "box score", SIX, SIX + minutes(15))):
        assert Missing.of(gap.doc()) == gap
