"""The reader of the schedule JSON."""

import json
from datetime import UTC, date, datetime

import pytest

from shared.errors import ContractError
from shared.rules.schedule import joined, read_schedule

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
    assert (found.games, found.others, found.ids) == ((), 1, {str(change.get("gameId", "0022400001"))})


SCORES = {"homeTeam": {"teamTricode": "BOS", "score": 101}, "awayTeam": {"teamTricode": "NYK", "score": 99}}


@pytest.mark.parametrize("scores", [{}, SCORES])
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    ("text", "status"),
    [
        *((text, "postponed") for text in ("PPD ", "ppd", "P.P.D.", "Postponed", "Postp.", "Game Postponed - snow")),
        *((text, "cancelled") for text in ("Canceled", "Cancelled", "CANC")),
        *((text, "suspended") for text in ("Suspended", "Susp.", "Q3 4:10 Susp")),
    ],
)
def test_a_game_that_is_not_played_says_so_in_its_status_text(
    text: str, status: str, number: int, scores: dict[str, object]
) -> None:
    """In any spelling, whatever number and scores it has: it is neither expected nor final."""
    game = read_schedule(_body(gameStatusText=text, gameStatus=number, **scores), ASSUMED).games[0]
    assert (game.status, game.status_reason, game.is_certain, game.is_final) == (status, text.strip(), False, False)


@pytest.mark.parametrize("text", ["7:30 pm ET", "Final", "Final/OT2", "Q2 5:00", "Halftime", "Delayed", "", None])
def test_any_other_text_says_nothing_about_it(text: str | None) -> None:
    """Nor does the postponed flag, which every game of a document may carry."""
    game = read_schedule(_body(gameStatusText=text, postponedStatus="Y"), ASSUMED).games[0]
    assert (game.status, game.status_reason, game.is_certain) == ("scheduled", None, True)


MIDNIGHT = "2024-11-03T04:00:00Z"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ifNecessary": True}, "if necessary"),
        ({"ifNecessary": True, "gameStatusText": "8:30 pm ET"}, "if necessary"),
        ({"gameStatusText": "TBD"}, "TBD"),
        ({"gameStatusText": "TBA", "gameDateTimeUTC": MIDNIGHT}, "TBA"),
        ({"gameStatusText": "If Necessary"}, "If Necessary"),
        ({"gameDateTimeUTC": MIDNIGHT}, "no time yet"),
    ],
)
def test_a_game_that_may_not_be_needed_is_tentative(changes: dict[str, object], reason: str) -> None:
    """By its flag, its text or its open tip; once it has begun it is a game like any other."""
    game = read_schedule(_body(**changes), ASSUMED).games[0]
    assert (game.status, game.status_reason, game.is_certain) == ("tentative", reason, False)
    assert read_schedule(_body(**{**changes, "gameStatus": 2}), ASSUMED).games[0].is_certain
    assert read_schedule(_body(**{**changes, "gameStatus": 3}, **SCORES), ASSUMED).games[0].is_final


@pytest.mark.parametrize(
    "changes", [{"gameDateTimeUTC": None}, {"gameDateTimeUTC": MIDNIGHT, "gameStatusText": "7:30 pm ET"}]
)
def test_a_time_that_is_only_left_out_leaves_a_game_certain(changes: dict[str, object]) -> None:
    """A missing field, or a text with a time, does not say that the tip is open."""
    assert read_schedule(_body(**{"ifNecessary": False, **changes}), ASSUMED).games[0].is_certain


def test_final_is_status_and_scores() -> None:
    """A game that was called off may be listed as final without scores: there is nothing to fetch for it."""
    assert read_schedule(_body(gameStatus=3, **SCORES), ASSUMED).games[0].is_final
    called_off = read_schedule(_body(gameStatus=3, gameStatusText="Final"), ASSUMED).games[0]
    assert (called_off.is_final, called_off.status) == (False, "postponed")
    assert called_off.status_reason == "listed as Final without scores"
    assert not read_schedule(_body(gameStatus=2, **SCORES), ASSUMED).games[0].is_final


def test_a_game_that_cannot_be_read_costs_only_itself() -> None:
    """One of three is refused; where it is most of them the document is not a schedule."""
    bad, good = {**GAME, "gameDateEst": "soon"}, [GAME, {**GAME, "gameId": "0022400002"}]

    def body(games: list[dict[str, object]]) -> bytes:
        return json.dumps({"leagueSchedule": {"gameDates": [{"games": games}]}}).encode()

    schedule = read_schedule(body([bad, *good]), ASSUMED)
    assert ([g.game_id for g in schedule.games], schedule.refused) == (["0022400001", "0022400002"], (bad,))
    assert schedule.ids == {"0022400001", "0022400002"}
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


def test_two_seasons_are_joined() -> None:
    """A window over the turn of a season has the games of both documents."""
    bad = {**GAME, "gameId": "0022400009", "gameDateEst": "soon"}
    body = json.dumps({"leagueSchedule": {"gameDates": [{"games": [GAME, GAME, bad]}]}}).encode()
    both = joined([read_schedule(body, ASSUMED), read_schedule(_body(gameId="0032500001"), ASSUMED)])
    assert (len(both.games), both.others, both.refused) == (2, 1, (bad,))
    assert both.ids == {"0022400001", "0022400009", "0032500001"}
