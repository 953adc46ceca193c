"""The reader of the schedule JSON."""

import json
from datetime import UTC, date, datetime

import pytest

from shared.errors import ContractError
from shared.rules.schedule import read_schedule

ASSUMED = {"tip_hour_eastern": 19}
GAME = {
    "gameId": "0022400001",
    "gameStatus": 1,
    "gameDateEst": "2024-11-03T00:00:00Z",
    "gameDateTimeUTC": "2024-11-04T01:00:00Z",
    "homeTeam": {"teamTricode": "BOS"},
    "awayTeam": {"teamTricode": "NYK"},
}


def _body(**changes: object) -> bytes:
    return json.dumps({"leagueSchedule": {"gameDates": [{"games": [{**GAME, **changes}]}]}}).encode()


def test_a_game_keeps_its_eastern_date_and_utc_tip() -> None:
    """The date is the schedule's own, not that of the UTC tip."""
    game = read_schedule(_body(), ASSUMED).games[0]
    assert (game.game_date, game.tip, game.tip_given) == (date(2024, 11, 3), datetime(2024, 11, 4, 1, tzinfo=UTC), True)


@pytest.mark.parametrize("time", ["2024-11-03T04:00:00Z", "", None])
def test_a_game_to_be_decided_gets_the_assumed_tip(time: str | None) -> None:
    """Midnight Eastern stands for no time; 19:00 Eastern is assumed and marked so."""
    game = read_schedule(_body(gameDateTimeUTC=time), ASSUMED).games[0]
    assert (game.tip, game.tip_given) == (datetime(2024, 11, 4, 0, tzinfo=UTC), False)


@pytest.mark.parametrize("change", [{"gameId": "0032400001"}, {"gameId": "0012400001"}, {"homeTeam": {}}])
def test_other_games_are_counted_and_left_out(change: dict[str, object]) -> None:
    """All-Star, preseason and undecided pairings are no league games."""
    found = read_schedule(_body(**change), ASSUMED)
    assert (found.games, found.others) == ((), 1)


@pytest.mark.parametrize("text", ["PPD ", "ppd", "Postponed", "Canceled", "Cancelled", "Suspended"])
def test_a_game_that_is_not_played_says_so_in_its_status_text(text: str) -> None:
    """In any spelling; the postponed flag is not asked, as every game of a document may carry it."""
    assert read_schedule(_body(gameStatusText=text), ASSUMED).games[0].is_postponed
    assert not read_schedule(_body(gameStatusText="7:30 pm ET", postponedStatus="Y"), ASSUMED).games[0].is_postponed


def test_final_is_status_and_scores() -> None:
    """A game that was called off may be listed as final without scores: there is nothing to fetch for it."""
    teams = {"homeTeam": {"teamTricode": "BOS", "score": 101}, "awayTeam": {"teamTricode": "NYK", "score": 99}}
    assert read_schedule(_body(gameStatus=3, **teams), ASSUMED).games[0].is_final
    called_off = read_schedule(_body(gameStatus=3), ASSUMED).games[0]
    assert (called_off.is_final, called_off.is_postponed) == (False, True)
    assert not read_schedule(_body(gameStatus=2, **teams), ASSUMED).games[0].is_final


def test_a_game_that_cannot_be_read_costs_only_itself() -> None:
    """One of three is refused; where it is most of them the document is not a schedule."""
    bad, good = {**GAME, "gameDateEst": "soon"}, [GAME, {**GAME, "gameId": "0022400002"}]

    def body(games: list[dict[str, object]]) -> bytes:
        return json.dumps({"leagueSchedule": {"gameDates": [{"games": games}]}}).encode()

    schedule = read_schedule(body([bad, *good]), ASSUMED)
    assert ([g.game_id for g in schedule.games], schedule.refused) == (["0022400001", "0022400002"], (bad,))
    with pytest.raises(ContractError, match="2 of 3 games cannot be read"):
        read_schedule(body([bad, bad, GAME]), ASSUMED)


@pytest.mark.parametrize(
    "body",
    [
        _body()[:-20],
        b"[]",
        b'{"leagueSchedule": {}}',
        _body(gameId=22400001),
        _body(gameDateEst="soon"),
        json.dumps({"leagueSchedule": {"gameDates": [{"games": [{"gameId": "0022400001"}]}]}}).encode(),
    ],
)
def test_a_broken_schedule_is_refused_whole(body: bytes) -> None:
    """A missing or mistyped field refuses the whole schedule."""
    with pytest.raises(ContractError):
        read_schedule(body, ASSUMED)
