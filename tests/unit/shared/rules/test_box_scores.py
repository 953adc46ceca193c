"""Whether a team's box score adds up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.map.loader import pipeline_map
from shared.rules.box_scores import difference

ASSUMPTIONS = pipeline_map().assumptions


@pytest.mark.parametrize(
    ("points", "score", "seconds", "overtimes", "sentence"),
    [
        (110, 110, 240 * 60, 0, ""),
        (110, None, 240 * 60, 0, ""),
        (130, 130, 290 * 60, 2, ""),
        (110, 110, 235 * 60, 0, ""),
        (110, 110, 245 * 60, 0, ""),
        (0, None, 0, 0, "no player of SAC played"),
        (93, 125, 240 * 60, 0, "the players of SAC sum to 93 points, the team's score is 125"),
        (110, 110, 265 * 60, 0, "the players of SAC sum to 265 minutes, the game had 240"),
        (110, None, 211 * 60, 0, "the players of SAC sum to 211 minutes, the game had 240"),
        (110, 110, 240 * 60, 1, "the players of SAC sum to 240 minutes, the game had 265"),
    ],
)
def test_a_difference_is_named(points: int, score: int | None, seconds: int, overtimes: int, sentence: str) -> None:
    """An empty side, points that are not the score, minutes of another game: one sentence with both figures."""
    assert difference("SAC", points, score, seconds, overtimes, ASSUMPTIONS) == sentence


@st.composite
def teams(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    """Points and seconds of eight to twelve players who share a game's minutes, and its overtimes."""
    overtimes, size = draw(st.integers(0, 4)), draw(st.integers(8, 12))
    cuts = sorted(draw(st.lists(st.integers(0, 60 * (240 + 25 * overtimes)), min_size=size - 1, max_size=size - 1)))
    seconds = [b - a for a, b in zip([0, *cuts], [*cuts, 60 * (240 + 25 * overtimes)], strict=True)]
    points = draw(st.lists(st.integers(0, 60), min_size=size, max_size=size))
    return list(zip(points, seconds, strict=True)), overtimes


@given(teams(), st.data())
def test_who_is_left_out_is_noticed(team: tuple[list[tuple[int, int]], int], data: st.DataObject) -> None:
    """A whole team adds up, also with minutes rounded; without a player who scored or played six minutes it does not."""
    players, overtimes = team
    score = sum(points for points, _ in players)

    def of(left: list[tuple[int, int]]) -> str:
        points, seconds = (sum(column) for column in zip(*left, strict=True))
        return difference("SAC", points, score, seconds, overtimes, ASSUMPTIONS)

    assert of(players) == ""
    gone = data.draw(st.integers(0, len(players) - 1))
    points, seconds = players[gone]
    assert bool(of(players[:gone] + players[gone + 1 :])) == (points > 0 or seconds > 5 * 60)
    rounded = [(p, 60 * round(s / 60)) for p, s in players]
    assert abs(sum(s for _, s in rounded) - sum(s for _, s in players)) > 5 * 60 or of(rounded) == ""
