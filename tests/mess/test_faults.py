"""A fault is a pure description: the same one always makes the same answer, and says what it touches."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.mess.answers import Answer
from tests.mess.faults import AROUND, JUMP_IN, KINDS, Fault, Hits, jumps_of, names_of, touched_by, transform
from tipoff.sample import League, server

LEAGUE = League(7)
DAY = LEAGUE.games[-40].fixture.game_date
GAME = next(g for g in LEAGUE.slate(DAY) if g.sides)
EVENT = "/v4/sports/basketball_nba/events"
EVENING, MORNING = GAME.fixture.tip - timedelta(hours=3), GAME.ended_at + timedelta(hours=6)


def path_of(kind: str) -> tuple[str, bool]:
    """The path that the kind disturbs for the first game of the date, and whether after the game."""
    from tipoff.sample.odds import event_id

    paths = {
        "schedule": "/static/json/staticData/scheduleLeagueV2.json",
        "player_list": "/stats/commonallplayers",
        "box_score": f"/static/json/liveData/boxscore/boxscore_{GAME.fixture.game_id}.json",
        "events": EVENT,
        "event_odds": f"{EVENT}/{event_id(GAME)}/odds",
        "odds": "/v4/sports/basketball_nba/odds",
    }
    document = KINDS[kind].document
    return paths[document], document == "box_score"


def disturbed(kind: str, seed: int = 3) -> tuple[Answer, Answer, Hits, Fault]:
    """The answer before and after the fault, what it hit, and the fault."""
    path, after = path_of(kind)
    player = LEAGUE.squads[GAME.fixture.home][0]
    target = {"game": GAME.fixture.game_id, "player": str(player.player_id), "": ""}[KINDS[kind].about]
    query = {"markets": "player_points" if "event_odds" in kind else "h2h,spreads,totals"}
    found = server.answer(LEAGUE, path, query, MORNING if after else EVENING)
    assert found is not None
    before, hits, fault = Answer(200, found[1]), Hits(), Fault(kind, target, seed, ("last",))
    return before, transform([fault], LEAGUE, DAY, hits, path, before), hits, fault


IN_JSON = [name for name, kind in KINDS.items() if kind.document not in ("injury_report", *AROUND)]


@pytest.mark.parametrize("kind", IN_JSON)
def test_a_fault_changes_the_answer_in_one_way(kind):
    """Each kind finds what it disturbs in the sample's answers, and does the same again."""
    before, after, hits, fault = disturbed(kind)
    assert after != before
    assert disturbed(kind)[1] == after
    assert (fault in hits.touched) == (not KINDS[kind].harmless)


@pytest.mark.parametrize("kind", IN_JSON)
def test_a_fault_of_a_few_answers_touches_nothing(kind):
    """What is asked again is there the second time: nothing may be different in the end."""
    path, _ = path_of(kind)
    before, _, _, fault = disturbed(kind)
    hits, brief = Hits(), replace(fault, times=1)
    answers = [transform([brief], LEAGUE, DAY, hits, path, before) for _ in range(2)]
    assert answers[0] != before
    assert answers[1] == before
    assert hits.touched == {}


def test_another_game_is_left_alone():
    """A fault of one game's document does not disturb another one's."""
    path, _ = path_of("box_score.404")
    fault = Fault("box_score.404", GAME.fixture.game_id, 1, ("graded",))
    other = path.replace(GAME.fixture.game_id, "0022400001")
    answer = Answer(200, b"{}")
    assert transform([fault], LEAGUE, DAY, Hits(), other, answer) == answer


def test_what_a_player_s_fault_touches_are_his_games():
    """His team's game of the date with both teams, and he himself."""
    player = LEAGUE.squads[GAME.fixture.home][0]
    fault = Fault("player_list.null_name", str(player.player_id), 1, ("last",))
    touched = touched_by(LEAGUE, DAY, fault)
    assert touched.games == {GAME.fixture.game_id}
    assert touched.teams == {GAME.fixture.home, GAME.fixture.away}
    assert str(player.player_id) in names_of(LEAGUE, DAY, fault)


def test_a_clock_jumps_once_during_one_of_the_first_requests():
    """The same fault is the same jump, by as much as its kind says; it touches the whole date."""
    fault, hits = Fault("clock.a_little_ahead", "", 5, ("last",)), Hits()
    jumps = jumps_of([fault], LEAGUE, DAY, hits)
    assert jumps == jumps_of([fault], LEAGUE, DAY, Hits())
    ((request, by),) = jumps.items()
    assert (0 <= request < JUMP_IN, timedelta() < by < timedelta(minutes=5)) == (True, True)
    assert hits.all.everything
